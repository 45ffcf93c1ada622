"""Writing signatures and candidate keys anew under another version of their key, while matching goes on.

What changes for matching is nothing: two signatures made with the new version are as alike as those made with
the old one, so nobody is compared again (`changed_at` stays).
"""

from django.db import connection, transaction

from consolidation.records import DERIVATION, LOOKUP_NUMBER, TOKEN_KIND, signed
from mdm.bulk.facts import LOOKUP_TABLE, derived_entries
from mdm.bulk.reading import read_bundles
from mdm.bulk.reindexing import CHUNK, clear_entries, entries_counted, in_passes, lock_customers, version_of
from mdm.bulk.writing import insert_rows
from mdm.subjects import Derived
from security.crypto.blind_index import Version, purpose_of
from security.crypto.coverage import Coverage
from security.crypto.indexes import IndexHolder, Progress, coverage_of, register_holder

_MISSING = """
SELECT customer_id FROM consolidation_signature
WHERE customer_id > %s AND key_version <> %s AND next_version IS DISTINCT FROM %s
ORDER BY customer_id LIMIT %s
"""
_SECOND = """
UPDATE consolidation_signature s SET next_body = v.body, next_version = %s
FROM unnest(%s::bigint[], %s::bytea[]) v(id, body) WHERE s.customer_id = v.id
"""
_COUNT = """
SELECT version, count(*) FROM (
    SELECT key_version AS version FROM consolidation_signature
    UNION ALL SELECT next_version FROM consolidation_signature WHERE next_version IS NOT NULL) held GROUP BY 1
"""
_CLEAR = """
WITH old AS (
    SELECT customer_id AS id FROM consolidation_signature
    WHERE next_version IS NOT NULL AND %(key)s IN (key_version, next_version) AND customer_id > %(after)s
    ORDER BY customer_id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE consolidation_signature s SET next_body = NULL, next_version = NULL,
        body = CASE WHEN key_version = %(key)s THEN next_body ELSE body END,
        key_version = CASE WHEN key_version = %(key)s THEN next_version ELSE key_version END
    FROM old WHERE s.customer_id = old.id)
SELECT count(*), max(id) FROM old
"""


def register_signature_holder() -> None:
    """Let the key of signatures be rotated."""
    register_holder(IndexHolder(purpose_of(TOKEN_KIND), _counted, _fill, _clear))


def _counted() -> list[Coverage]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        counts = dict(cursor.fetchall())
    bodies = coverage_of(purpose_of(TOKEN_KIND), "consolidation_signature", "body", counts)
    return bodies + entries_counted(TOKEN_KIND, LOOKUP_NUMBER)


def _fill(key: int, progress: Progress) -> int:
    """Customers that have no signature under the key yet; says how many there were."""
    version, total, after = version_of(TOKEN_KIND, key), 0, 0
    while ids := _missing(key, after):
        with transaction.atomic():
            lock_customers(ids)
            _write(version, ids)
        total, after = total + len(ids), ids[-1]
        progress(len(ids))
    return total


def _missing(key: int, after: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [after, key, key, CHUNK])
        return [row[0] for row in cursor.fetchall()]


def _write(version: Version, ids: list[int]) -> None:
    bodies, digests = signed(ids, read_bundles(ids)[0], version)
    with connection.cursor() as cursor:
        cursor.execute(_SECOND, [version.key, ids, bodies])
        cursor.execute(
            "DELETE FROM mdm_lookupentry WHERE kind = %s AND key_version = %s AND customer_id = ANY(%s)",
            [LOOKUP_NUMBER, version.key, ids],
        )
    insert_rows(LOOKUP_TABLE, derived_entries(DERIVATION, ids, Derived([], digests)))


def _clear(key: int) -> int:
    return in_passes(_CLEAR, {"key": key}) + clear_entries(LOOKUP_NUMBER, key)
