"""A data key as the rest of the product holds it: unwrapped, named, ready for use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives import hmac

from security.crypto.algorithms import keyed_hmac
from security.crypto.column_gcm import ColumnCipher


@dataclass(frozen=True, eq=False)
class DataKeyHandle:
    """A level 3 key. Never stored, pickled or logged; lives in the keyring's cache only.

    `key` is 16 bytes for SM4 or 32 for HMAC-SM3; `purpose` is "table.column" or "index.KIND".
    """

    key_id: int
    purpose: str
    version: int
    key: bytes = field(repr=False)
    #: Counts encryptions (`security.crypto.usage`), where a keyring gave the key out.
    spend: Callable[[int, int], None] | None = field(default=None, repr=False)

    def __reduce__(self) -> str:
        raise TypeError("a data key does not leave the process")

    def used(self, count: int) -> None:
        """Before so many values are encrypted. Raises Unavailable `key.worn`."""
        if self.spend is not None:
            self.spend(self.key_id, count)

    @cached_property
    def column_cipher(self) -> ColumnCipher:
        """The key made ready for whole columns."""
        return ColumnCipher(self.key)

    def keyed(self, prefix: bytes) -> hmac.HMAC:
        """HMAC-SM3 under this key with `prefix` absorbed, made once: copy it for each value."""
        if prefix not in self._keyed:
            self._keyed[prefix] = keyed_hmac(self.key, prefix)
        return self._keyed[prefix]

    @cached_property
    def _keyed(self) -> dict[bytes, hmac.HMAC]:
        return {}
