"""A merged customer whose members come to contradict each other is put before a person."""

from datetime import date

import pytest

from consolidation.models import Merge, ReviewCase
from consolidation.selectors.consistency import check
from consolidation.selectors.listing import list_cases, open_cases
from consolidation.services.merging import unmerge
from customers.rules.number import customer_no
from mdm.bulk.apply import apply
from mdm.subjects import Bundle
from tests.consolidation.matching.building import CITIZEN
from tests.consolidation.services.acting import LATER, golden, joined, run, told
from tests.factories.customers import stamp, store
from tests.factories.security import everything


def somebody_else(key: str) -> Bundle:
    """The same record, which now tells of another citizen number and so of another person."""
    profile = [{"sex": "M", "birth_date": date(1990, 3, 7), "nationality": "CHN"}]
    return told(key, "司马青云", CITIZEN, person_profile=profile)


@pytest.fixture
def ids() -> list[int]:
    """Three records that a full run made one."""
    made = store([told(f"A-{n}") for n in range(3)]).customer_ids
    assert run(full=True).merged == 2
    assert vetoed() == []
    return made


def vetoed() -> list[int]:
    found = check(everything("check"))[1]
    assert {problem.code for problem in found} <= {"group.vetoed"}
    return [problem.object_id for problem in found]


def cases() -> list[tuple[int, int, str, str, str]]:
    rows = ReviewCase.objects.order_by("pk")
    return [(c.customer_id, c.other_id, c.rule, c.veto, c.state) for c in rows]


@pytest.mark.parametrize("full", [False, True])
def test_a_run_opens_a_case_about_the_two_that_contradict_each_other(ids: list[int], full: bool) -> None:
    apply([somebody_else("A-2")], stamp(at=LATER))
    assert vetoed() == [ids[0]]

    done = run(full=full)

    assert (done.review, done.vetoed) == (1, 1)
    assert cases() == [(ids[0], ids[2], "GROUP", "NUMBERS", "OPEN")]
    assert [golden(pk) for pk in ids] == [ids[0]] * 3, "a person takes them apart, not the run"
    assert vetoed() == []


def test_the_case_is_opened_once_and_closed_when_the_record_is_put_right(ids: list[int]) -> None:
    apply([somebody_else("A-2")], stamp(at=LATER))
    run()
    run(full=True)
    assert len(cases()) == 1
    apply([told("A-2")], stamp(at=LATER))
    run()
    assert cases() == [(ids[0], ids[2], "GROUP", "NUMBERS", "CLOSED")]


def test_the_queue_shows_the_case_as_the_two_records_told_it(ids: list[int]) -> None:
    apply([somebody_else("A-2")], stamp(at=LATER))
    run()
    steward = everything("steward")
    (line,) = list_cases(steward, at=LATER).rows
    assert (line.one.customer_no, line.other.customer_no) == (customer_no(ids[0]), customer_no(ids[2]))
    assert line.other.display_name.endswith("云")
    assert open_cases(steward, 10) == 1


def test_a_further_merge_leaves_the_case_open(ids: list[int]) -> None:
    apply([somebody_else("A-2")], stamp(at=LATER))
    run()
    (new,) = store([told("A-9")]).customer_ids
    joined((ids[0], new))
    assert cases()[0][-1] == "OPEN"


def test_taking_the_two_apart_settles_the_case(ids: list[int]) -> None:
    apply([somebody_else("A-2")], stamp(at=LATER))
    run()
    merge = Merge.objects.get(other_id=ids[2])
    unmerge(everything("steward"), merge.pk, reason="two people", at=LATER)
    assert cases()[0][-1] == "NOT_SAME"
    assert vetoed() == []


def test_a_member_that_was_closed_contradicts_nobody(ids: list[int]) -> None:
    closed = told("A-2")
    closed.facets["customer"][0]["lifecycle_status"] = "CLOSED"
    apply([closed], stamp(at=LATER))
    run(full=True)
    assert cases() == []
    assert vetoed() == []
