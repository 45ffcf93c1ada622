"""Customers to read: generated, loaded and consolidated by the product's own services."""

import tempfile
from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone

from batch.demo.bank import make_bank
from batch.formats.writer import create
from batch.layouts.registry import layout as layout_named
from batch.services.loading import load_file, loader
from batch.synthetic.generator import Recipe, generate
from consolidation.services.matching import consolidate
from customers.models import Customer
from customers.rules.number import customer_no
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


def give_accounts(count: int) -> None:
    """An account each to so many customers, delivered as banks do: by a file of that facet."""
    layout = layout_named("agreement")
    found = Customer.objects.filter(golden=None).order_by("pk").values_list("pk", flat=True)[:count]
    names = ["operation", "source_system", "customer_no", "slot", "kind", "agreement_no", "account_no"]
    lines = [["add", "crm", customer_no(pk), "B-1", "CARD", f"B-{pk}", f"62{pk:014}"] for pk in found]
    with tempfile.TemporaryDirectory(dir=conf.var) as folder:
        file = Path(folder) / "agreement.csv"
        with create(file, layout.profile, names) as writer:
            writer.write(lines)
        load_file(loader(), file, layout.name, at=timezone.now())


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
