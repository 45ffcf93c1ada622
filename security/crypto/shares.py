"""Shares of a sealing key: any `needed` of them give it back, fewer say nothing (Shamir 1979, over GF(2^128)).

The arithmetic is pycryptodomex's; ours is what people handle: each share as one line of letters and digits
that tells its number and of which sealing it is, with a check against typing errors, and a digest in the
sealed file by which a wrong share is told from a right one before there are enough.

    format(1) | needed(1) | number(1) | seal id(4) | share(16) | check(4, first bytes of SM3), in base32
"""

import base64
import binascii
import os
from dataclasses import dataclass

from Cryptodome.Protocol.SecretSharing import Shamir
from cryptography.hazmat.primitives import constant_time
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid
from security.crypto.algorithms import BLOCK, sm3

#: The most shares there may be: as many custodians as a bank can call together.
MOST = 16
_FORMAT = 1
_CHECK = 4
_GROUP = 4
_LENGTH = 7 + BLOCK + _CHECK


@dataclass(frozen=True, slots=True)
class Share:
    """One custodian's part. `number` counts from 1; `seal` is the sealing's id, 4 bytes."""

    needed: int
    number: int
    seal: bytes
    part: bytes

    def __repr__(self) -> str:
        return f"<Share {self.number} of {self.seal.hex()}>"

    def text(self) -> str:
        """The line that a custodian keeps: groups of four, with hyphens between them."""
        body = bytes([_FORMAT, self.needed, self.number]) + self.seal + self.part
        letters = base64.b32encode(body + sm3(body)[:_CHECK]).decode().rstrip("=")
        return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))

    def digest(self) -> str:
        """What the sealed file keeps of the share: the share is random, so its digest tells nothing of it."""
        return sm3(b"panorama|share|" + self.seal + bytes([self.number]) + self.part).hex()

    def is_proved_by(self, digest: str) -> bool:
        """Whether this is the share whose digest was kept."""
        return constant_time.bytes_eq(self.digest().encode(), digest.encode())


def split(key: bytes, needed: int, total: int) -> list[Share]:
    """Splits a 16-byte key. Invalid `key.share_numbers` unless 2 <= needed <= total <= 16."""
    if not 2 <= needed <= total <= MOST:
        raise Invalid(
            "key.share_numbers",
            _("Between 2 and %(most)s shares are needed, and not more than there are.") % {"most": MOST},
        )
    seal = os.urandom(4)
    return [
        Share(needed, number, seal, part) for number, part in Shamir.split(needed, total, key, ssss=False)
    ]


def combined(shares: list[Share]) -> bytes:
    """The key, from enough different shares; from wrong or too few it is another 16 bytes, never an error."""
    return bytes(Shamir.combine([(share.number, share.part) for share in shares], ssss=False))


def read_share(text: str) -> Share:
    """A share as somebody typed it: case, spaces and hyphens make no difference.

    Invalid `key.share_unreadable` where anything is missing, too many or mistyped.
    """
    letters = "".join(text.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        raise _unreadable() from None
    body, check = raw[:-_CHECK], raw[-_CHECK:]
    if len(raw) != _LENGTH or body[0] != _FORMAT or sm3(body)[:_CHECK] != check:
        raise _unreadable()
    share = Share(body[1], body[2], body[3:7], body[7:])
    if share.text().replace("-", "") != letters:  # the last letter has a bit to spare
        raise _unreadable()
    return share


def _unreadable() -> Invalid:
    return Invalid(
        "key.share_unreadable", _("This is not a share: a character is wrong, missing or too many.")
    )
