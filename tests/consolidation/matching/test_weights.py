"""Weights: probabilities that add up, names that many bear, learning without labels, explanations."""

import json
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest

from consolidation.matching.blocking import blocks
from consolidation.matching.comparison import FIELDS, LEVELS, compare
from consolidation.matching.engine import match_one
from consolidation.matching.explain import COMMON_NAME, HOUSEHOLD, PRIOR, explain
from consolidation.matching.learning import learn
from consolidation.matching.policy import Policy
from consolidation.matching.records import MatchRecord, RecordAddress
from consolidation.matching.signature import Signatures
from consolidation.matching.weights import (
    CLASSES,
    ORGANISATION_WEIGHTS,
    PERSON_WEIGHTS,
    Sides,
    Weights,
    log_odds,
    probability,
)
from tests.consolidation.matching.building import (
    AWAY,
    CITIZEN,
    citizen,
    company,
    number,
    person,
    signed,
)

_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "伟芳娜敏静强磊军洋勇艳杰娟涛明超霞平刚桂"


@pytest.mark.parametrize("weights", [PERSON_WEIGHTS, ORGANISATION_WEIGHTS])
@pytest.mark.parametrize("class_", CLASSES)
def test_shipped_probabilities_add_up(weights: Weights, class_: str) -> None:
    table = getattr(weights, class_)
    for field in FIELDS:
        assert len(table[field]) == len(LEVELS[field]) - 1
        assert sum(table[field]) == pytest.approx(1)


def odds(left: MatchRecord, right: MatchRecord, weights: Weights = PERSON_WEIGHTS) -> float:
    rows = signed(left, right)
    sides = Sides(rows, np.array([0]), np.array([1]))
    return float(log_odds(compare(rows[:1], rows[1:]).levels, sides, weights)[0])


def test_more_agreement_never_lowers_the_odds() -> None:
    base = person(1)
    steps = [
        person(2, "李建国", birth_date=date(1971, 12, 25), phones=["+8613911112222"], addresses=[AWAY]),
        person(2, "王建国", birth_date=date(1971, 12, 25), phones=["+8613911112222"], addresses=[AWAY]),
        person(2, birth_date=date(1971, 12, 25), phones=["+8613911112222"], addresses=[AWAY]),
        person(2, phones=["+8613911112222"], addresses=[AWAY]),
        person(2, addresses=[AWAY]),
        person(2),
    ]
    told = [odds(base, step) for step in steps]
    assert told == sorted(told)


def test_a_twin_is_less_likely_than_the_same_person_and_likelier_than_a_stranger() -> None:
    twin = person(2, "王建国")
    assert odds(person(1), twin) < 0 < odds(person(1), person(2))
    assert probability(np.array([odds(person(1), twin)]))[0] < 0.5


def test_a_common_name_proves_less_than_a_rare_one() -> None:
    rows = signed(person(1))
    common = {"given": {str(rows["given"][0]): 0.05, "": 0.001}, "surname": {"": 0.02}}
    rare = {"given": {"": 0.001}, "surname": {"": 0.02}}
    pair = person(1), person(2)
    assert odds(*pair, replace(PERSON_WEIGHTS, frequent=common)) < odds(
        *pair, replace(PERSON_WEIGHTS, frequent=rare)
    )


def test_a_larger_population_asks_for_more() -> None:
    pair = person(1), person(2)
    small, large = (odds(*pair, replace(PERSON_WEIGHTS, records=size)) for size in (10_000, 10_000_000))
    assert small > large


def population(count: int, *, twice: int, blank_numbers: bool = False) -> list[MatchRecord]:
    """Made-up people; the first `twice` of them have a second record with another phone and no sex."""
    random, people = Random(7), []
    for at in range(count):
        born = date(1950, 1, 1) + timedelta(days=random.randrange(18_000))
        name = random.choice(_SURNAMES) + "".join(random.sample(_GIVEN, 2))
        held = [] if blank_numbers else [number(citizen(f"{random.randrange(1000):03}", f"{born:%Y%m%d}"))]
        home = RecordAddress("330106", "浙江省", "杭州市", "西湖区", f"文{random.choice(_GIVEN)}路{at}号", "")
        phone = f"+86139{random.randrange(10**8):08}"
        record = person(at, name, birth_date=born, credentials=held, addresses=[home], phones=[phone])
        people.append(record)
    again = [
        replace(record, id=record.id + count, sex="", phones=[f"+86137{random.randrange(10**8):08}"])
        for record in people[:twice]
    ]
    return people + again


def learned(records: list[MatchRecord], weights: Weights = PERSON_WEIGHTS) -> tuple[Weights, Signatures]:
    rows = signed(*records)
    found = blocks(rows)
    compared = compare(rows[found.left], rows[found.right])
    return learn(rows, found.left, found.right, compared, weights), rows


@pytest.mark.parametrize("blank_numbers", [False, True])
def test_learning_finds_how_often_records_repeat(blank_numbers: bool) -> None:
    weights, _ = learned(population(1200, twice=400, blank_numbers=blank_numbers))
    assert weights.version == "persons-1+learned"
    assert weights.matches_per_record == pytest.approx(400 / 1600, abs=0.02)
    for class_ in CLASSES:
        for field in FIELDS:
            assert sum(getattr(weights, class_)[field]) == pytest.approx(1, abs=1e-6)


def test_learning_finds_that_phones_change_and_names_do_not() -> None:
    weights, _ = learned(population(1200, twice=400))
    assert weights.match["phone"][0] > 0.8 > PERSON_WEIGHTS.match["phone"][0]
    assert weights.match["given"][-1] > 0.97 > PERSON_WEIGHTS.match["given"][-1]


def test_learning_counts_common_names() -> None:
    weights, rows = learned(population(1200, twice=400))
    shares = {digest: share for digest, share in weights.frequent["surname"].items() if digest}
    values, counts = np.unique(rows["surname"], return_counts=True)
    assert shares == {str(v): pytest.approx(c / len(rows)) for v, c in zip(values, counts, strict=True)}


def test_learning_twice_gives_the_same() -> None:
    records = population(1200, twice=400)
    assert json.dumps(learned(records)[0].to_json()) == json.dumps(learned(records)[0].to_json())


def test_learning_does_not_build_on_what_was_learned_before() -> None:
    records = population(1200, twice=400)
    once, _ = learned(records)
    assert learned(records, once)[0] == once
    assert learned(records[:300], once)[0] == replace(PERSON_WEIGHTS, records=300)


@pytest.mark.parametrize(("count", "twice"), [(300, 200), (1200, 10)])
def test_too_little_evidence_leaves_the_shipped_weights(count: int, twice: int) -> None:
    weights, rows = learned(population(count, twice=twice))
    assert weights == replace(PERSON_WEIGHTS, records=len(rows))


def test_an_explanation_adds_up_to_the_odds() -> None:
    pairs = [
        (person(1), person(2)),
        (person(1, credentials=[number(CITIZEN)]), person(2, "王晓明", addresses=[AWAY])),
        (company(1), company(2, "杭州市明德科技有限责任公司")),
    ]
    for left, right in pairs:
        rows = signed(left, right)
        match = match_one(rows[:1], rows[1:], Policy())[0]
        assert sum(line.bits for line in explain(rows[:1], rows[1:], Policy())) == pytest.approx(match.odds)


def test_an_explanation_is_the_same_from_both_sides_and_names_every_field() -> None:
    rows = signed(person(1), person(2, "王晓明", phones=["+8613911112222"]))
    lines = explain(rows[:1], rows[1:], Policy())
    assert lines == explain(rows[1:], rows[:1], Policy())
    assert [line.field for line in lines] == [PRIOR, *FIELDS, COMMON_NAME, HOUSEHOLD]
    told = {line.field: (line.level, line.bits) for line in lines}
    assert told["given"][0] == "sounds alike"
    assert told["birth"][1] > 10
    assert told["phone"][0] == "differs"
    assert told["phone"][1] == pytest.approx(-1.8, abs=0.5)
    assert told["email"] == ("missing", 0.0)
    assert told[PRIOR][1] < -10
    assert told[HOUSEHOLD][1] < 0


def test_an_explanation_ignores_what_the_policy_calls_generic() -> None:
    rows = signed(person(1), person(2))
    generic: dict[str, Any] = {"phone": [int(rows["phone"][0, 0])]}
    lines = explain(rows[:1], rows[1:], Policy(generic=generic))
    assert {line.field: line.level for line in lines}["phone"] == "missing"
