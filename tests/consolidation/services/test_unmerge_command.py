"""`manage.py unmerge MERGE_ID --reason TEXT`."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from consolidation.models import Merge, NeverMatch
from customers.rules.number import customer_no
from security.models import OperationLog
from tests.consolidation.services.acting import golden, joined, told
from tests.factories.customers import store


@pytest.fixture
def ids() -> list[int]:
    """Two customers merged into one."""
    made = store([told("A-1"), told("A-2")]).customer_ids
    joined((made[0], made[1]))
    return made


def ended(capsys: pytest.CaptureFixture[str], merge_id: int, reason: str) -> tuple[int, dict[str, Any]]:
    """Exit code and result line of the command."""
    code: Any = 0
    try:
        call_command("unmerge", str(merge_id), "--reason", reason, "--json")
    except SystemExit as exit_:
        code = exit_.code
    return code, json.loads(capsys.readouterr().out)


def test_a_merge_is_taken_back_for_good(ids: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    merge = Merge.objects.get()
    code, told_back = ended(capsys, merge.pk, "two people")
    assert code == 0
    assert told_back == {"merge": merge.pk, "customer_no": customer_no(ids[0]), "parted": customer_no(ids[1])}
    assert [golden(pk) for pk in ids] == ids
    assert NeverMatch.objects.get().reason == "two people"
    row = OperationLog.objects.get(action="customer.unmerge")
    assert (row.actor, row.reason) == ("system:unmerge", "two people")


@pytest.mark.parametrize(
    ("reason", "error"), [(" ", "reason.missing"), ("his card is 6222020200112233445", "reason.sensitive")]
)
def test_it_takes_a_reason_that_names_nobody(
    ids: list[int], capsys: pytest.CaptureFixture[str], reason: str, error: str
) -> None:
    code, told_back = ended(capsys, Merge.objects.get().pk, reason)
    assert (code, told_back["error"]) == (1, error)
    assert golden(ids[1]) == ids[0]


def test_what_is_not_there_or_was_taken_back_is_refused(
    ids: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    merge = Merge.objects.get()
    assert ended(capsys, merge.pk, "two people")[0] == 0
    code, told_back = ended(capsys, merge.pk, "again")
    assert (code, told_back["error"]) == (1, "merge.undone")
    code, told_back = ended(capsys, merge.pk + 1, "again")
    assert (code, told_back["error"]) == (1, "merge.unknown")


def test_without_a_reason_it_says_how_it_is_used(ids: list[int]) -> None:
    with pytest.raises(CommandError, match="--reason"):
        call_command("unmerge", "1")
