"""Who signs in: staff and, for the API, systems."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from security.models.organisation import Organisation


class User(AbstractUser):
    """A member of staff, or the account that a client system acts as."""

    org = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("home branch"),
    )
    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    #: Two accounts with one staff number are one person, who never approves their own request.
    staff_no = models.CharField(_("staff number"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.display_name or self.username


class Role(models.Model):
    """A set of permissions under a name; which ones is data (`security.access.roles` seeds them)."""

    code = models.CharField(_("role code"), max_length=40, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60)
    permissions = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("permissions"))
    mask_profile = models.CharField(_("mask profile"), max_length=20, default="standard")
    #: Whoever holds it signs in with a second factor.
    mfa_required = models.BooleanField(_("second factor required"), default=False)
    #: Patterns `facet.field` or `facet.*` that the role does not see at all, and that it may not change.
    hidden_fields = ArrayField(
        models.CharField(max_length=121), default=list, verbose_name=_("hidden fields")
    )
    locked_fields = ArrayField(
        models.CharField(max_length=121), default=list, verbose_name=_("locked fields")
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class GrantScope(models.TextChoices):
    """Which customers of the organisation tree a grant reaches, seen from its branch (domain 5.2)."""

    SUBTREE = "SUBTREE", _("this branch and all below it")
    SELF = "SELF", _("this branch only")
    PARENT_CHAIN = "PARENT_CHAIN", _("this branch and those above it")
    LIST = "LIST", _("this branch and others that are named, each with all below it")
    ALL = "ALL", _("the whole bank")


class Grant(models.Model):
    """A role given to a user at a branch, for a time.

    `scope` says how far it reaches from the branch (`nodes` are the further branches of a LIST);
    `filters` narrow it to some customers (`security.access.grants.FILTERS`).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("user"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants", verbose_name=_("role"))
    org = models.ForeignKey(Organisation, models.PROTECT, related_name="grants", verbose_name=_("branch"))
    scope = models.CharField(
        _("reach"), max_length=12, choices=GrantScope.choices, default=GrantScope.SUBTREE
    )
    nodes = ArrayField(models.IntegerField(), default=list, verbose_name=_("further branches"))
    filters = models.JSONField(_("filters"), default=dict)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_to = models.DateTimeField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints = [models.UniqueConstraint(fields=["user", "role", "org"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.user} / {self.role} / {self.org.code}"


class ApiClient(models.Model):
    """A system that calls the API: its account, its scopes and the digest of its secret (never the secret)."""

    client_id = models.CharField(_("client id"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    user = models.OneToOneField(User, models.PROTECT, related_name="client", verbose_name=_("account"))
    secret_digest = models.BinaryField(_("digest of the secret"), max_length=32)
    scopes = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("scopes"))
    active = models.BooleanField(_("active"), default=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    #: Networks in CIDR notation that it may call from; none: from anywhere.
    networks = ArrayField(models.CharField(max_length=43), default=list, verbose_name=_("networks"))
    #: Requests a minute; empty: the general limit.
    quota = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True)
    #: Every request is signed with one of its keys.
    signed_only = models.BooleanField(_("signed requests only"), default=False)
    #: What may be made for it and told once, after a second person agreed: "token" or "key:ID" to who asked (`by`, an
    #: account) and until when (`until`).
    due = models.JSONField(_("to be collected"), default=dict, blank=True)
    #: When it last proved who it is, for the request at hand: nothing that is stored.
    proved_at: datetime | None = None

    class Meta:
        verbose_name = _("client system")
        verbose_name_plural = _("client systems")
        ordering = ["client_id"]

    def __str__(self) -> str:
        return self.client_id
