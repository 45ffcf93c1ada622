"""Proving key rows before a key is used: right root key, rows unchanged, wrapped keys intact."""

from collections.abc import Sequence
from typing import TypeVar

from cryptography.hazmat.primitives import constant_time
from django.utils.translation import gettext_lazy as _

from mdm.errors import Unavailable
from security.crypto.algorithms import WrongTag, check_value
from security.crypto.key_store import AnyRecord, DataRecord, DomainRecord, RootRecord
from security.crypto.providers import RootProvider, unwrap

Record = TypeVar("Record", RootRecord, DomainRecord, DataRecord)


def refuse_other_root(record: DomainRecord, root: RootProvider) -> None:
    """Raises Unavailable `key.root_wrong` when the key row was made under another root key.

    `root` is the version that the row names, or whatever version is held where that one is not.
    """
    info = root.info()
    if (record.root_version, record.root_check) != (info.version, info.check):
        raise Unavailable(
            "key.root_wrong",
            _(
                "The keys in the database were made under root key version %(made)s (check value %(check)s); "
                "this process holds version %(held)s (%(held_check)s)."
            )
            % {
                "made": record.root_version,
                "check": record.root_check,
                "held": info.version,
                "held_check": info.check,
            },
        )


def changed_rows(records: Sequence[AnyRecord], root: RootProvider) -> list[AnyRecord]:
    """The rows whose MAC does not prove them: changed, swapped or written by somebody without the root key."""
    right = root.macs([record.authenticated() for record in records])
    return [
        record
        for record, mac in zip(records, right, strict=True)
        if not constant_time.bytes_eq(mac, record.mac)
    ]


def verified(record: Record, root: RootProvider) -> Record:
    """The row, if its MAC proves it; raises Unavailable `key.row_tampered`."""
    if changed_rows([record], root):
        raise tampered(record)
    return record


def opened_domain_key(record: DomainRecord, root: RootProvider) -> bytes:
    """The level 2 key itself; raises Unavailable `key.root_wrong` or `key.row_tampered`."""
    refuse_other_root(record, root)
    wrapped = _present(verified(record, root))
    try:
        return _checked(root.unwrap(wrapped, record.bound()), record)
    except WrongTag:
        raise tampered(record) from None


def opened_data_key(record: DataRecord, parent: DomainRecord, root: RootProvider) -> bytes:
    """The level 3 key itself, through its domain key; raises as `opened_domain_key`."""
    domain_key = opened_domain_key(parent, root)
    wrapped = _present(verified(record, root))
    try:
        return _checked(unwrap(domain_key, wrapped, record.bound()), record)
    except WrongTag:
        raise tampered(record) from None


def _present(record: DomainRecord | DataRecord) -> bytes:
    if record.wrapped is None:
        raise Unavailable("key.destroyed", _("Key %(key)s was destroyed.") % {"key": record.label()})
    return record.wrapped


def _checked(key: bytes, record: DomainRecord | DataRecord) -> bytes:
    if check_value(key) != record.check_value:
        raise tampered(record)
    return key


def tampered(record: AnyRecord) -> Unavailable:
    """The refusal of a row that was changed from outside."""
    return Unavailable(
        "key.row_tampered",
        _("The row of key %(key)s in the database was changed from outside.") % {"key": record.label()},
    )
