"""Blocking: which pairs come out, which do not, and that the online keys find the same."""

from datetime import date
from itertools import combinations

import numpy as np

from consolidation.matching.blocking import KEYS, blocks, candidate_keys, key_values
from consolidation.matching.records import RecordName
from consolidation.matching.signature import Signatures
from tests.consolidation.matching.building import CITIZEN, bare, company, number, person, signed


def pairs(rows: Signatures, **options: object) -> set[tuple[int, int]]:
    """Candidate pairs as ids."""
    found = blocks(rows, **options)  # type: ignore[arg-type]
    left, right = rows["id"][found.left].tolist(), rows["id"][found.right].tolist()
    return {(min(pair), max(pair)) for pair in zip(left, right, strict=True)}


def test_pairs_are_distinct_ordered_and_of_two_records() -> None:
    rows = signed(*(person(at) for at in range(1, 5)))
    found = blocks(rows)
    assert (found.left < found.right).all()
    packed = found.left * 4 + found.right
    assert (np.diff(packed) > 0).all()
    assert pairs(rows) == set(combinations(range(1, 5), 2))


def test_records_without_a_common_key_are_no_pair() -> None:
    other = person(2, "李建国", birth_date=date(1971, 12, 25), phones=["+8613911112222"], addresses=[])
    assert pairs(signed(person(1), other)) == set()


def test_blank_records_make_no_key() -> None:
    rows = signed(bare(1), bare(2), bare(3, names=[RecordName("LEGAL", "测试")]))
    assert pairs(rows) == set()
    assert candidate_keys(rows) == [[], [], []]


def test_a_missing_value_skips_its_keys_only() -> None:
    """HAPI #5657: a record without a mobile is still found by its name and birth date."""
    assert pairs(signed(person(1), person(2, phones=[]))) == {(1, 2)}


def test_any_slot_meets_any_slot() -> None:
    passport, card = number("E12345678", "P11", valid=False), number(CITIZEN)
    rows = signed(bare(1, credentials=[card, passport]), bare(2, credentials=[passport]))
    assert pairs(rows) == {(1, 2)}


def test_persons_and_organisations_are_apart() -> None:
    document = number("X7788990", "P16", valid=False)
    assert pairs(signed(person(1, credentials=[document]), company(2, credentials=[document]))) == set()


def test_long_runs_are_dropped_and_counted() -> None:
    mails = [bare(at, emails=["family@example.cn"]) for at in range(1, 6)]
    rows = signed(*mails)
    assert len(pairs(rows)) == 10
    found = blocks(rows, max_run=4)
    assert len(found.left) == 0
    assert found.dropped["person:email"] == 5
    assert found.found["person:email"] == 0


def test_a_delta_has_only_the_pairs_of_new_records() -> None:
    rows = signed(*(person(at) for at in range(1, 6)))
    new = np.array([False, False, True, False, False])
    assert pairs(rows, new=new) == {pair for pair in pairs(rows) if 3 in pair}
    assert pairs(rows, new=np.zeros(5, dtype=np.bool_)) == set()


def test_blocking_does_not_depend_on_the_order() -> None:
    records = [person(1), person(2, "王晓明"), company(3), company(4), bare(5), person(6, phones=[])]
    assert pairs(signed(*records)) == pairs(signed(*records[::-1]))


def test_online_keys_are_the_keys_of_the_full_run() -> None:
    rows = signed(person(1, credentials=[number(CITIZEN)], emails=["a1@x.cn"]), company(2))
    expected: list[set[int]] = [set(), set()]
    for key in KEYS:
        positions, values = key_values(rows, key)
        for at, value in zip(positions.tolist(), values.tolist(), strict=True):
            if key.online:
                expected[at].add(value)
    assert [set(own) for own in candidate_keys(rows)] == expected
    assert all(0 < value < 1 << 64 for own in expected for value in own)


def test_online_keys_of_two_records_meet_where_they_agree() -> None:
    keys = [set(own) for own in candidate_keys(signed(person(1), person(2, addresses=[]), person(3, "李四")))]
    assert keys[0] & keys[1]
    assert not keys[0] & set(candidate_keys(signed(bare(4)))[0])
    assert all(len(own) <= 12 for own in keys)


def test_values_of_two_keys_do_not_meet() -> None:
    rows = signed(person(1, credentials=[number(CITIZEN)], emails=["a1@x.cn"]), company(2))
    values = [value for key in KEYS for value in set(key_values(rows, key)[1].tolist())]
    assert len(values) == len(set(values))
