"""Making keys and moving them through their states: each call works inside one writing session of the key store.

Whoever calls has two persons' consent where that is asked for (`security.services.ceremonies`); here every
move is checked against the table of states, and every row is signed anew.
"""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound
from security.crypto import key_store
from security.crypto.algorithms import BLOCK, DIGEST, check_value
from security.crypto.key_store import AnyRecord, DataRecord, DomainRecord, Record, RootRecord
from security.crypto.providers import RootProvider, wrap
from security.crypto.purposes import Purpose
from security.crypto.states import check_move
from security.crypto.verification import changed_rows, opened_data_key, opened_domain_key, tampered, verified
from security.models.keys import KeyState

_DECRYPT_ONLY = KeyState.DECRYPT_ONLY.value


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes keys, when, and under which root: `actor` and `now` are recorded with each key."""

    root: RootProvider
    actor: str
    now: datetime


class KeyWriter:
    """Changes keys in one writing session; everything it wrote appears together at its commit.

    Refuses with Unavailable `key.row_tampered` to build on a row that was changed from outside.
    """

    def __init__(self, cursor: CursorWrapper, maker: Maker) -> None:
        self._cursor = cursor
        self._maker = maker
        self._tables = key_store.load(cursor)
        version = self._tables.root_version
        self._root = maker.root if version is None else maker.root.at(version)
        self._revision = max((record.revision for record in self._tables.rows), default=0) + 1

    # -- making ------------------------------------------------------------------------------------

    def ensure(self, purpose: Purpose) -> bool:
        """Makes the purpose's first key if it has none in use; says whether it did."""
        if self.active_data(purpose.name):
            return False
        for record in self._tables.data:
            if record.purpose == purpose.name:
                verified(record, self._root)  # a row whose state was flipped must not look like none
        self._add_data_key(purpose, KeyState.ACTIVE)
        return True

    def new_version(self, purpose: Purpose, state: KeyState = KeyState.ACTIVE) -> DataRecord:
        """A new version of a data key: in use at once, the old one then decrypts only; or `pre_active`."""
        old = self.active_data(purpose.name)
        if old is not None and state == KeyState.ACTIVE:
            self._move(old, _DECRYPT_ONLY)
        return self._add_data_key(purpose, state)

    def new_domain_version(self, domain: str) -> DomainRecord:
        """A new version of a domain key, `pre_active`."""
        self._domain(domain)
        return self._add_domain_key(domain, KeyState.PRE_ACTIVE)

    # -- moving ------------------------------------------------------------------------------------

    def move(self, record: Record, state: str) -> Record:
        """Brings a key into another state, if the table of states allows it; `destroyed` erases the key.

        Putting one into use takes the one before out of use. Duplicate `key.state`, `key.too_early`.
        """
        if state == KeyState.ACTIVE:
            check_move(record.label(), record.state, state, since=record.state_since, now=self._maker.now)
            self._take_out_of_use(record)
        return self._move(record, state)

    def data_key(self, key_id: int) -> DataRecord:
        """A data key by its id; NotFound `key.unknown`."""
        return _found(self._tables.data, key_id)

    def domain_key(self, key_id: int) -> DomainRecord:
        """A domain key by its row's id; NotFound `key.unknown`."""
        return _found(self._tables.domains, key_id)

    def root_key(self, version: int) -> RootRecord:
        """A version of the root key; NotFound `key.unknown`."""
        self._note_root()
        found = {record.version: record.id for record in self._tables.roots}
        return _found(self._tables.roots, found.get(version, 0))

    def active_data(self, purpose: str) -> DataRecord | None:
        """The purpose's key in use."""
        active = [r for r in key_store.in_use(self._tables.data) if r.purpose == purpose]
        return active[0] if active else None

    def children(self, record: DomainRecord) -> list[DataRecord]:
        """The data keys that are wrapped by a domain key and not destroyed."""
        return [r for r in self._tables.data if r.domain_key_id == record.id and r.wrapped is not None]

    def replace_domain(self, old: DomainRecord) -> tuple[DomainRecord, int]:
        """Takes a leaked domain key out of use, and wraps the data keys under a new one; says how many."""
        new = self.new_domain_version(old.domain)
        self._move(old, KeyState.COMPROMISED.value)
        return self.activate_domain(new)

    # -- rotation ----------------------------------------------------------------------------------

    def rotate_domain(self, domain: str) -> tuple[DomainRecord, int]:
        """A new key-encryption key, and every data key of the domain wrapped anew under it; says how many."""
        new = self.new_domain_version(domain)
        return self.activate_domain(new)

    def activate_domain(self, new: DomainRecord) -> tuple[DomainRecord, int]:
        """Puts a made version into use and wraps the domain's data keys under it; says how many."""
        new = self.move(new, KeyState.ACTIVE.value)
        members = {r.id for r in self._tables.domains if r.domain == new.domain} - {new.id}
        moving = [r for r in self._tables.data if r.domain_key_id in members and r.wrapped is not None]
        for record in moving:
            key = opened_data_key(record, self.domain_key(record.domain_key_id), self._root)
            wrapped = wrap(opened_domain_key(new, self._root), key, record.bound())
            self._change(record, wrapped=wrapped, domain_key_id=new.id)
        return new, len(moving)

    def new_root_version(self, version: int) -> RootRecord:
        """Notes a version of the root key that the provider has just made, `pre_active`."""
        self._note_root()
        known = {record.version: record for record in self._tables.roots}
        return known.get(version) or self._add_root(self._maker.root.at(version), KeyState.PRE_ACTIVE)

    def rotate_root(self, version: int) -> int:
        """Wraps every domain key anew under a version of the root key that the provider holds already,
        and signs every row anew; says how many domain keys there were."""
        new = self._maker.root.at(version)
        if new.info().version != version or version == self._root.info().version:
            raise NotFound("key.not_found", _("There is no key with id %(id)s.") % {"id": version})
        for changed in changed_rows(self._tables.rows, self._root):
            raise tampered(changed)
        keys = {r.id: opened_domain_key(r, self._root) for r in self._tables.domains if r.wrapped}
        row = self.new_root_version(version)
        self.move(row, KeyState.ACTIVE.value)
        self._root = new
        for root_row in list(self._tables.roots):
            self._change(root_row)
        for data_row in list(self._tables.data):
            self._change(data_row)
        told = {"root_version": version, "root_check": new.info().check}
        for domain in list(self._tables.domains):
            wrapped = new.wrap(keys[domain.id], domain.bound()) if domain.id in keys else None
            self._change(domain, wrapped=wrapped, **told)
        return len(keys)

    # -- rows --------------------------------------------------------------------------------------

    def _take_out_of_use(self, record: AnyRecord) -> None:
        """Before another version comes into use: the one of the same name decrypts only."""
        if isinstance(record, RootRecord):
            self._retire(list(self._tables.roots))
        elif isinstance(record, DomainRecord):
            self._retire([one for one in self._tables.domains if one.domain == record.domain])
        else:
            self._retire([one for one in self._tables.data if one.purpose == record.purpose])

    def _retire(self, records: list[Record]) -> None:
        for known in key_store.in_use(records):
            self._move(known, _DECRYPT_ONLY)

    def _move(self, record: Record, state: str) -> Record:
        check_move(record.label(), record.state, state, since=record.state_since, now=self._maker.now)
        verified(record, self._root)
        gone = {"wrapped": None} if state == KeyState.DESTROYED else {}
        return self._change(record, state=state, state_since=self._maker.now, **gone)

    def _domain(self, domain: str) -> DomainRecord:
        """The domain's key in use, made if there is none."""
        active = [r for r in key_store.in_use(self._tables.domains) if r.domain == domain]
        return active[0] if active else self._add_domain_key(domain, KeyState.ACTIVE)

    def _note_root(self) -> None:
        """A row for the root key's version in use, where there is none yet."""
        if all(record.version != self._root.info().version for record in self._tables.roots):
            self._add_root(self._root, KeyState.ACTIVE)

    def _add_root(self, root: RootProvider, state: KeyState) -> RootRecord:
        info = root.info()
        told = {**self._new(RootRecord, [], state), "version": info.version}
        return self._insert(RootRecord(**told, check_value=info.check, provider=info.provider))

    def _add_domain_key(self, domain: str, state: KeyState) -> DomainRecord:
        self._note_root()
        info, key = self._root.info(), os.urandom(BLOCK)
        versions = [r.version for r in self._tables.domains if r.domain == domain]
        record = DomainRecord(
            **self._new(DomainRecord, versions, state),
            domain=domain,
            check_value=check_value(key),
            root_version=info.version,
            root_check=info.check,
        )
        return self._insert(replace(record, wrapped=self._root.wrap(key, record.bound())))

    def _add_data_key(self, purpose: Purpose, state: KeyState) -> DataRecord:
        domain = self._domain(purpose.domain)
        key = os.urandom(BLOCK if purpose.algorithm == "SM4-GCM" else DIGEST)
        versions = [r.version for r in self._tables.data if r.purpose == purpose.name]
        record = DataRecord(
            **self._new(DataRecord, versions, state),
            purpose=purpose.name,
            algorithm=purpose.algorithm,
            domain_key_id=domain.id,
            check_value=check_value(key),
        )
        return self._insert(
            replace(record, wrapped=wrap(opened_domain_key(domain, self._root), key, record.bound()))
        )

    def _new(self, kind: type[AnyRecord], versions: list[int], state: KeyState) -> dict[str, Any]:
        """What every new row holds."""
        return {
            "id": key_store.next_id(self._cursor, kind),
            "version": max(versions, default=0) + 1,
            "state": state.value,
            "wrapped": None,
            "created_at": self._maker.now,
            "created_by": self._maker.actor,
            "state_since": self._maker.now,
            "revision": self._revision,
        }

    def _insert(self, record: Record) -> Record:
        signed = replace(record, mac=self._root.mac(record.authenticated()))
        key_store.insert(self._cursor, signed)
        self._rows_of(signed).append(signed)
        return signed

    def _change(self, record: Record, **changes: Any) -> Record:
        changed = replace(record, revision=self._revision, **changes)
        signed = replace(changed, mac=self._root.mac(changed.authenticated()))
        key_store.update(self._cursor, signed)
        rows = self._rows_of(signed)
        rows[:] = [signed if known.id == signed.id else known for known in rows]
        return signed

    def _rows_of(self, record: AnyRecord) -> list[Any]:
        tables: dict[type[AnyRecord], list[Any]] = {
            RootRecord: self._tables.roots,
            DomainRecord: self._tables.domains,
            DataRecord: self._tables.data,
        }
        return tables[type(record)]


def _found(records: list[Record], key_id: int) -> Record:
    for record in records:
        if record.id == key_id:
            return record
    raise NotFound("key.not_found", _("There is no key with id %(id)s.") % {"id": key_id})
