"""Writing the tokens of names anew under another version of their key, while searches and writes go on."""

from django.db import connection, transaction
from django.db.models import Q

from customers.models import Customer
from customers.models.derived import TOKEN_KIND, token_columns
from mdm.bulk.reading import read_bundles
from mdm.bulk.reindexing import CHUNK, in_passes, lock_customers
from security.crypto.blind_index import purpose_of
from security.crypto.coverage import Coverage
from security.crypto.indexes import IndexHolder, Progress, coverage_of, register_holder

#: The facets that a customer's names are in (`customers.models.derived.names_of`).
NAMED = ("customer", "customer_name", "organisation_profile")
_COLUMNS = ("name_tokens", "token_version", "token_former")

_COUNT = """
SELECT version, count(*) FROM (
    SELECT token_version AS version FROM customers_customer
    UNION ALL SELECT token_former FROM customers_customer WHERE token_former IS NOT NULL) held GROUP BY 1
"""
#: Half of the tokens are under each of two versions, the newest first.
_CLEAR = """
WITH old AS (
    SELECT id FROM customers_customer
    WHERE token_former IS NOT NULL AND %(key)s IN (token_version, token_former) AND id > %(after)s
    ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), gone AS (
    UPDATE customers_customer c SET token_former = NULL,
        token_version = CASE WHEN token_former = %(key)s THEN token_version ELSE token_former END,
        name_tokens = CASE WHEN token_former = %(key)s THEN name_tokens[:cardinality(name_tokens) / 2]
                      ELSE name_tokens[cardinality(name_tokens) / 2 + 1:] END
    FROM old WHERE c.id = old.id)
SELECT count(*), max(id) FROM old
"""


def register_name_holder() -> None:
    """Let the key of name tokens be rotated."""
    clear = lambda key: in_passes(_CLEAR, {"key": key})  # noqa: E731
    register_holder(IndexHolder(purpose_of(TOKEN_KIND), _counted, _fill, clear))


def _counted() -> list[Coverage]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        counts = dict(cursor.fetchall())
    return coverage_of(purpose_of(TOKEN_KIND), "customers_customer", "name_tokens", counts)


def _fill(key: int, progress: Progress) -> int:
    """Customers that have no tokens under the key yet; says how many there were."""
    total, after = 0, 0
    while ids := _missing(key, after):
        with transaction.atomic():
            lock_customers(ids)
            _write(ids)
        total, after = total + len(ids), ids[-1]
        progress(len(ids))
    return total


def _missing(key: int, after: int) -> list[int]:
    has = Q(token_version=key) | Q(token_former=key, token_former__isnull=False)
    rows = Customer.objects.filter(pk__gt=after).exclude(has).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:CHUNK])


def _write(ids: list[int]) -> None:
    bundles, _rows = read_bundles(ids, only=NAMED)
    rows = [Customer(pk=pk, **told) for pk, told in zip(ids, token_columns(bundles), strict=True)]
    Customer.objects.bulk_update(rows, _COLUMNS)
