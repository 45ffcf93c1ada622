"""A trial by somebody of the web, whom row-level security shows the customers of their branches only."""

from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from batch.formats.lines import RowError
from batch.services.loading import Loaded, dry_run
from security.access.actor import Actor, Right
from security.models import Organisation
from tests.factories.files import line, load, write
from tests.factories.security import NOW
from tests.support.database_roles import database_role

pytestmark = pytest.mark.usefixtures("bank")


def operator(code: str) -> Actor:
    """An operator of one branch and those below it."""
    branch = Organisation.objects.get(code=code)
    return Actor("zheng", "staff", (Right(frozenset({"load.run"}), branch.pk),), channel="COUNTER")


def tried(path: Path, actor: Actor) -> tuple[Loaded, set[tuple[int, str, str]]]:
    """What a trial tells, as the web's role."""
    found: list[RowError] = []
    with database_role("app"):
        told = dry_run(actor, path, "core_customer", at=NOW, found=found.append)
    return told, {(error.line, error.field, error.code) for error in found}


def test_a_trial_knows_the_customers_of_ones_own_branches(tmp_path: Path) -> None:
    load(
        write(tmp_path / "one.csv", [line("A"), line("B", branch_code="1110"), line("C", branch_code="1200")])
    )
    rows = [line("A"), line("B", branch_code="1110", segment="VIP"), line("C"), line("D")]
    path = write(tmp_path / "two.csv", rows, day=date(2026, 3, 3))

    told, refused = tried(path, operator("1100"))

    assert refused == {(4, "branch_code", "access.branch")}
    counted = asdict(told.counts)
    assert [counted[name] for name in ("created", "updated", "unchanged", "rejected")] == [1, 1, 1, 1]
