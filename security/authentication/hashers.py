"""How passwords are stored: peppered with a key that is not in the database, then hashed slowly.

The pepper is HMAC-SM3 under a data key, so a dump of the database alone cannot even be guessed at. Over
it scrypt (RFC 7914), or PBKDF2-HMAC-SM3 (GB/T 32905, RFC 8018) where an assessment asks for national
algorithms throughout: `PANORAMA_PASSWORD_HASHER` = `scrypt` or `sm3`. Both are always understood, and a
password is hashed anew at the next sign-in where the other, or another key version, is in use.
"""

from base64 import b64encode
from threading import BoundedSemaphore
from typing import Any

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from django.utils.translation import gettext_noop as _

from mdm.conf import conf
from security.authentication.keys import PEPPER
from security.crypto import keyring
from security.crypto.handles import DataKeyHandle

#: Passwords that one process hashes at the same time.
AT_ONCE = BoundedSemaphore(2)
#: Tests hash thousands of passwords; everywhere else a guess costs about a tenth of a second.
_CHEAP = conf.environment == "test"


class PepperedHasher(BasePasswordHasher):
    """`<algorithm>$<key id>$<cost>$<salt>$<hash>`; the salt has at least 128 bits."""

    cost = 0

    def stretch(self, peppered: bytes, salt: bytes, cost: int) -> bytes:
        """The slow part: 32 bytes."""
        raise TypeError("a hasher says how it stretches")

    def encode(self, password: str, salt: str) -> str:
        key = keyring.current(PEPPER)
        return self._encoded(password, salt, key, self.cost)

    def decode(self, encoded: str) -> dict[str, Any]:
        algorithm, key_id, cost, salt, told = encoded.split("$", 4)
        if algorithm != self.algorithm:
            raise ValueError("another hasher's")
        return {"algorithm": algorithm, "key_id": int(key_id), "cost": int(cost), "salt": salt, "hash": told}

    def verify(self, password: str, encoded: str) -> bool:
        parts = self.decode(encoded)
        key = keyring.by_id(parts["key_id"])
        again = self._encoded(password, parts["salt"], key, parts["cost"])
        return bytes_eq(again.encode(), encoded.encode())

    def must_update(self, encoded: str) -> bool:
        parts = self.decode(encoded)
        return bool(parts["cost"] != self.cost or parts["key_id"] != keyring.current(PEPPER).key_id)

    def safe_summary(self, encoded: str) -> Any:
        parts = self.decode(encoded)
        return {_("algorithm"): self.algorithm, _("cost"): parts["cost"], _("hash"): mask_hash(parts["hash"])}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Both costs are fixed; a lower one is raised at the next sign-in."""

    def _slowly(self, peppered: bytes, salt: bytes, cost: int) -> bytes:
        """`stretch`, few at a time: anybody may make the door hash, and each time takes 32 MiB."""
        with AT_ONCE:
            return self.stretch(peppered, salt, cost)

    def _encoded(self, password: str, salt: str, key: DataKeyHandle, cost: int) -> str:
        state = key.keyed(b"panorama|password|").copy()
        state.update(password.encode())
        told = b64encode(self._slowly(state.finalize(), salt.encode(), cost)).decode()
        return f"{self.algorithm}${key.key_id}${cost}${salt}${told}"


class ScryptHasher(PepperedHasher):
    """scrypt with r=8, p=1; `cost` is the binary logarithm of n (15: 32 MiB)."""

    algorithm = "scrypt-sm3"
    cost = 4 if _CHEAP else 15

    def stretch(self, peppered: bytes, salt: bytes, cost: int) -> bytes:
        return Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(peppered)


class Sm3Hasher(PepperedHasher):
    """PBKDF2 with HMAC-SM3; `cost` is the number of rounds."""

    algorithm = "pbkdf2-sm3"
    cost = 100 if _CHEAP else 300_000

    def stretch(self, peppered: bytes, salt: bytes, cost: int) -> bytes:
        return PBKDF2HMAC(algorithm=SM3(), length=32, salt=salt, iterations=cost).derive(peppered)
