"""Rows of new customers as people send them: a table of persons of whom no two are alike."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import islice, product

from batch.layouts.customer_rows import Told, told_rows
from batch.services.batches import MOST
from customers.services.facets import ONLINE

COLUMNS = (
    "source_key",
    "party_type",
    "name",
    "sex",
    "birth_date",
    "id_type",
    "id_number",
    "mobile",
    "branch_code",
)
Sent = dict[str, str]
_SURNAMES, _FIRST, _SECOND = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋", "明宇涵轩昊睿琪欣雅哲"
#: ISO 7064 mod 11-2, as GB 11643 uses it.
_WEIGHTS, _CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"


def people(count: int, start: int = 0) -> list[Sent]:
    """Persons number `start` onwards (below 1,000), at branch 1100."""
    names = islice(product(_SURNAMES, _FIRST, _SECOND), start, start + count)
    return [_person(number, "".join(name)) for number, name in enumerate(names, start)]


def _person(number: int, name: str) -> Sent:
    born = date(1955, 1, 1) + timedelta(days=17 * number)
    digits = f"110105{born:%Y%m%d}{number % 900 + 50:03d}"
    check = _CHECKS[sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11]
    return {
        "source_key": f"K-{number}",
        "party_type": "PERSON",
        "name": name,
        "sex": "M" if int(digits[-1]) % 2 else "F",
        "birth_date": f"{born:%Y-%m-%d}",
        "id_type": "P01",
        "id_number": digits + check,
        "mobile": f"139{70_000_000 + 7919 * number:08d}",
        "branch_code": "1100",
    }


def table(rows: Iterable[Sent], separator: str = ",", columns: Sequence[str] = COLUMNS) -> str:
    """The rows as a text with headings."""
    lines = [separator.join(row.get(column, "") for column in columns) for row in rows]
    return "\n".join([separator.join(columns), *lines]) + "\n"


def told(rows: Iterable[Sent], source: str = ONLINE, columns: Sequence[str] = COLUMNS) -> list[Told]:
    """The rows as the doors hand them to the service."""
    return told_rows(table(rows, columns=columns).encode(), source, MOST)
