"""Customers in clear with trigram indexes, as a product without encryption would keep them: the peer of search."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.models import Q

from benchmarks.population import as_role
from customers.models import Customer
from customers.selectors.gathering import Gathered, gather
from mdm.conf import conf

_CHUNK = 5_000
_COLUMNS = ("name", "number", "phone", "email")


class ClearCustomer(models.Model):
    """One customer; its texts are joined by blanks."""

    customer_id = models.BigIntegerField(primary_key=True)
    name = models.TextField()
    number = models.TextField()
    phone = models.TextField()
    email = models.TextField()

    class Meta:
        app_label = "benchmarks"
        managed = False
        db_table = "benchmark_clear"

    def __str__(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def found(text: str) -> Any:
        """What an admin's search box finds: the text anywhere in any column, in any case."""
        where = Q()
        for column in _COLUMNS:
            where |= Q(**{f"{column}__icontains": text})
        return ClearCustomer._default_manager.filter(where)


def copy_in_clear() -> None:
    """Fill the table; afterwards this process is the engine again."""
    rows = [row for chunk in _chunks() for row in _rows(gather(chunk))]
    as_role("owner")
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("DROP TABLE IF EXISTS benchmark_clear")
        cursor.execute(
            "CREATE TABLE benchmark_clear "
            "(customer_id bigint PRIMARY KEY, name text, number text, phone text, email text)"
        )
        with cursor.copy("COPY benchmark_clear FROM STDIN") as out:
            for row in rows:
                out.write_row(row)
        for column in _COLUMNS:
            cursor.execute(f"CREATE INDEX ON benchmark_clear USING gin (upper({column}) gin_trgm_ops)")
        cursor.execute("ANALYZE benchmark_clear")
        cursor.execute(f'GRANT SELECT ON benchmark_clear TO "{conf.role_name("app")}"')
    as_role("engine")


def _chunks() -> Iterator[list[int]]:
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _rows(found: Gathered) -> Iterator[tuple[Any, ...]]:
    """(customer, name, number, phone, email) of each customer of a chunk."""
    told: dict[int, dict[str, list[str]]] = {row["id"]: {} for row in found["customer"]}
    for facet, field, column in (
        ("customer_name", "full_name", "name"),
        ("organisation_profile", "registered_name", "name"),
        ("credential", "number", "number"),
        ("phone", "number", "phone"),
        ("email", "address", "email"),
    ):
        for row in found[facet]:
            told[row["customer_id"]].setdefault(column, []).append(str(row[field] or ""))
    for customer, texts in told.items():
        yield (customer, *(" ".join(texts.get(column, ())) for column in _COLUMNS))
