"""Signatures out of the database into numpy, in bulk: matching never reads a clear value."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

from consolidation.matching.signature import Signatures, from_bytes
from consolidation.records import LOOKUP_NUMBER, TOKEN_KIND
from mdm.bulk import arrays
from security.crypto.blind_index import Version, in_use

#: How many customers may share a candidate key before it says nothing (as in a full run).
MOST_SHARING = 50


#: The body that was made with a version of the key: only those can be compared.
_BODY = sql.SQL("CASE WHEN key_version = %s THEN body WHEN next_version = %s THEN next_body END")
_ALL = sql.SQL("SELECT string_agg({}, ''::bytea ORDER BY customer_id) FROM consolidation_signature").format(
    _BODY
)
_SOME = sql.SQL("SELECT {} FROM consolidation_signature WHERE customer_id = ANY(%s::bigint[])").format(_BODY)


def all_signatures() -> Signatures:
    """The signatures of all customers."""
    key = in_use(TOKEN_KIND).key
    with connection.cursor() as cursor:
        cursor.execute(_ALL, [key, key])
        body = cursor.fetchone()[0]
    return from_bytes(bytes(body or b""))


def signatures_of_customers(customer_ids: Sequence[int], version: Version | None = None) -> Signatures:
    """The signatures of some customers, under the version of the key in use unless told."""
    key = (version or in_use(TOKEN_KIND)).key
    with connection.cursor() as cursor:
        cursor.execute(_SOME, [key, key, arrays.of_ids(customer_ids)])
        return from_bytes([bytes(row[0]) for row in cursor.fetchall() if row[0] is not None])


def changed_since(moment: datetime) -> list[int]:
    """Customers whose signature was written after `moment` (a `moment_of_reading`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id FROM consolidation_signature WHERE changed_at > %s", [moment])
        return [row[0] for row in cursor.fetchall()]


#: Customers that have one of the candidate keys in `{keys}`; keys that too many share are passed over. In their order
#: the index is walked, not searched anew for each.
_SHARING = (
    "SELECT DISTINCT unnest(c.ids) FROM (SELECT DISTINCT digest FROM ({keys}) AS k(digest) ORDER BY digest) AS k "
    "CROSS JOIN LATERAL (SELECT ARRAY(SELECT customer_id FROM mdm_lookupentry "
    "WHERE digest = k.digest AND kind = %s LIMIT %s) AS ids OFFSET 0) c WHERE cardinality(c.ids) BETWEEN %s AND %s"
)


def _bounds(least: int) -> tuple[int, int, int, int]:
    """Keys count that so many customers have at least: two, where those that ask are among them."""
    return LOOKUP_NUMBER, MOST_SHARING + 1, least, MOST_SHARING


def sharing(keys: Sequence[bytes]) -> list[int]:
    """Customers that have one of these candidate keys; keys that too many share are passed over."""
    statement = _SHARING.format(keys="SELECT unnest(%s::bytea[])")
    with connection.cursor() as cursor:
        cursor.execute(statement, [arrays.of_bytes(keys), *_bounds(least=1)])
        return [row[0] for row in cursor.fetchall()]


def neighbours(customer_ids: Sequence[int]) -> list[int]:
    """Customers that share a candidate key with one of these, these included."""
    keys = "SELECT digest FROM mdm_lookupentry WHERE kind = %s AND customer_id = ANY(%s::bigint[])"
    with connection.cursor() as cursor:
        told: list[int | str] = [LOOKUP_NUMBER, arrays.of_ids(customer_ids), *_bounds(least=2)]
        cursor.execute(_SHARING.format(keys=keys), told)
        return sorted({*(row[0] for row in cursor.fetchall()), *customer_ids})


def groups() -> list[list[int]]:
    """The customers that were merged, by golden customer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, members FROM customers_customer WHERE members <> '{}'")
        return [[golden, *members] for golden, members in cursor.fetchall()]


def never_matches() -> NDArray[np.int64]:
    """Pairs of customers that nothing automatic may join, shape (n, 2)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id, other_id FROM consolidation_nevermatch "
            "WHERE expires_at IS NULL OR expires_at > now()"
        )
        pairs = cursor.fetchall()
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
