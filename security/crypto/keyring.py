"""Data keys by purpose and by id, opened through the three levels and kept for a short time.

A process holds a snapshot of the key tables: at most ten minutes old, and thrown away within five
seconds of any change of a key by any process (one small query on a connection of its own). Opened
keys live in the snapshot only. Python can neither lock nor reliably wipe memory; see the threat model.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.conf import Conf, conf
from mdm.errors import Unavailable
from security.crypto import key_store
from security.crypto.handles import DataKeyHandle
from security.crypto.key_store import AnyRecord, DataRecord, DomainRecord, Generation, KeyTables
from security.crypto.lifecycle import KeyWriter, Maker
from security.crypto.providers import RootInfo, RootProvider, root_provider
from security.crypto.purposes import Purpose, purpose_named, registered_purposes
from security.crypto.usage import uses
from security.crypto.verification import changed_rows, opened_data_key, refuse_other_root, tampered
from security.models.keys import LIVE_STATES, OPENING_STATES, KeyState

#: Seconds a snapshot may live, and seconds between looks whether a key changed.
TIME_TO_LIVE = 600.0
RECHECK = 5.0

#: Who made the keys that development and tests make on first use.
FIRST_USE = "system:first-use"

_log = logging.getLogger(__name__)
_NO_PRIVILEGE = "42501"


@dataclass
class _Snapshot:
    """The key tables as they were at `loaded`, under one version of the root key; opened keys are added.

    `changed` are the rows that their authenticator does not prove: whoever needs one is refused.
    """

    root: RootProvider
    domains: dict[int, DomainRecord]
    data: dict[int, DataRecord]
    changed: list[AnyRecord]
    generation: Generation
    loaded: float
    checked: float
    handles: dict[int, DataKeyHandle] = field(default_factory=dict, repr=False)

    @cached_property
    def active(self) -> dict[str, int]:
        """Key id in use, by purpose."""
        return {record.purpose: record.id for record in key_store.in_use(list(self.data.values()))}

    @cached_property
    def live(self) -> dict[str, list[int]]:
        """Key ids that open, by purpose, the one in use first."""
        opening = [record for record in self.data.values() if record.state in _openable(record)]
        found: dict[str, list[int]] = {}
        for record in sorted(opening, key=lambda one: (one.state != KeyState.ACTIVE, -one.version)):
            found.setdefault(record.purpose, []).append(record.id)
        return found

    def refuse_changed(self, purpose: str) -> None:
        """Unavailable `key.row_tampered` where a row of the purpose or of its domain was changed."""
        domains = {self.domains[r.domain_key_id].domain for r in self.data.values() if r.purpose == purpose}
        for record in self.changed:
            if isinstance(record, DataRecord) and record.purpose == purpose:
                raise tampered(record)
            if isinstance(record, DomainRecord) and record.domain in domains:
                raise tampered(record)


class Keyring:
    """The keys under one root. `clock` gives monotonic seconds."""

    def __init__(
        self,
        root: Callable[[], RootProvider],
        *,
        make_on_first_use: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_root = root
        self._make_on_first_use = make_on_first_use
        self._clock = clock
        self._lock = threading.RLock()
        self._snapshot: _Snapshot | None = None

    @cached_property
    def root(self) -> RootProvider:
        """Level 1, opened on first use."""
        return self._open_root()

    def current(self, purpose: str) -> DataKeyHandle:
        """The key that encrypts for `purpose` now.

        Raises Unavailable: `key.purpose_unknown` (nobody registered it), `key.missing` (in production
        before `keys init`), `key.root_wrong`, `key.row_tampered`.
        """
        snapshot = self._fresh()
        key_id = snapshot.active.get(purpose)
        if key_id is None:
            snapshot.refuse_changed(purpose)
            snapshot = self._made_now(purpose)
            key_id = snapshot.active[purpose]
        return self._handle(snapshot, key_id)

    def by_id(self, key_id: int) -> DataKeyHandle:
        """The key that a value names.

        Raises Unavailable: `key.unknown`, `key.disabled`, `key.destroyed`, `key.root_wrong`,
        `key.row_tampered`.
        """
        snapshot = self._fresh()
        if key_id not in snapshot.data:
            snapshot = self._reload()  # it may have been made a moment ago by another process
        return self._handle(snapshot, key_id)

    def versions(self, purpose: str) -> list[DataKeyHandle]:
        """Every live key of the purpose, the one in use first: what a search must try."""
        snapshot = self._fresh()
        live = snapshot.live.get(purpose, ())
        return [self._handle(snapshot, key_id) for key_id in live] or [self.current(purpose)]

    def mac(self, purpose: str, data: bytes) -> bytes:
        """HMAC-SM3 of `data` (32 bytes) under the key of an HMAC purpose; raises as `current`."""
        state = self.current(purpose).keyed(b"").copy()
        state.update(data)
        return state.finalize()

    def ensure(self, purposes: Iterable[Purpose], actor: str, now: datetime) -> int:
        """Makes the keys that are missing, in one transaction of its own; says how many."""
        with key_store.session(writing=True) as cursor:
            self.root.check_open()
            self._refuse_other_root(key_store.load(cursor).domains)
            writer = KeyWriter(cursor, Maker(self.root, actor, now))
            made = sum([writer.ensure(purpose) for purpose in purposes])
        self._reload()
        return made

    def verify(self) -> int:
        """Opens every key that opens; raises what is wrong with the first that does not; says how many."""
        snapshot = self._reload()
        for row in snapshot.changed:
            raise tampered(row)
        opening = [record for record in snapshot.data.values() if record.state in OPENING_STATES]
        return len([self._handle(snapshot, record.id) for record in opening])

    def in_use_root(self) -> RootInfo:
        """The version of the root key under which the keys are; raises as `current`."""
        return self._fresh().root.info()

    def check_open(self) -> None:
        """Raises Unavailable `key.sealed` or `key.agent_down`, and then drops every opened key."""
        try:
            self.root.check_open()
        except Unavailable:
            self.forget()
            raise

    def forget(self) -> None:
        """Drops every opened key; the next use reads the tables again."""
        with self._lock:
            self._snapshot = None

    def _fresh(self) -> _Snapshot:
        snapshot, now = self._snapshot, self._clock()
        if snapshot is None or now - snapshot.loaded > TIME_TO_LIVE:
            return self._reload()
        if now - snapshot.checked > RECHECK:
            return self._rechecked(snapshot, now)
        return snapshot

    def _rechecked(self, snapshot: _Snapshot, now: float) -> _Snapshot:
        """Reloads if any key changed; without a connection the snapshot serves on until it is too old.

        Where the root key was sealed meanwhile, every opened key is dropped and `key.sealed` raised.
        """
        snapshot.checked = now
        self.check_open()
        try:
            with key_store.session() as cursor:
                changed = key_store.generation(cursor) != snapshot.generation
        except DatabaseError:
            _log.warning("key generation not readable; keys in memory serve on")
            return snapshot
        return self._reload() if changed else snapshot

    def _reload(self) -> _Snapshot:
        with self._lock, key_store.session() as cursor:
            generation = key_store.generation(cursor)
            tables = key_store.load(cursor)
            self.root.check_open()
            self._refuse_other_root(tables.domains)
            self._snapshot = self._taken(tables, generation)
            return self._snapshot

    def _taken(self, tables: KeyTables, generation: Generation) -> _Snapshot:
        root = self.root if tables.root_version is None else self.root.at(tables.root_version)
        now = self._clock()
        return _Snapshot(
            root,
            {record.id: record for record in tables.domains},
            {record.id: record for record in tables.data},
            changed_rows(tables.rows, root),
            generation,
            loaded=now,
            checked=now,
        )

    def _refuse_other_root(self, domains: list[DomainRecord]) -> None:
        for record in key_store.in_use(domains):
            refuse_other_root(record, self.root.at(record.root_version))

    def _handle(self, snapshot: _Snapshot, key_id: int) -> DataKeyHandle:
        handle = snapshot.handles.get(key_id)
        if handle is None:
            handle = self._opened(snapshot, key_id)
            snapshot.handles[key_id] = handle
        return handle

    def _opened(self, snapshot: _Snapshot, key_id: int) -> DataKeyHandle:
        record = snapshot.data.get(key_id)
        if record is None:
            raise Unavailable("key.unknown", _("There is no key with id %(id)s.") % {"id": key_id})
        snapshot.refuse_changed(record.purpose)
        if record.state not in _openable(record):
            raise _out_of_use(record)
        parent = snapshot.domains[record.domain_key_id]
        if parent.state not in OPENING_STATES:
            raise _out_of_use(parent)
        key = opened_data_key(record, parent, snapshot.root)
        return DataKeyHandle(record.id, record.purpose, record.version, key, uses.spend)

    def _made_now(self, purpose: str) -> _Snapshot:
        """Makes the purpose's first key, where that is allowed."""
        registered = purpose_named(purpose)
        if registered is None:
            raise Unavailable(
                "key.purpose_unknown", _("Nothing registered the key purpose %(name)s.") % {"name": purpose}
            )
        if not self._make_on_first_use:
            raise _missing(purpose)
        try:
            self.ensure([registered], FIRST_USE, timezone.now())
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") != _NO_PRIVILEGE:
                raise
            raise _missing(purpose) from error
        return self._fresh()


def _openable(record: DataRecord) -> Collection[str]:
    """The states in which this key opens: a digest key that is being filled is computed with already."""
    return LIVE_STATES if record.algorithm == "HMAC-SM3" else OPENING_STATES


def _out_of_use(record: DataRecord | DomainRecord) -> Unavailable:
    code = "key.destroyed" if record.state == KeyState.DESTROYED else "key.disabled"
    message = _("Key %(key)s is not in use any more (%(state)s).")
    return Unavailable(code, message % {"key": record.label(), "state": record.state})


def _missing(purpose: str) -> Unavailable:
    message = _("There is no key for %(name)s yet: run `manage.py keys init`.")
    return Unavailable("key.missing", message % {"name": purpose})


def keyring_for(settings: Conf) -> Keyring:
    """A keyring as the configuration says: outside production, keys are made on first use."""
    return Keyring(lambda: root_provider(settings), make_on_first_use=not settings.production)


#: The product's keyring; the functions below are its methods.
keyring = keyring_for(conf)

current = keyring.current
by_id = keyring.by_id
versions = keyring.versions
mac = keyring.mac
forget = keyring.forget
verify = keyring.verify
in_use_root = keyring.in_use_root


def make_missing(actor: str, now: datetime) -> int:
    """Makes a first key for every registered purpose that has none (`keys init`); says how many."""
    return keyring.ensure(registered_purposes(), actor, now)
