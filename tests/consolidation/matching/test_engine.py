"""The engine as a whole: the acceptance scenario of domain 2.9 as far as it is matching, delta, online."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest

from consolidation.matching.engine import Outcome, match_one, run, run_delta
from consolidation.matching.policy import Policy
from consolidation.matching.records import MatchRecord, RecordName
from tests.consolidation.matching.building import (
    AWAY,
    CITIZEN,
    HOME,
    LONG_CITIZEN,
    OTHER_CITIZEN,
    SHORT_CITIZEN,
    bare,
    company,
    no_pairs,
    number,
    person,
    signed,
)

_FIRST_MOBILE, _SECOND_MOBILE = "+8613812345670", "+8613911112222"
#: Core has A with 15 digits, Cards has B with the equivalent 18, Loans has C without a number.
A = person(1, birth_date=date(1978, 10, 27), credentials=[number(SHORT_CITIZEN)], phones=[_FIRST_MOBILE])
B = person(2, birth_date=date(1978, 10, 27), credentials=[number(LONG_CITIZEN)], phones=[_SECOND_MOBILE])
B = replace(B, addresses=[AWAY])
C = bare(3, names=[RecordName("LEGAL", "王小明")], birth_date=date(1978, 10, 27), phones=[_FIRST_MOBILE])


def matched(
    *records: MatchRecord, never: Sequence[tuple[int, int]] = (), policy: Policy | None = None, **more: Any
) -> Outcome:
    return run(signed(*records), policy or Policy(), np.array(never, dtype=np.int64).reshape(-1, 2), **more)


def groups(outcome: Outcome) -> list[tuple[int, ...]]:
    return [merge.members for merge in outcome.merges]


def reviews(outcome: Outcome) -> list[tuple[int, int, str, str, str]]:
    return [(found.left, found.right, found.rule, found.class_, found.veto) for found in outcome.reviews]


def evidence_of(left: MatchRecord, right: MatchRecord) -> int:
    rows = signed(left, right)
    return match_one(rows[:1], rows[1:], Policy())[0].evidence


def test_step_1_the_equivalent_number_merges() -> None:
    outcome = matched(A, B)
    assert groups(outcome) == [(1, 2)]
    assert [(link.left, link.right, link.rule) for link in outcome.merges[0].links] == [(1, 2, "M03")]
    assert reviews(outcome) == []


def test_step_2_name_birth_and_mobile_is_a_review_that_names_the_other() -> None:
    outcome = matched(A, B, C)
    assert groups(outcome) == [(1, 2)]
    assert reviews(outcome) == [(1, 3, "M11", "B", "")]


def test_step_4_what_a_steward_parted_stays_apart() -> None:
    assert groups(matched(A, B, never=[(2, 1)])) == []
    assert reviews(matched(A, B, never=[(2, 1)])) == []


def test_step_4_nor_are_they_merged_through_a_third() -> None:
    both = replace(A, id=4, credentials=[number(LONG_CITIZEN)], phones=[_FIRST_MOBILE, _SECOND_MOBILE])
    assert groups(matched(A, B, both)) == [(1, 2, 4)]
    outcome = matched(A, B, both, never=[(1, 2)])
    assert all(not {1, 2} <= set(members) for members in groups(outcome))
    assert any({found.left, found.right} & {1, 2} and found.veto for found in outcome.reviews)


def test_step_4_nor_when_the_third_is_a_member_already() -> None:
    both = replace(A, id=4, credentials=[number(LONG_CITIZEN)])
    outcome = matched(A, B, both, never=[(1, 2)], groups=[[1, 4]])
    assert groups(outcome) == []
    assert reviews(outcome) == [(2, 4, "M01", "A2", "NEVER_MATCH")]


def test_step_5_a_changed_key_field_reopens_a_never_match_and_merges_nothing() -> None:
    decided = np.array([evidence_of(A, C)], dtype=np.int64)
    told = matched(A, C, never=[(1, 3)], never_evidence=decided)
    assert (groups(told), reviews(told)) == ([], [])
    with_number = replace(C, credentials=[number(LONG_CITIZEN)])
    told = matched(A, with_number, never=[(1, 3)], never_evidence=decided)
    assert groups(told) == []
    assert reviews(told) == [(1, 3, "M03", "A2", "NEVER_MATCH")]


def test_step_6_placeholders_match_nothing() -> None:
    nobody = bare(7, names=[RecordName("LEGAL", "测试")], phones=["+8613800138000"])
    outcome = matched(A, nobody, replace(nobody, id=8), bare(9))
    assert (groups(outcome), reviews(outcome), outcome.counts["pairs"]) == ([], [], 0)


def test_step_7_any_order_gives_the_same() -> None:
    records = [A, B, C, replace(A, id=4), company(5), company(6), person(7), person(8, "王建国"), bare(9)]
    expected = matched(*records)
    for seed in range(5):
        Random(seed).shuffle(records)
        outcome = matched(*records)
        assert (outcome.merges, outcome.reviews) == (expected.merges, expected.reviews)


def test_twice_gives_the_same() -> None:
    one, other = matched(A, B, C), matched(A, B, C)
    assert (one.merges, one.reviews, one.counts) == (other.merges, other.reviews, other.counts)
    assert one.policy.to_json() == other.policy.to_json()


def test_merged_records_are_not_merged_again() -> None:
    outcome = matched(A, B, C, groups=[[1, 2]])
    assert groups(outcome) == []
    assert reviews(outcome) == [(1, 3, "M11", "B", "")]


def test_only_the_strongest_pair_between_two_groups_is_reviewed() -> None:
    again = replace(C, id=4, sex="M")
    outcome = matched(replace(A, sex="M"), B, C, again, groups=[[1, 2], [3, 4]])
    assert len(outcome.reviews) == 1


def test_a_veto_turns_a_merge_into_a_review() -> None:
    outcome = matched(A, replace(B, closed=True))
    assert groups(outcome) == []
    assert reviews(outcome) == [(1, 2, "M03", "A2", "CLOSED")]
    assert outcome.counts["vetoed"] == 1


def test_a_group_never_holds_two_valid_numbers() -> None:
    """Two people of one name; a third record without a number fits both equally well."""
    shared: dict[str, Any] = {"emails": ["wang.xm@example.cn"]}
    one = person(1, credentials=[number(CITIZEN)], **shared)
    two = person(2, credentials=[number(OTHER_CITIZEN)], **shared)
    outcome = matched(one, two, person(3, **shared))
    assert groups(outcome) == []
    assert {found.veto for found in outcome.reviews} <= {"NUMBERS", "AMBIGUOUS", ""}


def test_a_group_does_not_grow_beyond_the_cap() -> None:
    records = [replace(A, id=at) for at in range(1, 13)]
    outcome = matched(*records, policy=Policy(generic_limit=50))
    assert max(map(len, groups(outcome))) == 10
    assert "GROUP_SIZE" in {found.veto for found in outcome.reviews}


def test_a_value_that_many_hold_proves_nothing() -> None:
    """The agency's mobile on thirty records of one name."""
    agency = [bare(at, names=[RecordName("LEGAL", "王小明")], phones=[_FIRST_MOBILE]) for at in range(1, 31)]
    few, many = matched(*agency[:3]), matched(*agency)
    assert len(few.reviews) > 0
    assert many.reviews == []
    assert len(many.policy.generic["phone"]) == 1
    rows = signed(*agency[:3])
    assert match_one(rows[:1], rows[1:], few.policy)
    assert match_one(rows[:1], rows[1:], many.policy) == []


def test_a_delta_decides_as_the_full_run() -> None:
    records = [A, B, C, person(4), person(5, "王建国"), company(6), company(7)]
    rows = signed(*records)
    full = run(rows, Policy())
    policy = full.policy
    for new in range(1, 8):
        known = [members for members in groups(full) if new not in members]
        delta = run_delta(rows, np.array([new]), policy, groups=known)
        assert [members for members in groups(full) if new in members] == groups(delta)
        expected = {found for found in full.reviews if new in (found.left, found.right)}
        assert expected <= set(delta.reviews)
        assert all(new in (found.left, found.right) for found in delta.reviews) or delta.merges


def test_online_decides_as_the_full_run() -> None:
    rows = signed(A, B, C)
    full = run(rows, Policy())
    online = match_one(rows[:1], rows, full.policy)
    assert [(found.right, found.rule, found.class_) for found in online] == [
        (2, "M03", "A1"),
        (3, "M11", "B"),
    ]
    assert full.merges[0].links[0].odds == online[0].odds
    assert full.reviews[0].score == online[1].score
    assert match_one(rows[:1], rows[:0], full.policy) == []


def test_online_knows_what_a_steward_parted() -> None:
    rows = signed(A, B)
    found = match_one(rows[:1], rows[1:], Policy(), np.array([[2, 1]]))
    assert [(match.class_, match.veto) for match in found] == [("A2", "NEVER_MATCH")]


def test_the_policy_survives_being_stored() -> None:
    policy = replace(matched(A, B, C, company(4)).policy, generic={"phone": [1 << 63]})
    stored = Policy.from_json(json.loads(json.dumps(policy.to_json())))
    assert stored.to_json() == json.loads(json.dumps(policy.to_json()))
    rows = signed(A, B, C)
    assert run_delta(rows, rows["id"], stored).reviews == run_delta(rows, rows["id"], policy).reviews


@pytest.mark.parametrize(("changed", "due"), [(0, False), (99, False), (100, True), (1000, True)])
def test_many_changes_outgrow_the_weights(changed: int, due: bool) -> None:
    assert Policy().outgrown(changed, 1000) is due


def test_nothing_at_all() -> None:
    outcome = run(signed(), Policy(), no_pairs())
    assert (outcome.merges, outcome.reviews, outcome.counts["records"]) == ([], [], 0)


def test_never_match_pairs_of_unknown_records_are_ignored() -> None:
    assert groups(matched(A, B, never=[(1, 99), (98, 99)])) == [(1, 2)]


def test_every_link_of_a_home_is_told_with_its_rule() -> None:
    third = replace(A, id=3, addresses=[HOME])
    outcome = matched(A, B, third)
    assert groups(outcome) == [(1, 2, 3)]
    assert {link.rule for link in outcome.merges[0].links} <= {"M01", "M03"}
    assert all(0.99 < link.score <= 1 for link in outcome.merges[0].links)
