"""Linking source records to customers by their key, in a way that two loaders cannot double."""

from collections.abc import Sequence

from django.db import connection

from mdm.bulk.models import SOURCE_KEY_KIND
from mdm.bulk.writing import allocate_ids
from mdm.subjects import Bundle
from security.crypto.blind_index import declare, digest_column

#: The digest kind of source keys; its stored number is `SOURCE_KEY_KIND`.
KIND = declare("SOURCE_KEY")


def source_digests(keys: Sequence[tuple[str, str]]) -> list[bytes]:
    """The digests under which (source system, source key) pairs are found."""
    found = digest_column(KIND, [f"{system}|{key}" for system, key in keys])
    return [digest for digest in found if digest is not None]


def link(bundles: Sequence[Bundle], customer_table: str) -> tuple[list[int], set[int]]:
    """The customer id of each bundle, and which of these ids are new.

    A key seen for the first time gets a new id; its lookup entry is claimed with ON CONFLICT, so of
    two transactions that bring the same key one waits and then finds the other's customer.
    """
    digests = source_digests([(bundle.source_system, bundle.source_key) for bundle in bundles])
    known = find(digests)
    missing = [digest for digest in dict.fromkeys(digests) if digest not in known]
    claimed = _claim(missing, customer_table)
    late = [digest for digest in missing if digest not in claimed]
    owners = {**known, **claimed, **(find(late) if late else {})}
    return [owners[digest] for digest in digests], set(claimed.values())


def find(digests: Sequence[bytes]) -> dict[bytes, int]:
    """The customers that source-key digests name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest, customer_id FROM mdm_lookupentry WHERE kind = %s AND digest = ANY(%s::bytea[])",
            [SOURCE_KEY_KIND, list(digests)],
        )
        return {bytes(digest): customer for digest, customer in cursor.fetchall()}


def _claim(digests: Sequence[bytes], customer_table: str) -> dict[bytes, int]:
    """Ids in the order given; claimed in the order of the digests, so that two loaders cannot deadlock."""
    if not digests:
        return {}
    pairs = sorted(zip(digests, allocate_ids(customer_table, len(digests)), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mdm_lookupentry (kind, digest, customer_id, facet, row_id) "
            "SELECT %s, d, c, 'customer', c FROM unnest(%s::bytea[], %s::bigint[]) AS n(d, c) "
            "ON CONFLICT (digest) WHERE kind = 1 DO NOTHING RETURNING digest, customer_id",
            [SOURCE_KEY_KIND, [digest for digest, _ in pairs], [customer for _, customer in pairs]],
        )
        return {bytes(digest): customer for digest, customer in cursor.fetchall()}
