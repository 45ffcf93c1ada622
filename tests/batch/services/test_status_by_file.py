"""The status of a customer in its source's file: what follows from the one on file holds, what does not is a finding."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from batch.models import RejectedRow
from customers.models import Customer
from customers.rules.lifecycle import MOVES, held_back, move
from mdm.bulk.models import SourceRecord
from mdm.codes import get as code_list
from mdm.quality.models import QualityIssue
from tests.factories.customers import DAY, past_of, the_row
from tests.factories.files import line, load, write

STATES = sorted(code for code, _label in code_list("lifecycle_status").choices())


@pytest.mark.parametrize("source", STATES)
def test_only_what_the_table_moves_is_taken(source: str) -> None:
    """Of the moves of the table all but those that take a person who looks at a document again."""
    taken = {to for to in STATES if not held_back({"lifecycle_status": source}, {"lifecycle_status": to})}
    moves = {one.target for one in MOVES if one.source == source and "reverified" not in one.guards}
    assert taken == moves | {source}
    assert not held_back({"lifecycle_status": source}, {"segment": "MASS"})


def deliver(folder: Path, days: int, *rows: dict[str, str]) -> Any:
    day = DAY + timedelta(days=days)
    return load(write(folder / f"core-{days}.csv", list(rows), day=day)).counts


def customer(key: str = "A") -> Customer:
    found: Customer = the_row("customer", SourceRecord.objects.get(source_key=key).customer_id)
    return found


def findings() -> list[tuple[str, str]]:
    """State and field of the findings."""
    rows = QualityIssue.objects.filter(rule="K06", facet="customer").order_by("id")
    return list(rows.values_list("state", "field"))


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(
    ("before", "told"), [("CLOSED", "ACTIVE"), ("DECEASED", "ACTIVE"), ("ACTIVE", "POTENTIAL")]
)
def test_a_move_that_is_forbidden_leaves_the_status_and_is_found(
    tmp_path: Path, before: str, told: str
) -> None:
    assert move(before, told) is None or before == "CLOSED"
    deliver(tmp_path, 0, line("A", status=before))

    counts = deliver(tmp_path, 1, line("A", status=told))

    assert (counts.updated, counts.unchanged, counts.rejected) == (0, 1, 0)
    assert (customer().lifecycle_status, customer().version) == (before, 1)
    assert findings() == [("OPEN", "lifecycle_status")]
    counts = deliver(tmp_path, 2, line("A", status=told, segment="PRIVATE"))
    assert counts.updated == 1, "the rest of what it tells is taken"
    assert (customer().lifecycle_status, customer().segment) == (before, "PRIVATE")
    assert findings() == [("RESOLVED", "lifecycle_status"), ("OPEN", "lifecycle_status")]
    deliver(tmp_path, 3, line("A", status=before, segment="PRIVATE"))
    deliver(tmp_path, 4, line("A", status=before, segment="MASS"))
    assert {state for state, _field in findings()} == {"RESOLVED"}


@pytest.mark.usefixtures("bank")
def test_a_move_of_the_table_is_taken(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A", status="ACTIVE"))

    assert deliver(tmp_path, 1, line("A", status="DORMANT")).updated == 1

    assert customer().lifecycle_status == "DORMANT"
    assert [past.lifecycle_status for past in past_of(customer())] == ["ACTIVE", "DORMANT"]
    assert findings() == []


@pytest.mark.usefixtures("bank")
def test_nobody_becomes_merged_by_a_file(tmp_path: Path) -> None:
    deliver(tmp_path, 0, line("A"))

    counts = deliver(tmp_path, 1, line("A", status="MERGED"), line("B", status="MERGED"))

    assert (counts.rejected, counts.created, counts.updated) == (2, 0, 0)
    assert set(RejectedRow.objects.values_list("line", "code")) == {(2, "S08"), (3, "S08")}
    assert customer().lifecycle_status == "ACTIVE"
