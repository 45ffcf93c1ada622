"""Which source record belongs to which customer, as a file for whoever keeps a cross-reference."""

import csv
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers.rules.number import customer_no
from security.access.actor import Actor
from security.audit.log import record

_COUNT = "SELECT count(*) FROM mdm_sourcerecord WHERE source_system <> 'online'"
_LINKS = """
SELECT s.source_system, s.source_key, coalesce(c.golden_id, c.id)
FROM mdm_sourcerecord s JOIN customers_customer c ON c.id = s.customer_id
WHERE s.source_system <> 'online' ORDER BY s.source_system, s.source_key
"""


def export_links(actor: Actor, path: Path, *, at: datetime) -> int:
    """Write `source_system, source_key, customer_no` of every source record as CSV. Returns the rows.

    Logged before a line is written: what cannot be logged leaves no file.
    """
    actor.require("customer.view")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT)
        record(actor, "links.export", at, subject="file", fields={"rows": cursor.fetchone()[0]})
        return _write(path, cursor)


def _write(path: Path, cursor: CursorWrapper) -> int:
    rows = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source_system", "source_key", "customer_no"])
        cursor.execute(_LINKS)
        while found := cursor.fetchmany(10_000):
            writer.writerows((system, key, customer_no(golden)) for system, key, golden in found)
            rows += len(found)
    return rows
