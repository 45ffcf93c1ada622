"""Writing digests anew under another version of their key, while reads and writes go on.

The kernel keeps three kinds of digests: values of a kind in the lookup index, source keys there, and what a
source record told as a whole. Customers are taken in chunks, each locked as every writer locks it, read back
from their sealed values, and written in one transaction; what is done is told by the rows alone, so that a
rotation (`security.crypto.index_rotation`) may be killed anywhere and goes on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from mdm.bulk.apply import CONTENT
from mdm.bulk.facts import LOOKUP_TABLE, lookup_entries
from mdm.bulk.linking import KIND, insert_keys, source_digests
from mdm.bulk.models import SOURCE_KEY_KIND
from mdm.bulk.reading import read_bundles
from mdm.bulk.writing import insert_rows
from mdm.extension.attributes import refresh
from mdm.subjects import Lookup, registry
from security.crypto.blind_index import Version, purpose_of, written
from security.crypto.coverage import Coverage
from security.crypto.indexes import IndexHolder, Progress, coverage_of, register_holder

#: Customers read back and written in one transaction.
CHUNK = 500
#: Digests removed in one transaction.
REMOVED = 10_000

#: Writes what these customers lack under the version; they are locked. Says how many digests.
Write = Callable[[Version, list[int]], int]

_MISSING = """
SELECT DISTINCT l.customer_id FROM mdm_lookupentry l
WHERE l.kind = %(kind)s AND l.customer_id > %(after)s AND NOT EXISTS (
    SELECT FROM mdm_lookupentry n WHERE n.customer_id = l.customer_id AND n.kind = l.kind
    AND n.key_version = %(key)s AND n.norm_version = %(norm)s)
ORDER BY l.customer_id LIMIT %(most)s
"""
#: What a writer is about to replace is left to it, and to the next pass.
_REMOVE = """
WITH old AS (
    SELECT id FROM mdm_lookupentry WHERE kind = %(kind)s AND key_version = %(key)s AND id > %(after)s
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), gone AS (DELETE FROM mdm_lookupentry e USING old WHERE e.id = old.id)
SELECT count(*), max(id) FROM old
"""
#: The version of the key of a content digest (`mdm.bulk.apply.content_digests`).
_KEY_OF_CONTENT = sql.SQL(
    "CASE WHEN length(content_digest) = 18 "
    "THEN get_byte(content_digest, 16) * 256 + get_byte(content_digest, 17) ELSE 1 END"
)
_FORGET = sql.SQL("""
WITH old AS (
    SELECT id FROM mdm_sourcerecord
    WHERE length(content_digest) > 0 AND {} = %(key)s AND id > %(after)s
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), gone AS (UPDATE mdm_sourcerecord r SET content_digest = '' FROM old WHERE r.id = old.id)
SELECT count(*), max(id) FROM old
""").format(_KEY_OF_CONTENT)
_CONTENTS = sql.SQL(
    "SELECT {}, count(*) FROM mdm_sourcerecord WHERE length(content_digest) > 0 GROUP BY 1"
).format(_KEY_OF_CONTENT)


def register_lookup_holder(lookup: Lookup) -> None:
    """Let the key of a kind of lookup be rotated."""
    _register_entries(lookup.kind, lookup.number, partial(_write_lookup, lookup))


def register_own_holders() -> None:
    """Let the keys of source keys and of contents be rotated. Contents are not kept, so there is nothing to
    fill: each record is compared row by row at its next delivery, and then has a digest again."""
    _register_entries(KIND, SOURCE_KEY_KIND, _write_source_keys)
    forget = partial(in_passes, _FORGET)
    register_holder(
        IndexHolder(purpose_of(CONTENT), _contents, lambda key, progress: 0, lambda key: forget({"key": key}))
    )


def _register_entries(kind: str, number: int, write: Write) -> None:
    register_holder(
        IndexHolder(
            purpose_of(kind),
            partial(entries_counted, kind, number),
            lambda key, progress: fill_entries(version_of(kind, key), number, write, progress),
            lambda key: clear_entries(number, key),
        )
    )


def version_of(kind: str, key: int) -> Version:
    """The version of a kind with this key, which is being filled."""
    return next(version for version in written(kind) if version.key == key)


def entries_counted(kind: str, number: int) -> list[Coverage]:
    """How many entries of a kind are under which key."""
    statement = "SELECT key_version, count(*) FROM mdm_lookupentry WHERE kind = %s GROUP BY 1"
    with connection.cursor() as cursor:
        cursor.execute(statement, [number])
        return coverage_of(purpose_of(kind), "mdm_lookupentry", "digest", dict(cursor.fetchall()))


def fill_entries(version: Version, number: int, write: Write, progress: Progress) -> int:
    """Write every customer's entries of a kind that are missing under the version; says how many."""
    total, after = 0, 0
    refresh()
    while ids := _missing(number, version, after):
        with transaction.atomic():
            lock_customers(ids)
            done = write(version, ids)
        total, after = total + done, ids[-1]
        progress(done)
    return total


def clear_entries(number: int, key: int) -> int:
    """Remove a kind's entries under a key that is out of use; says how many."""
    return in_passes(_REMOVE, {"kind": number, "key": key})


def in_passes(statement: str | sql.Composed, told: dict[str, Any]) -> int:
    """Carry a statement through a table, chunk by chunk in the order of ids, until a pass finds nothing.

    The statement takes `after` and `most`, and gives how many rows it changed and the last id of them.
    """
    total = 0
    while done := sum(_chunks(statement, told)):
        total += done
    return total


def _chunks(statement: str | sql.Composed, told: dict[str, Any]) -> list[int]:
    done: list[int] = []
    after: int | None = 0
    while after is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {**told, "after": after, "most": REMOVED})
            count, after = cursor.fetchone()
        done.append(count)
    return done


def lock_customers(ids: list[int]) -> None:
    """Lock customers as every writer of their rows does, until the transaction ends."""
    lock = registry.facet("customer").lock
    if lock is not None:
        lock(ids)


def _missing(number: int, version: Version, after: int) -> list[int]:
    told = {"kind": number, "after": after, "key": version.key, "norm": version.norm, "most": CHUNK}
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, told)
        return [row[0] for row in cursor.fetchall()]


def _write_lookup(lookup: Lookup, version: Version, ids: list[int]) -> int:
    bundles, row_ids = read_bundles(ids, only=_facets(lookup.number, ids))
    rows = lookup_entries(lookup, ids, bundles, row_ids, [version])
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mdm_lookupentry WHERE kind = %s AND key_version = %s AND customer_id = ANY(%s)",
            [lookup.number, version.key, ids],
        )
    insert_rows(LOOKUP_TABLE, rows)
    return len(rows)


def _facets(number: int, ids: list[int]) -> frozenset[str]:
    """The facets whose values these customers have under a kind: all that has to be read back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT facet FROM mdm_lookupentry WHERE kind = %s AND customer_id = ANY(%s)",
            [number, ids],
        )
        return frozenset({"customer", *(row[0] for row in cursor.fetchall())})


def _write_source_keys(version: Version, ids: list[int]) -> int:
    """Of who was erased no key is left to be digested: what erasures leave has a kind of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_system, source_key, customer_id FROM mdm_sourcerecord WHERE customer_id = ANY(%s)",
            [ids],
        )
        told = cursor.fetchall()
    digests = source_digests([(system, key) for system, key, _customer in told], version)
    owners = [customer for _system, _key, customer in told]
    return len(insert_keys(zip(digests, owners, strict=True), version))


def _contents() -> list[Coverage]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTENTS)
        return coverage_of(purpose_of(CONTENT), "mdm_sourcerecord", "content_digest", dict(cursor.fetchall()))
