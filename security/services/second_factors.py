"""Second factors of the person at the keyboard: added, removed, renewed, each with its operation-log row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotFound
from security.access.actor import Actor
from security.audit.log import record
from security.authentication.duties import needs_factor
from security.authentication.factors import PROPER, Type, matching_step, secrets_of, take_over_codes
from security.models import User

#: How many passkeys an account holds at most.
MOST_PASSKEYS = 10


def add_app(actor: Actor, user: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """Take an authenticator app into use; returns recovery codes where the account had none.

    `secret` is the base32 key that the app was given, `code` what it shows now. Raises Invalid
    `factor.code`, Duplicate `factor.exists`.
    """
    step = matching_step(secret, code, at)
    if step is None:
        raise Invalid("factor.code", _("This is not the code that the app shows now."))
    with transaction.atomic(), secrets_of(user):
        _lock(user)
        if _of(user, Type.TOTP).exists():
            raise Duplicate("factor.exists", _("An authenticator app is set up already."))
        row = TOTP.activate(user, secret).instance
        row.data["last_step"] = step
        row.save(update_fields=["data"])
        _log(actor, "factor.add", user, row, at)
        return _first_codes(actor, user, at)


def add_passkey(
    actor: Actor, user: User, name: str, credential: Mapping[str, Any], *, at: datetime
) -> list[str]:
    """Take a passkey into use whose registration has been checked; returns recovery codes where there were
    none. Raises Invalid `factor.many`."""
    with transaction.atomic(), secrets_of(user):
        _lock(user)
        held = _of(user, Type.WEBAUTHN).count()
        if held >= MOST_PASSKEYS:
            raise Invalid("factor.many", _("Remove a passkey first: there are too many."))
        row = WebAuthn.add(user, name.strip()[:60] or f"{_('Passkey')} {held + 1}", dict(credential)).instance
        _log(actor, "factor.add", user, row, at)
        return _first_codes(actor, user, at)


def remove(actor: Actor, user: User, factor_id: int, *, at: datetime) -> None:
    """Remove a factor; with the last proper one the recovery codes go.

    Raises NotFound `factor.unknown`, Invalid `factor.needed` for the last one of whose role needs one.
    """
    with transaction.atomic():
        _lock(user)
        row = Authenticator.objects.filter(user=user, pk=factor_id, type__in=PROPER).first()
        if row is None:
            raise NotFound("factor.unknown", _("There is no such second factor."))
        last = Authenticator.objects.filter(user=user, type__in=PROPER).count() == 1
        if last and needs_factor(user, at=at):
            raise Invalid("factor.needed", _("Your role needs a second factor: set up another one first."))
        _log(actor, "factor.remove", user, row, at)
        row.delete()
        if last:
            _of(user, Type.RECOVERY_CODES).delete()


def renew_codes(actor: Actor, user: User, *, at: datetime) -> list[str]:
    """New recovery codes; the old ones end. Raises Invalid `factor.first` without a proper factor."""
    with transaction.atomic(), secrets_of(user):
        _lock(user)
        if not Authenticator.objects.filter(user=user, type__in=PROPER).exists():
            raise Invalid("factor.first", _("Set up an authenticator app or a passkey first."))
        _of(user, Type.RECOVERY_CODES).delete()
        return _first_codes(actor, user, at)


def _first_codes(actor: Actor, user: User, at: datetime) -> list[str]:
    if _of(user, Type.RECOVERY_CODES).exists():
        return []
    row = RecoveryCodes.activate(user).instance
    _log(actor, "factor.codes", user, row, at)
    return take_over_codes(row)


def _of(user: User, kind: str) -> Any:
    return Authenticator.objects.filter(user=user, type=kind)


def _lock(user: User) -> None:
    """One change of an account's factors at a time."""
    User.objects.select_for_update().get(pk=user.pk)


def _log(actor: Actor, action: str, user: User, row: Authenticator, at: datetime) -> None:
    fields = {"kind": row.type, "factor": row.pk, "user": user.username}
    record(actor, action, at, subject="user", object_id=user.pk, fields=fields)
