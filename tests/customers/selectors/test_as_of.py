"""As of any past moment, in both times: what is shown is what was shown then."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from customers.rules.number import customer_id, customer_no
from customers.selectors.as_of import Moment, as_of, standing
from customers.selectors.panorama import panorama
from customers.services import facets
from mdm.errors import Invalid, NotAllowed, NotFound, ServiceError
from mdm.extension.models import AttributeDefinition
from mdm.subjects import Bundle, registry
from security.access.actor import Actor
from security.models import OperationLog
from tests.factories.any_writes import WHY, WRITES, attribute_everywhere
from tests.factories.attributes import defined
from tests.factories.customers import company, person, stamp, store, stored, the_row
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
#: What both tell of a customer.
SAME = (
    "customer_no",
    "party_type",
    "lifecycle_status",
    "display_name",
    "org",
    "opened_on",
    "version",
    "members",
    "subjects",
    "obligations",
    "quality",
)


def shown(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in SAME}


# -- any sequence of writes ---------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(0, 999)), min_size=4, max_size=12)
#: Every facet told with an attribute, changed by hand, relabelled, dropped: of persons and of companies.
ALL = [("deliver", 1), ("note", 5), ("define", 4), ("drop", 3), ("merge", 0), ("define", 5), ("note", 6)]
#: Documents through their lives, files, special information, across a merge that is taken back.
LIVES = [
    ("check", 0),
    ("lose", 0),
    ("find", 0),
    ("document", 0),
    ("merge", 0),
    ("succeed", 0),
    ("tax", 0),
    ("unmerge", 0),
    ("document", 2),
    ("investor", 0),
    ("agency", 3),
    ("revoke", 0),
]
#: Forms that say since when it is so, before, within and after a merge.
FORMS = [
    ("name", 0),
    ("address", 3),
    ("profile", 30),
    ("merge", 0),
    ("name", 2),
    ("end", 4),
    ("unmerge", 0),
    ("address", 13),
]
#: The kinds of steps that the others leave out, whatever is drawn.
OTHERS = [
    ("status", 0),
    ("firm", 1),
    ("authority", 0),
    ("expiry", 1),
    ("add", 0),
    ("transfer", 0),
    ("night", 0),
]


def test_any_sequence_of_writes_then_any_past_moment(bank: None, objects: dict[str, str]) -> None:
    """Of all facets, attributes among their fields; definitions change as well. Every kind of step is taken."""
    done: Counter[str] = Counter()

    phases = [Phase.explicit, Phase.generate]  # what fails is told as it is: to shrink it takes minutes

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STEPS, of=st.sampled_from([person, company]))
    @example(steps=[*ALL, ("unmerge", 0)], of=person)
    @example(steps=[*ALL, ("unmerge", 0)], of=company)
    @example(steps=FORMS, of=person)
    @example(steps=LIVES, of=person)
    @example(steps=LIVES, of=company)
    @example(steps=OTHERS, of=company)
    def sequence(steps: list[tuple[str, int]], of: Callable[[str], Bundle]) -> None:
        with database_role("engine"):
            if not AttributeDefinition.objects.exists():
                attribute_everywhere()
            _told_is_recorded(_recorded(steps, of, done), steps)

    sequence()
    assert WRITES.keys() - done.keys() == set(), done


@dataclass(frozen=True)
class Recorded:
    """What was there at a moment: the panorama of one of the two, their golden customers, every row's versions."""

    at: datetime
    asked: int
    shown: dict[str, Any]
    golden: dict[int, int]
    rows: list[Any]


def _recorded(
    steps: list[tuple[str, int]], of: Callable[[str], Bundle], done: Counter[str]
) -> list[Recorded]:
    """Two customers, written step by step, and what was there after each."""
    before = Customer.objects.count()
    begin = NOW + timedelta(days=7 * before)  # definitions are everybody's: each example comes after the last
    ids = store([of(f"A{before}"), of(f"B{before}")], stamp(at=begin)).customer_ids
    seen = [_now(ids, begin, 0)]
    for count, (name, pick) in enumerate(steps, start=1):
        at = begin + timedelta(hours=17 * count)  # now and then twice in a day
        with suppress(ServiceError):  # a step that the state of now refuses writes nothing
            done[name] += WRITES[name](ids, pick, at) is not None
        seen.append(_now(ids, at, count))
    return seen


def _now(ids: list[int], at: datetime, count: int) -> Recorded:
    """By turns the one and the other is looked at: under its own number, wherever it was merged to."""
    asked = ids[count % 2]
    told = shown(panorama(everything(), customer_no(asked), at=at))
    golden = {row.pk: row.golden_id or row.pk for row in Customer.objects.filter(pk__in=ids)}
    with connection.cursor() as cursor:
        cursor.execute(_every_row(), {"ids": ids})
        return Recorded(at, asked, told, golden, cursor.fetchall())


@cache
def _every_row() -> str:
    """Facet, id, customer, version, since when, until when of all rows of customers."""
    return " UNION ALL ".join(
        f"SELECT '{facet.name}', id, {owner}, version, valid_from, valid_to "
        f"FROM {facet.model._meta.db_table} WHERE {owner} = ANY(%(ids)s)"
        for facet in registry.facets()
        for owner in ("id" if facet.name == "customer" else "customer_id",)
    )


def _told_is_recorded(seen: list[Recorded], steps: list[tuple[str, int]]) -> None:
    """In system time the panorama as it was drawn; in business time the versions that were recorded by then."""
    end = seen[-1].at + timedelta(hours=1)
    for count, past in enumerate(seen):
        known = past.at + timedelta(minutes=9 * (count // 2 % 2))
        told = as_of(everything(), customer_no(past.asked), Moment(known), at=end)
        assert shown(told) == past.shown, (steps, count)
        if count % 3 == len(steps) % 3:
            day = timezone.localtime(past.at).date()
            on = [date(2019, 6, 1), date(2023, 6, 1), day - timedelta(days=2), day][count // 3 % 4]
            expected = _true_on(seen[: count + 1], past.golden[past.asked], on)
            assert _standing(past.asked, Moment(known, on)) == expected, (steps, count, on)


def _standing(pk: int, moment: Moment) -> set[tuple[str, int, int]]:
    _golden, _members, found = standing(pk, moment)
    return {(facet, row["id"], row["version"]) for facet, rows in found.items() for row in rows}


def _true_on(seen: list[Recorded], golden: int, on: date) -> set[tuple[str, int, int]]:
    """Facet, id and version of what was true on a day, as it was recorded until a moment: of each row the newest
    version that had begun, unless it had ended. A customer itself is told as it was first, if it began later."""
    family = {pk for pk, of in seen[-1].golden.items() if of == golden}
    every: dict[tuple[str, int], dict[int, tuple[date | None, date | None]]] = {}
    for past in seen:
        for facet, pk, owner, version, begins, ends in past.rows:
            if owner in family:
                every.setdefault((facet, pk), {})[version] = (begins, ends)
    found = set()
    for (facet, pk), kept in every.items():
        begun = [version for version, (begins, _ends) in kept.items() if begins is None or begins <= on]
        if facet == "customer":
            found.add((facet, pk, max(begun, default=min(kept))))
        elif begun and ((ends := kept[max(begun)][1]) is None or on < ends):
            found.add((facet, pk, max(begun)))
    return found


# -- business time ------------------------------------------------------------------------------------


def test_what_was_true_and_what_was_known_are_two_things(bank: None) -> None:
    """In 2026 the bank learns that an address held from 2020 to 2024."""
    bundle = person()
    bundle.facets["address"][0]["valid_from"] = date(2020, 1, 1)
    customer = stored(bundle, stamp(at=NOW))
    number, later = customer_no(customer), NOW + timedelta(days=3)
    with database_role("engine"):
        row = the_row("address", customer)
        facets.end(everything(), "address", row.pk, 1, reason=WHY, at=later)

    def addresses(known: datetime, on: date | None) -> int:
        told = as_of(everything(), number, Moment(known, on), at=NOW + timedelta(days=9))
        found = [f for s in told["subjects"] for f in s["facets"] if f["name"] == "address"]
        return len(found[0]["rows"])

    assert addresses(later, None) == 0, "ended: not in force any more"
    assert addresses(NOW, None) == 1, "then it was"
    assert addresses(later, date(2021, 6, 1)) == 1, "as known now, true in 2021"
    assert addresses(later, date(2019, 6, 1)) == 0, "and not yet in 2019"
    assert addresses(later, later.date()) == 0
    assert addresses(NOW, later.date()) == 1, "as known before, it would hold"


def test_a_customer_the_bank_did_not_know_yet(bank: None) -> None:
    number = customer_no(stored(company(), stamp(at=NOW)))
    with pytest.raises(NotFound, match=r"customer\.not_yet"):
        as_of(everything(), number, Moment(NOW - timedelta(seconds=1)), at=NOW)
    with pytest.raises(Invalid, match=r"as_of\.ahead"):
        as_of(everything(), number, Moment(NOW + timedelta(seconds=1)), at=NOW)
    assert as_of(everything(), number, Moment(NOW), at=NOW)["display_name"] == "北京星辰科技有限公司"


def test_rights_and_masks_are_those_of_today(teller: Actor) -> None:
    stranger = staff("stranger", "teller", org=branch("1200"))
    number = customer_no(stored(person(), stamp(at=NOW)))
    told = as_of(teller, number, Moment(NOW), at=NOW)
    assert "231002X" not in str(told).replace("***********002X", "")
    assert "欧阳知远" not in str(told)
    with pytest.raises(NotFound, match=r"customer\.unknown"):
        as_of(stranger, number, Moment(NOW), at=NOW)
    with pytest.raises(NotAllowed):
        as_of(staff("rm", "relationship_manager", org=branch("1100")), number, Moment(NOW), at=NOW)
    assert OperationLog.objects.filter(action="customer.as_of").count() == 1


# -- attributes as they were defined ------------------------------------------------------------------


def _attribute(told: dict[str, Any]) -> tuple[str, Any] | None:
    """The label of the attribute of telephones, and the first value that is shown; None where it is not there."""
    (facet,) = [f for subject in told["subjects"] for f in subject["facets"] if f["name"] == "phone"]
    labels = {field["name"]: field["label"] for field in facet["fields"]}
    if "x_tier" not in labels:
        return None
    return labels["x_tier"], next(
        (v["text"] for r in facet["rows"] if (v := r["values"]["x_tier"])["text"]), None
    )


def test_an_attribute_is_told_as_it_was_defined_then(bank: None) -> None:
    """Added, relabelled with its codes, made sensitive, retired: each moment keeps its own words; masks are today's."""
    day = [NOW + timedelta(days=days) for days in range(6)]
    number = customer_no(stored(person(), stamp(at=NOW)))
    tier = {"kind": "code", "mask": "", "searchable": False, "label_zh": "等级"}
    gold, plum = "GOLD|金卡|Gold", "GOLD|梅花|Plum\nROSE|玫瑰|Rose"

    with override("en"):
        defined("phone", "tier", at=day[1], label_en="Tier", codes=gold, **tier)
        row = the_row("phone", customer_id(number) or 0, "MOBILE")
        facets.change(everything(), "phone", row.pk, row.version, {"x_tier": "GOLD"}, reason=WHY, at=day[2])
        defined("phone", "tier", at=day[3], label_en="Rank", codes=plum, **tier)

        def told(known: datetime, on: date | None = None) -> tuple[str, Any] | None:
            return _attribute(as_of(everything(), number, Moment(known, on), at=day[5]))

        assert told(day[0]) is None
        assert [told(day[at]) for at in (1, 2, 3)] == [("Tier", None), ("Tier", "Gold"), ("Rank", "Plum")]
        ended = {**tier, "mask": "free_text", "label_en": "Rank", "codes": plum}
        defined("phone", "tier", at=day[4], valid_to=day[4].date().isoformat(), **ended)
        assert _attribute(panorama(everything(), number, at=day[5])) is None
        assert told(day[5]) is None
        assert [told(day[at]) for at in (2, 3)] == [("Tier", "****"), ("Rank", "****")]
        assert told(day[5], day[2].date()) == ("Rank", "****")
