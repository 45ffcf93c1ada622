"""SM2 signatures and encryption behind one interface, and which of its two implementations serves here.

`libcrypto` (the system's OpenSSL by ctypes) from a version with the timing fixes of 2026 on (CVE-2026-54872,
CVE-2026-77696), otherwise `gmssl` through a hardened adapter. Formats are those of GM/T 0009: DER
signatures, DER ciphertexts C1C3C2; keys are bare bytes: 32 of private key, 64 (x and y) of public key.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

#: The user id that GM/T 0009 gives to signers without one.
DEFAULT_ID = b"1234567812345678"

_DEBIAN_STATUS = Path("/var/lib/dpkg/status")
_DEBIAN_FIXED = 2  # 3.0.22-1~deb12u2 carries the fixes of 3.0.23


class Sm2Refused(ValueError):
    """A key, ciphertext or point that SM2 does not accept."""


@dataclass(frozen=True, slots=True)
class Sm2Key:
    """A key pair; `private` is 32 bytes big-endian, `public` is x | y."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        return f"<Sm2Key {self.public[:4].hex()}>"


class Sm2Backend(ABC):
    """GB/T 32918 over the recommended curve."""

    name: str

    @abstractmethod
    def generate(self) -> Sm2Key:
        """A new key pair from the system's randomness."""

    @abstractmethod
    def sign(self, key: Sm2Key, message: bytes, user_id: bytes = DEFAULT_ID) -> bytes:
        """SM2 with SM3 over Z and message: DER SEQUENCE of r and s."""

    @abstractmethod
    def verify(self, public: bytes, message: bytes, signature: bytes, user_id: bytes = DEFAULT_ID) -> bool:
        """Whether the DER signature is right; never raises for a wrong one."""

    @abstractmethod
    def encrypt(self, public: bytes, data: bytes) -> bytes:
        """DER ciphertext C1C3C2; raises Sm2Refused for a public key off the curve or empty data."""

    @abstractmethod
    def decrypt(self, key: Sm2Key, ciphertext: bytes) -> bytes:
        """The data; raises Sm2Refused for anything not made for this key, or changed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which implementation serves, and why."""

    name: Literal["libcrypto", "gmssl"]
    reason: str


def is_fixed(version: str, debian: str = "") -> bool:
    """Whether an OpenSSL has the fixes: 3.0.23 on in branch 3.0, 4.0.3 and later, Debian's 3.0.22-1~deb12u2.

    `version` as the library tells it ("3.0.22"), `debian` the package's version, if it is Debian's.
    Branches 3.1 to 3.6 are refused: no fixed version of theirs is known.
    """
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)\Z", version)
    if not numbers:
        return False
    parts = (int(numbers[1]), int(numbers[2]), int(numbers[3]))
    if parts >= (4, 0, 3) or (parts[:2] == (3, 0) and parts[2] >= 23):
        return True
    patched = re.match(r"3\.0\.22-1~deb12u(\d+)\Z", debian)
    return version == "3.0.22" and patched is not None and int(patched[1]) >= _DEBIAN_FIXED


def debian_version(status: str) -> str:
    """The version of libssl3 in the text of dpkg's status file; "" if it is not installed."""
    for paragraph in status.split("\n\n"):
        entries = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line[1:])
        present = "installed" in entries.get("Status", "").split()
        if present and entries.get("Package") in ("libssl3", "libssl3t64"):
            return entries.get("Version", "")
    return ""


@cache
def choice() -> Choice:
    """Looks at the system once a process."""
    from security.crypto import libcrypto

    version = libcrypto.version()
    if version is None:
        return Choice("gmssl", "no usable libcrypto was found")
    debian = debian_version(_DEBIAN_STATUS.read_text()) if _DEBIAN_STATUS.exists() else ""
    shown = f"{version} ({debian})" if debian else version
    if is_fixed(version, debian):
        return Choice("libcrypto", shown)
    return Choice("gmssl", f"libcrypto {shown} lacks the SM2 timing fixes of 2026")


@cache
def sm2() -> Sm2Backend:
    """The implementation that serves in this process."""
    if choice().name == "libcrypto":
        from security.crypto.libcrypto import LibcryptoSm2

        return LibcryptoSm2()
    from security.crypto.gmssl_adapter import GmsslSm2

    return GmsslSm2()
