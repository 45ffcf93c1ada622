"""What commands print with `--json` is what the reference says: people script against these keys."""

import json
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from mdm.management.reference.commands import RESULTS


@pytest.fixture(autouse=True)
def bank(db: None, objects: dict[str, str]) -> Iterator[None]:
    """A small bank, seen as commands see it."""
    from security.access.roles import seed_roles
    from tests.factories import customers
    from tests.support.database_roles import database_role

    with database_role("engine"):
        customers.bank()
        seed_roles()
        yield


def printed(command: str, *arguments: Any) -> dict[str, Any]:
    """The result line of a command, whatever its exit code."""
    out = StringIO()
    with suppress(SystemExit):
        call_command(command, *map(str, arguments), "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def check(command: str, *arguments: Any) -> None:
    """The keys that are named, in any order; `keys status` prints the keys themselves besides."""
    told = set(printed(command, *arguments)) - {"root", "domains", "keys", "agent", "roots"}
    assert told == set(RESULTS[command].split(", "))


def test_from_a_file_to_its_links(tmp_path: Path) -> None:
    check("generate_customers", "--rows", 60, "--seed", 5, "--duplicates", 0.2, "--out", tmp_path)
    file, links = tmp_path / "customers.csv", tmp_path / "links.csv"
    check("load_file", file, "--layout", "core_customer", "--dry-run")
    check("load_file", file, "--layout", "core_customer")
    check("consolidate", "--full")
    check("export_links", links)
    check("score_links", links, "--truth", tmp_path / "truth.csv")
    check("run_job", "consolidate")
    check("check_consistency")


def test_documents_by_file(tmp_path: Path) -> None:
    columns = "source_system,source_key,kind,title,dated_on,credential,file,sm3"
    (tmp_path / "manifest.csv").write_text(f"{columns}\ncore_customer,nobody,OTHER,,,,a.jpg,\n")
    check("load_documents", tmp_path)
    check("run_job", "dispose_documents")


def test_a_merge_taken_back() -> None:
    from consolidation.models import Merge
    from tests.factories.customers import person, store

    store([person("A"), person("B")])
    assert printed("consolidate", "--full")["merged"] == 1
    check("unmerge", Merge.objects.get().pk, "--reason", "two persons")


def test_keys_services_and_clients() -> None:
    check("keys", "status")
    check("services", "status")
    check("self_check")
    from tests.factories.security import member_of_staff

    member_of_staff("boss")
    check("api_client", "issue", "core-bank", "--org", "1000", "--answerable", "boss")


@pytest.mark.usefixtures("objects")
def test_the_operation_log_sealed_and_verified() -> None:
    check("audit_seal")
    check("audit_verify")


def test_access_explained() -> None:
    from customers.models import Customer
    from tests.factories.customers import person, stored
    from tests.factories.security import branch, member_of_staff

    number = Customer(pk=stored(person("A"))).customer_no
    member_of_staff("asked", "teller", org=branch("1100"))
    check("explain_access", "asked", number)


@pytest.mark.usefixtures("objects")
def test_a_certificate_verified() -> None:
    from customers.models import Customer
    from customers.services.certifying import issue
    from tests.factories.customers import person, stored
    from tests.factories.security import NOW, branch, staff

    number = Customer(pk=stored(person("A"))).customer_no
    made = issue(staff("auditor", "auditor", org=branch("1100")), number, reason="audit", at=NOW)
    check("verify_certificate", made.pk)


def test_every_command_with_results_is_run_here() -> None:
    told = Path(__file__).read_text()
    # has an instance of its own: tests/mdm/management/test_benchmark.py
    elsewhere = {"benchmark"}
    assert [name for name in RESULTS if f'check("{name}"' not in told and name not in elsewhere] == []


def test_an_erasure() -> None:
    from datetime import date

    from customers.rules.number import customer_no
    from tests.factories.customers import person, stored

    left = {"party_type": "PERSON", "org": "1100", "lifecycle_status": "CLOSED", "valid_to": date(2010, 1, 1)}
    gone = stored(person("A", customer=[left], agreement=[], restriction=[]))
    check("erase_customer", customer_no(gone), "--reason", "retention is over")
