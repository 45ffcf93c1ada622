"""Customers to read: generated, loaded and consolidated by the product's own services."""

import tempfile
from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone

from batch.demo.bank import make_bank
from batch.services.loading import load_file, loader
from batch.synthetic.generator import Recipe, generate
from consolidation.services.matching import consolidate
from mdm.conf import DatabaseRole, conf
from security.access.actor import system_actor

SEED = 20260630


def populate(rows: int) -> None:
    """A bank with `rows` source records, duplicates among them merged, statistics up to date."""
    make_bank(timezone.now())
    with tempfile.TemporaryDirectory(dir=conf.var) as folder:
        generate(Recipe(rows, SEED), Path(folder))
        load_file(loader(), Path(folder) / "customers.csv", "core_customer", at=timezone.now())
    actor = system_actor("consolidate", ["consolidate.run", "merge.run"], channel="BATCH")
    consolidate(actor, business_date=date(2026, 6, 30), full=False, at=timezone.now())
    analyse()


def analyse() -> None:
    """What autovacuum would have done by the time somebody asks; only who owns the tables may."""
    as_role("owner")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    as_role("engine")


def as_web() -> None:
    """From now on this process connects as the web does: under row-level security."""
    as_role("app")


def as_role(role: DatabaseRole) -> None:
    """From now on this process connects as one of the three database roles."""
    connection.close()
    connection.settings_dict["USER"] = conf.role_name(role)
    connection.settings_dict["PASSWORD"] = conf.get(f"DB_PASSWORD_{role.upper()}")
