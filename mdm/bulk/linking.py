"""Linking source records to customers by their key, in a way that two loaders cannot double."""

from collections.abc import Iterable, Sequence

from django.db import connection

from mdm.bulk import arrays
from mdm.bulk.models import SOURCE_KEY_KIND
from mdm.bulk.writing import allocate_ids
from mdm.subjects import Bundle
from security.crypto.blind_index import Version, declare, digest_column, searched, written

#: The digest kind of source keys; its stored number is `SOURCE_KEY_KIND`.
KIND = declare("SOURCE_KEY")


#: (source system, source key)
SourceKey = tuple[str, str]


def source_digests(keys: Sequence[SourceKey], version: Version | None = None) -> list[bytes]:
    """The digests of source keys, under the version in use unless told."""
    found = digest_column(KIND, [f"{system}|{key}" for system, key in keys], version)
    return [digest for digest in found if digest is not None]


def link(bundles: Sequence[Bundle], customer_table: str) -> tuple[list[int], set[int]]:
    """The customer id of each bundle, and which of these ids are new.

    A key seen for the first time gets a new id; its lookup entry is claimed with ON CONFLICT, so of
    two transactions that bring the same key one waits and then finds the other's customer.
    """
    keys = [(bundle.source_system, bundle.source_key) for bundle in bundles]
    known = known_customers(keys)
    missing = [key for key in dict.fromkeys(keys) if key not in known]
    claimed = _claim(missing, customer_table)
    late = [key for key in missing if key not in claimed]
    owners = {**known, **claimed, **(known_customers(late) if late else {})}
    return [owners[key] for key in keys], set(claimed.values())


def known_customers(keys: Sequence[SourceKey]) -> dict[SourceKey, int]:
    """The customers that source keys name, under whichever version they are stored."""
    found: dict[SourceKey, int] = {}
    for version in searched(KIND):
        left = [key for key in dict.fromkeys(keys) if key not in found]
        digests = source_digests(left, version)
        owners = find(digests)
        found |= {key: owners[d] for key, d in zip(left, digests, strict=True) if d in owners}
    return found


def find(digests: Sequence[bytes]) -> dict[bytes, int]:
    """The customers that source-key digests name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, customer_id FROM mdm_lookupentry WHERE kind = %s AND digest = ANY(%s::bytea[])",
            [SOURCE_KEY_KIND, arrays.of_bytes(digests)],
        )
        return {bytes(digest): customer for digest, customer in cursor.fetchall()}


def _claim(keys: Sequence[SourceKey], customer_table: str) -> dict[SourceKey, int]:
    """New ids for those of the keys that nobody else claims, under every version that is written.

    Versions go from the first to the last and digests in their order, so that two loaders cannot deadlock.
    """
    if not keys:
        return {}
    ids = dict(zip(keys, allocate_ids(customer_table, len(keys)), strict=True))
    lost: dict[SourceKey, int] = {}
    for version in reversed(written(KIND)):
        by_digest = dict(zip(source_digests(list(ids), version), ids, strict=True))
        won = insert_keys([(digest, ids[key]) for digest, key in by_digest.items()], version)
        missed = [digest for digest in by_digest if digest not in won]
        lost |= {by_digest[digest]: owner for digest, owner in (find(missed) if missed else {}).items()}
    _yield(ids, lost)
    return {key: ids[key] for key in keys if key not in lost}


def _yield(ids: dict[SourceKey, int], lost: dict[SourceKey, int]) -> None:
    """What was claimed under one version and lost under another is its owner's under both: a process that knows
    of one version only was faster."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE mdm_lookupentry SET customer_id = %s, row_id = %s WHERE kind = %s AND customer_id = %s",
            [(owner, owner, SOURCE_KEY_KIND, ids[key]) for key, owner in lost.items()],
        )


def insert_keys(pairs: Iterable[tuple[bytes, int]], version: Version) -> set[bytes]:
    """Store (digest, customer) of source keys; says which digests nobody had stored."""
    rows = sorted(pairs)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mdm_lookupentry (kind, digest, customer_id, facet, row_id, key_version, norm_version) "
            "SELECT %s, d, c, 'customer', c, %s, %s FROM unnest(%s::bytea[], %s::bigint[]) AS n(d, c) "
            "ON CONFLICT (digest) WHERE kind = 1 DO NOTHING RETURNING digest",
            [
                *(SOURCE_KEY_KIND, version.key, version.norm),
                *(arrays.of_bytes(row[0] for row in rows), arrays.of_ids(row[1] for row in rows)),
            ],
        )
        return {bytes(row[0]) for row in cursor.fetchall()}
