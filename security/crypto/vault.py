"""The root key while the agent holds it: sealed at first, open once enough shares (or the passphrase) were given."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid, Unavailable
from security.crypto.providers import HeldRoot
from security.crypto.root_file import OpenRootFile, RootFile, key_from_shares, read_root_file
from security.crypto.shares import Share, read_share

#: Seconds after which shares that were not enough are forgotten: who came alone must come again.
PATIENCE = 900.0
#: Seconds of the longest wait after wrong passphrases.
LONGEST_WAIT = 300.0


class Vault:
    """One sealed root key file and what has been given to open it. Safe for several threads."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._lock = threading.RLock()
        self._given: dict[int, Share] = {}
        self._first_given = 0.0
        self._open: OpenRootFile | None = None
        self._roots: dict[int, HeldRoot] = {}
        self._wrong, self._wait_until = 0, 0.0

    @property
    def sealed(self) -> bool:
        """Whether nothing can be opened."""
        return self._open is None

    def status(self) -> dict[str, Any]:
        """What may be told to anybody: how it is sealed, whose shares were given, versions once it is open."""
        with self._lock:
            self._forget_late()
            file = read_root_file(self._path)
            return {
                "sealed": self.sealed,
                "kind": file.seal["kind"],
                "needed": file.needed,
                "given": sorted(self._given),
                "holders": file.seal.get("holders", []),
                "versions": [[info.version, info.check] for info in (r.info() for r in self._roots.values())],
            }

    def give_share(self, text: str) -> dict[str, Any]:
        """Takes one share; with the last one needed the root key is open. The same share twice counts once.

        Invalid `key.share_unreadable`, `key.share_foreign`, `key.share_wrong`.
        """
        with self._lock:
            self._forget_late()
            file = read_root_file(self._path)
            share = file.accept(read_share(text))
            if self.sealed:
                self._first_given = self._first_given if self._given else self._clock()
                self._given[share.number] = share
                self._try(file)
            return {**self.status(), "accepted": share.number}

    def give_passphrase(self, secret: str) -> dict[str, Any]:
        """Opens a file that a passphrase seals. Unavailable `key.root_wrong`, and `key.unseal_later`
        for a while after a wrong one, each time twice as long; Invalid `key.share_needed`."""
        with self._lock:
            self._refuse_haste()
            file = read_root_file(self._path)
            if file.by_shares:
                raise Invalid(
                    "key.share_needed", _("This root key is sealed by shares, not by a passphrase.")
                )
            try:
                self._unseal(file.sealing_key(secret))
            except Unavailable:
                self._wrong += 1
                self._wait_until = self._clock() + min(LONGEST_WAIT, 2.0 ** (self._wrong - 1))
                raise
            self._wrong = 0
            return self.status()

    def seal(self) -> dict[str, Any]:
        """Forgets the root key and every share."""
        with self._lock:
            self._open, self._roots, self._given = None, {}, {}
            return self.status()

    def root(self, version: int) -> HeldRoot:
        """A version of the root key. Unavailable `key.sealed`; `key.root_wrong` for one that is not there."""
        with self._lock:
            self.opened()
            if version not in self._roots:
                self._read()  # another machine may have made it and the file been copied here
            if version not in self._roots:
                raise Unavailable("key.root_wrong", _("The root key has no version %s.") % version)
            return self._roots[version]

    def add(self) -> None:
        """Makes the next version. Unavailable `key.sealed`."""
        with self._lock:
            self.opened().add()
            self._read()

    def remove(self, version: int) -> None:
        """Destroys a version. Unavailable `key.sealed`; Invalid `key.version_unknown`."""
        with self._lock:
            self.opened().remove(version)
            self._read()

    def opened(self) -> OpenRootFile:
        """The open file. Unavailable `key.sealed`."""
        if self._open is None:
            raise sealed()
        return self._open

    def _try(self, file: RootFile) -> None:
        """Opens the file if the shares are enough."""
        if len(self._given) >= file.needed:
            self._unseal(key_from_shares(file, list(self._given.values())))
            self._given = {}

    def _unseal(self, sealing_key: bytes) -> None:
        self._open = OpenRootFile(self._path, sealing_key, "agent")
        self._read()

    def _read(self) -> None:
        self._roots = {root.info().version: root for root in self.opened().roots()}

    def _refuse_haste(self) -> None:
        """Guessing at the passphrase costs time, beside what one guess costs."""
        if self._wrong and self._clock() < self._wait_until:
            raise Unavailable("key.unseal_later", _("That was wrong. Wait a while before you try again."))

    def _forget_late(self) -> None:
        if self._given and self._clock() - self._first_given > PATIENCE:
            self._given = {}


def sealed() -> Unavailable:
    """The refusal of everything while the root key is sealed."""
    return Unavailable(
        "key.sealed", _("The keys are sealed until enough custodians have given their shares.")
    )
