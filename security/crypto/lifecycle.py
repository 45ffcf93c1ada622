"""Making keys and their versions: each call works inside one writing session of the key store."""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db.backends.utils import CursorWrapper

from security.crypto import key_store
from security.crypto.algorithms import BLOCK, DIGEST, check_value
from security.crypto.key_store import DataRecord, DomainRecord
from security.crypto.providers import RootProvider, wrap
from security.crypto.purposes import Purpose
from security.crypto.verification import opened_data_key, opened_domain_key, verified
from security.models.keys import KeyState

Record = TypeVar("Record", DomainRecord, DataRecord)


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes keys, when, and under which root: `actor` and `now` are recorded with each key."""

    root: RootProvider
    actor: str
    now: datetime


class KeyWriter:
    """Changes keys in one writing session; everything it wrote appears together at its commit."""

    def __init__(self, cursor: CursorWrapper, maker: Maker) -> None:
        self._cursor = cursor
        self._maker = maker
        self._domains, self._data = key_store.load(cursor)
        self._revision = max((r.revision for r in [*self._domains, *self._data]), default=0) + 1

    def ensure(self, purpose: Purpose) -> bool:
        """Makes the purpose's first key if it has none in use; says whether it did."""
        if self._active_data(purpose.name):
            return False
        self._add_data_key(purpose)
        return True

    def new_version(self, purpose: Purpose) -> DataRecord:
        """Puts a new version into use; the old one decrypts only from now on."""
        old = self._active_data(purpose.name)
        if old is not None:
            self._change(verified(old, self._maker.root), state=KeyState.DECRYPT_ONLY.value)
        return self._add_data_key(purpose)

    def rotate_domain(self, domain: str) -> tuple[DomainRecord, int]:
        """A new key-encryption key, and every data key of the domain wrapped anew under it; says how many."""
        old = self._domain(domain)
        self._change(verified(old, self._maker.root), state=KeyState.DECRYPT_ONLY.value)
        new = self._add_domain_key(domain)
        members = {record.id for record in self._domains if record.domain == domain} - {new.id}
        moving = [r for r in self._data if r.domain_key_id in members and r.wrapped is not None]
        for record in moving:
            self._rewrap(record, new)
        return new, len(moving)

    def _rewrap(self, record: DataRecord, new: DomainRecord) -> None:
        old = next(parent for parent in self._domains if parent.id == record.domain_key_id)
        key = opened_data_key(record, old, self._maker.root)
        wrapped = wrap(self._opened(new), key, record.bound())
        self._change(record, wrapped=wrapped, domain_key_id=new.id)

    def _active_data(self, purpose: str) -> DataRecord | None:
        active = [r for r in key_store.in_use(self._data) if r.purpose == purpose]
        return active[0] if active else None

    def _domain(self, domain: str) -> DomainRecord:
        """The domain's key in use, made if there is none."""
        active = [r for r in key_store.in_use(self._domains) if r.domain == domain]
        return active[0] if active else self._add_domain_key(domain)

    def _opened(self, record: DomainRecord) -> bytes:
        return opened_domain_key(record, self._maker.root)

    def _add_domain_key(self, domain: str) -> DomainRecord:
        root, key = self._maker.root, os.urandom(BLOCK)
        record = DomainRecord(
            id=key_store.next_id(self._cursor, DomainRecord),
            domain=domain,
            version=_next_version([r.version for r in self._domains if r.domain == domain]),
            state=KeyState.ACTIVE.value,
            wrapped=None,
            check_value=check_value(key),
            root_version=root.info().version,
            root_check=root.info().check,
            created_at=self._maker.now,
            created_by=self._maker.actor,
            revision=self._revision,
        )
        record = self._insert(replace(record, wrapped=root.wrap(key, record.bound())))
        self._domains.append(record)
        return record

    def _add_data_key(self, purpose: Purpose) -> DataRecord:
        domain = self._domain(purpose.domain)
        key = os.urandom(BLOCK if purpose.algorithm == "SM4-GCM" else DIGEST)
        record = DataRecord(
            id=key_store.next_id(self._cursor, DataRecord),
            purpose=purpose.name,
            algorithm=purpose.algorithm,
            domain_key_id=domain.id,
            version=_next_version([r.version for r in self._data if r.purpose == purpose.name]),
            state=KeyState.ACTIVE.value,
            wrapped=None,
            check_value=check_value(key),
            created_at=self._maker.now,
            created_by=self._maker.actor,
            revision=self._revision,
        )
        record = self._insert(replace(record, wrapped=wrap(self._opened(domain), key, record.bound())))
        self._data.append(record)
        return record

    def _insert(self, record: Record) -> Record:
        signed = replace(record, mac=self._maker.root.mac(record.authenticated()))
        key_store.insert(self._cursor, signed)
        return signed

    def _change(self, record: DomainRecord | DataRecord, **changes: object) -> None:
        changed = replace(record, revision=self._revision, **changes)  # type: ignore[arg-type]
        signed = replace(changed, mac=self._maker.root.mac(changed.authenticated()))
        key_store.update(self._cursor, signed)
        if isinstance(signed, DomainRecord):
            self._domains = [signed if known.id == signed.id else known for known in self._domains]
        else:
            self._data = [signed if known.id == signed.id else known for known in self._data]


def _next_version(versions: list[int]) -> int:
    return max(versions, default=0) + 1
