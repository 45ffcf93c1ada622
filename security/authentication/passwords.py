"""The password policy: length, not common, not like the name, none of the last ones, an age.

AUTH_PASSWORD_VALIDATORS names `LongEnough` and `NotHeldBefore`; Django's own look for common and similar ones.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mdm.errors import FieldError, Invalid, NotAllowed
from security.authentication.names import fold
from security.authentication.policy import policy
from security.models import FormerPassword, SignInState, User

#: Hashing a longer text costs time and adds nothing.
LONGEST = 256


class LongEnough:
    """Between the policy's length and 256 characters."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) < policy.password_length:
            raise ValidationError(self.get_help_text(), code="password_too_short")
        if len(password) > LONGEST:
            raise ValidationError(_("This password is too long."), code="password_too_long")

    def get_help_text(self) -> str:
        n = policy.password_length
        return ngettext(
            "A password has at least %(n)d character.", "A password has at least %(n)d characters.", n
        ) % {"n": n}


class NotHeldBefore:
    """None of the account's last passwords, however its letters are written."""

    def validate(self, password: str, user: Any = None) -> None:
        if isinstance(user, User) and user.pk and held_before(user, password):
            raise ValidationError(self.get_help_text(), code="password_held_before")

    def get_help_text(self) -> str:
        return _("It is none of your last %(n)d passwords.") % {"n": policy.password_history}


class NotTheName:
    """Neither the user name nor the display name is in it, whatever the case, width or accents."""

    def validate(self, password: str, user: Any = None) -> None:
        names = {fold(str(getattr(user, part, ""))) for part in ("username", "display_name", "staff_no")}
        if any(len(name) > 2 and name in fold(password) for name in names):
            raise ValidationError(self.get_help_text(), code="password_too_similar")

    def get_help_text(self) -> str:
        return _("Your name is not in it.")


def checked(password: str, user: User) -> str:
    """A password that the account may take. Raises Invalid `user.password`."""
    try:
        validate_password(password, user)
    except ValidationError as weak:
        text = " ".join(weak.messages)
        raise Invalid("user.password", text, [FieldError("/password", "user.password", text)]) from None
    return password


def held_before(user: User, password: str) -> bool:
    """Whether this is the account's password, or was one of its last ones."""
    rows = FormerPassword.objects.filter(user=user).order_by("-set_at", "-pk")[: policy.password_history]
    hashes = [user.password, *(row.encoded for row in rows)]
    return any(check_password(password, encoded) for encoded in hashes if encoded)


def note_set(user: User, *, at: datetime, must_change: bool) -> SignInState:
    """Remember that the account's password was set at `at`; `must_change` for one that somebody else chose."""
    state, new = SignInState.objects.get_or_create(
        user=user,
        defaults={"name_key": _free_key(user), "password_set_at": at, "must_change": must_change},
    )
    if not new:
        state.password_set_at, state.must_change = at, must_change
        state.save(update_fields=["password_set_at", "must_change"])
    FormerPassword.objects.create(user=user, encoded=user.password, set_at=at)
    keep = FormerPassword.objects.filter(user=user).order_by("-set_at", "-pk")
    FormerPassword.objects.filter(user=user).exclude(
        pk__in=[row.pk for row in keep[: policy.password_history]]
    ).delete()
    return state


def state_of(user: User, *, at: datetime) -> SignInState:
    """What is known of the account's password; an account that was there before begins to age now."""
    found = SignInState.objects.filter(user=user).first()
    return found or SignInState.objects.create(user=user, name_key=_free_key(user), password_set_at=at)


def must_change(user: User, *, at: datetime | None = None) -> str:
    """Why the password must be changed before anything else: `expired`, `given`, or empty."""
    if not user.has_usable_password():
        return ""
    now = at or timezone.now()
    state = state_of(user, at=now)
    if state.must_change:
        return "given"
    old = policy.password_lifetime and now - state.password_set_at >= policy.password_lifetime
    return "expired" if old else ""


def refuse_unused(user: User, *, at: datetime) -> None:
    """Raises NotAllowed `password.unused` for one that somebody else chose and that waited too long for its owner: it
    lay on paper or in a mailbox, and whoever finds it there may not become them."""
    if not policy.password_given:
        return
    state = SignInState.objects.filter(user=user, must_change=True).first()
    if state is not None and at - state.password_set_at >= policy.password_given:
        text = _("This password was given to you too long ago. Ask your administrator for another.")
        raise NotAllowed("password.unused", text)


def _free_key(user: User) -> str | None:
    """The folded name, unless an older account has it: then this one is found by its exact name only."""
    key = fold(user.username)
    return None if SignInState.objects.filter(name_key=key).exists() else key
