"""What signing in leaves behind: sessions, counters of wrong guesses, former passwords."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from security.models.user import User


class Session(models.Model):
    """A browser session. The row holds a digest of its key and sealed content: a dump opens no session."""

    digest = models.CharField(_("digest of the key"), max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions", verbose_name=_("user"))
    data = models.BinaryField(_("content"))
    begun_at = models.DateTimeField(_("begun"))
    last_seen_at = models.DateTimeField(_("last seen"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.CharField(_("how it ended"), max_length=20, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True)
    agent = models.CharField(_("browser"), max_length=200, blank=True)
    method = models.CharField(_("signed in with"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["user", "-last_seen_at"], name="session_user"),
            models.Index(fields=["last_seen_at"], name="session_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.begun_at:%Y-%m-%d %H:%M}"


class SignInState(models.Model):
    """What signing in knows of an account: how its name is folded, and how old its password is."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="sign_in", verbose_name=_("user")
    )
    #: NULL for the younger of two accounts whose names fold alike: it is found by its exact name only.
    name_key = models.CharField(_("folded name"), max_length=150, unique=True, null=True)  # noqa: DJ001
    password_set_at = models.DateTimeField(_("password set"))
    must_change = models.BooleanField(_("must be changed"), default=False)

    class Meta:
        verbose_name = _("state of signing in")
        verbose_name_plural = _("states of signing in")

    def __str__(self) -> str:
        return str(self.user)


class GuessCounter(models.Model):
    """Wrong guesses at one account, under a keyed digest of its folded name; also for names nobody has."""

    digest = models.CharField(_("digest of the name"), max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", verbose_name=_("user"))
    guesses = models.PositiveSmallIntegerField(_("wrong guesses"), default=0)
    last_at = models.DateTimeField(_("last guess"), db_index=True)
    locked_until = models.DateTimeField(_("locked until"), null=True)

    class Meta:
        verbose_name = _("sign-in lock")
        verbose_name_plural = _("sign-in locks")

    def __str__(self) -> str:
        return f"{self.user or '?'} {self.guesses}"


class FormerPassword(models.Model):
    """The hash of a password that an account had, so that it is not taken again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="former_passwords", verbose_name=_("user"))
    encoded = models.CharField(_("hash"), max_length=255)
    set_at = models.DateTimeField(_("set"))

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
        indexes = [models.Index(fields=["user", "-set_at"], name="former_password")]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"
