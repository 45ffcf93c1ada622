"""Explicit exceptions to row scope: one object shared with one user or group, for a time (guardian's tables)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models.models import GroupObjectPermissionAbstract, UserObjectPermissionAbstract


class UserException(UserObjectPermissionAbstract):
    """An object shared with one user until `expires_at`."""

    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    given_by = models.CharField(_("given by"), max_length=80, blank=True)
    given_at = models.DateTimeField(_("given at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        indexes = [models.Index(fields=["user", "content_type", "object_pk"])]


class GroupException(GroupObjectPermissionAbstract):
    """An object shared with one group until `expires_at`."""

    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    given_by = models.CharField(_("given by"), max_length=80, blank=True)
    given_at = models.DateTimeField(_("given at"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(GroupObjectPermissionAbstract.Meta):
        abstract = False
        indexes = [models.Index(fields=["group", "content_type", "object_pk"])]
