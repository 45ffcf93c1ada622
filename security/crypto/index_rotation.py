"""Rotation of a digest key by double writing: the new version beside the old, then the old removed.

    1. a version is made (`pre_active`): every writer writes both from now on, every search asks for both
    2. what was stored before is filled in under the new version
    3. the new version comes into use, the old one is still written (`decrypt_only`)
    4. the old version is disabled: no process writes it or asks for it any more
    5. its digests are removed

Between two steps every process has seen the step before (`settle`), so that at any moment two processes have
a version in common. Where it stands is told by the states of the keys alone: killed anywhere, it goes on.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid
from security.crypto import key_store
from security.crypto.indexes import IndexHolder, Progress, holder_of
from security.crypto.key_store import DataRecord
from security.crypto.keyring import keyring
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.purposes import Purpose
from security.crypto.rotation import Rotated, wait_for_writers
from security.models.keys import LIVE_STATES, KeyState


class IndexRotation:
    """One digest purpose. Raises Invalid `key.rotation_unsupported` where nobody holds its index."""

    def __init__(self, purpose: Purpose, actor: str, now: datetime, settle: float) -> None:
        holder = holder_of(purpose.name)
        if purpose.algorithm != "HMAC-SM3" or holder is None:
            raise unsupported(purpose.name)
        self._purpose, self._actor, self._now, self._settle = purpose, actor, now, settle
        self._holder: IndexHolder = holder

    def run(self, progress: Progress = lambda done: None) -> Rotated:
        """Makes a new version and goes through all steps, or finishes a rotation that was broken off."""
        if not self._finishing():
            if self._in(KeyState.COMPROMISED):
                self._retire()  # no more than two versions are written at a time
            self._fill(self._begun(), progress)
        self._retire()
        return self.told()

    def replace(self, key_id: int, progress: Progress = lambda done: None) -> Rotated:
        """Takes a leaked version out of use: where everything is under it another is filled first, because
        nobody would be found, and nobody recognised, meanwhile."""
        leaked = next(record for record in self._records() if record.id == key_id)
        if leaked.state == KeyState.ACTIVE or (self.is_under_way() and leaked.state != KeyState.PRE_ACTIVE):
            return self.run(progress)
        if leaked.state == KeyState.PRE_ACTIVE:
            self._move(leaked, KeyState.DISABLED)
        self._retire()
        return self.told()

    def told(self) -> Rotated:
        """Where it stands: the newest version, digests under it, digests written by this rotation."""
        newest = self._in(KeyState.ACTIVE)[-1]
        return Rotated("L3", newest.version, self._under(newest), self._filled)

    _filled = 0

    def is_under_way(self) -> bool:
        """Whether a rotation was begun and not finished."""
        return bool(self._in(KeyState.PRE_ACTIVE)) or self._finishing()

    def _finishing(self) -> bool:
        """Whether only the old versions are left to be removed."""
        return bool(self._in(KeyState.DECRYPT_ONLY) or self._leftovers()) and not self._in(
            KeyState.PRE_ACTIVE
        )

    def _begun(self) -> DataRecord:
        made = self._in(KeyState.PRE_ACTIVE)
        if made:
            return made[-1]
        with key_store.session(writing=True) as cursor:
            new = self._writer(cursor).new_version(self._purpose, KeyState.PRE_ACTIVE)
        keyring.forget()
        return new

    def _fill(self, new: DataRecord, progress: Progress) -> None:
        wait_for_writers(self._settle)
        self._filled = self._holder.fill(new.version, progress)
        self._move(new, KeyState.ACTIVE)
        wait_for_writers(self._settle)

    def _retire(self) -> None:
        for old in self._in(KeyState.DECRYPT_ONLY) + self._in(KeyState.COMPROMISED):
            self._move(old, KeyState.DISABLED)
        wait_for_writers(self._settle)
        for old in self._leftovers():
            self._holder.clear(old.version)

    def _leftovers(self) -> list[DataRecord]:
        """Versions out of use under which digests are still stored."""
        return [
            record for record in self._records() if record.state not in LIVE_STATES and self._under(record)
        ]

    def _under(self, record: DataRecord) -> int:
        return sum(entry.values for entry in self._holder.counted() if entry.key_id == record.id)

    def _in(self, state: KeyState) -> list[DataRecord]:
        return [record for record in self._records() if record.state == state]

    def _records(self) -> list[DataRecord]:
        with key_store.session() as cursor:
            found = [record for record in key_store.load(cursor).data if record.purpose == self._purpose.name]
        return sorted(found, key=lambda record: record.version)

    def _move(self, record: DataRecord, state: KeyState) -> None:
        with key_store.session(writing=True) as cursor:
            writer = self._writer(cursor)
            writer.move(writer.data_key(record.id), state.value)
        keyring.forget()

    def _writer(self, cursor: object) -> KeyWriter:
        return KeyWriter(cursor, Maker(keyring.root, self._actor, self._now))  # type: ignore[arg-type]


def unsupported(name: str) -> Invalid:
    """The refusal of keys whose digests nobody can write anew."""
    text = _("%(name)s is a digest key and nothing can write its digests anew: it is not rotated.")
    return Invalid("key.rotation_unsupported", text % {"name": name})
