"""Second factors: codes of an authenticator app (RFC 6238), recovery codes, passkeys (WebAuthn level 2).

allauth keeps and checks them; here is what a bank adds: secrets sealed and bound to their account, a code
of the app taken once only and counted as a guess, recovery codes told once.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

import qrcode
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from security.authentication import attempts
from security.authentication.keys import FACTOR_KEY
from security.crypto.holdings import from_text
from security.crypto.sealed import open_bytes, seal_bytes
from security.models import User

Type = Authenticator.Type
#: What proves possession by itself; recovery codes only stand in for one.
PROPER = (Type.TOTP, Type.WEBAUTHN)
_whose: ContextVar[int | None] = ContextVar("whose_factor", default=None)


@contextmanager
def secrets_of(user: User) -> Iterator[None]:
    """Inside, secrets are sealed to and opened for this account."""
    token = _whose.set(user.pk)
    try:
        yield
    finally:
        _whose.reset(token)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """MFA_ADAPTER."""

    def encrypt(self, text: str) -> str:
        """SM4-GCM, bound to the account: a secret moved to another account does not open."""
        return b64encode(seal_bytes(FACTOR_KEY, text.encode(), _bound_to())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises Unavailable `crypto.tampered` for any other account or bit."""
        return open_bytes(FACTOR_KEY, from_text(encrypted_text), _bound_to()).decode()

    def get_totp_issuer(self) -> str:
        return "Panorama"

    def _get_site_name(self) -> str:
        return "Panorama"

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        return user.get_username()


def _bound_to() -> int:
    """Whose secret it is: as said by `secrets_of`, else of who is signed in."""
    return _whose.get() or int(context.request.user.pk)


def has_factor(user: User) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user=user, type__in=PROPER).exists())


def kinds_of(user: User) -> set[str]:
    """The kinds of second factors that the account has."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def proper_factors(user: User) -> list[Authenticator]:
    """The account's apps and passkeys, the oldest first."""
    return list(Authenticator.objects.filter(user=user, type__in=PROPER).order_by("created_at", "pk"))


def check_code(user: User, code: str, *, at: datetime) -> Authenticator | None:
    """The app's or the recovery code that `code` is, used up by this; None for a wrong one, which counts
    as a guess. Raises `attempts.Locked`."""
    attempts.take(user.username, at=at)
    with secrets_of(user), transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Type.WEBAUTHN)
        found = next((row for row in rows if _is_code_of(row, code, at)), None)
    if found is None:
        attempts.note_whose(user.username, user.pk)
        return None
    attempts.give_back(user.username)
    found.record_usage()
    return found


def _is_code_of(row: Authenticator, code: str, at: datetime) -> bool:
    if row.type == Type.RECOVERY_CODES:
        return bool(RecoveryCodes(row).validate_code(code))
    step = matching_step(decrypt(row.data["secret"]), code, at)
    if step is None or step <= row.data.get("last_step", 0):
        return False
    row.data["last_step"] = step
    row.save(update_fields=["data"])
    return True


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, one step of clock skew either way (RFC 6238, 5.2)."""
    now = int(at.timestamp()) // app_settings.TOTP_PERIOD
    steps = range(now - 1, now + 2)
    return next((s for s in steps if compare_user_code(actual=code, expected=code_at(secret, s))), None)


def code_at(secret: str, step: int) -> str:
    """The six digits of a time step."""
    return str(format_hotp_value(hotp_value(secret, step)))


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR code as one path: `size` modules a side."""

    size: int
    path: str


def qr_code(address: str) -> Picture:
    """`address` as a QR code (ISO/IEC 18004), to be drawn without any script or image file."""
    code = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(address)
    rows = code.get_matrix()
    dots = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Picture(len(rows), "".join(dots))


def take_over_codes(row: Authenticator) -> list[str]:
    """The recovery codes of a new row, the only time they are told."""
    return [str(code) for code in RecoveryCodes(row).get_unused_codes()]


def left_over(user: User) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    total = app_settings.RECOVERY_CODE_COUNT
    return total - int(row.data["used_mask"]).bit_count() if row else 0


LABELS = {
    Type.TOTP: _("Authenticator app"),
    Type.WEBAUTHN: _("Passkey"),
    Type.RECOVERY_CODES: _("Recovery codes"),
}
