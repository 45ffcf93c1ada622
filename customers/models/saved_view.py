"""Lists that somebody wants to see again: the filters of a list under a name."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """The filters of one list, kept by a user, for oneself or for a branch (`shared_with`, its code).

    Filters are codes, days, branches and names of staff: a typed search, a customer or a reason never becomes one,
    and what looks like a document, telephone or account is refused, so nothing in here is of a customer.
    """

    of = models.CharField(_("list"), max_length=20)
    name = models.CharField(_("name of the view"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    shared_with = models.CharField(_("shared with the branch"), max_length=20, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["owner", "of", "name"], name="saved_view_name"),
        ]
        indexes = [models.Index(fields=["shared_with", "of"], name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name
