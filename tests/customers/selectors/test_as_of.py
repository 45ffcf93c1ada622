"""As of any past moment, in both times: what is shown is what was shown then."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consolidation.models import Merge
from consolidation.services.merging import Grounds, merge, unmerge
from customers.models import Customer
from customers.rules.number import customer_id, customer_no
from customers.selectors.as_of import Moment, as_of
from customers.selectors.panorama import panorama
from customers.services import facets, status, transferring
from mdm.bulk.apply import apply
from mdm.dictionary import versions
from mdm.errors import Invalid, NotAllowed, NotFound, ServiceError
from mdm.extension.models import AttributeDefinition
from mdm.history.models import Status
from mdm.subjects import Bundle, registry
from security.access.actor import Actor
from security.models import OperationLog
from tests.factories.attributes import defined
from tests.factories.customers import company, person, rows_of, stamp, store, stored, the_row
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
WHY = "as told"
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

Ids = list[int]
Write = Callable[[Ids, int, datetime], Any]


def _row(facet: str, ids: Ids, pick: int) -> Any:
    rows = [row for pk in ids for row in rows_of(facet, pk) if row.status == Status.ACTIVE]
    return rows[pick % len(rows)] if rows else None


def _change(facet: str, field: str, values: list[str]) -> Write:
    def write(ids: Ids, pick: int, at: datetime) -> Any:
        row = _row(facet, ids, pick)
        if row is not None:
            facets.change(
                everything(),
                facet,
                row.pk,
                row.version,
                {field: values[pick % len(values)]},
                reason=WHY,
                at=at,
            )

    return write


def _add_phone(ids: Ids, pick: int, at: datetime) -> Any:
    values = {"kind": "WORK_TEL", "number": f"+86108234{pick:04d}"}
    facets.add(everything(), customer_no(ids[0]), "phone", values, reason=WHY, at=at)


def _end_phone(ids: Ids, pick: int, at: datetime) -> Any:
    row = _row("phone", ids, pick)
    if row is not None:
        facets.end(everything(), "phone", row.pk, row.version, reason=WHY, at=at)


def _transfer(ids: Ids, pick: int, at: datetime) -> Any:
    to = ["1110", "1200", "1100"][pick % 3]
    transferring.ask(everything(), [customer_no(ids[0])], org=to, reason=WHY, at=at)


def _status(ids: Ids, pick: int, at: datetime) -> Any:
    row = Customer.objects.get(pk=ids[0])
    to = ["DORMANT", "ACTIVE", "RESTRICTED"][pick % 3]
    status.change(everything(), customer_no(ids[0]), row.version, to, reason=WHY, at=at)


def _merge(ids: Ids, pick: int, at: datetime) -> Any:
    merge(everything(), [Grounds(tuple(ids), "A1", "test", 1.0)], stamp(at=at))


def _unmerge(ids: Ids, pick: int, at: datetime) -> Any:
    last = Merge.objects.filter(customer_id__in=ids, undone_at=None).order_by("-pk").first()
    if last is not None:
        unmerge(everything(), last.pk, reason=WHY, at=at)


def _deliver(ids: Ids, pick: int, at: datetime) -> Any:
    """The source tells the second record anew, with the attribute on the rows of every facet."""
    bundle = _told_again(ids[1])
    for facet in attributed():
        for row in bundle.facets.get(facet, ()):
            row["x_note"] = f"told {pick}"
    apply([bundle], stamp(at=at))


def _drop(ids: Ids, pick: int, at: datetime) -> Any:
    """The source tells the second record anew, and nothing more of one facet."""
    bundle = _told_again(ids[1])
    names = sorted(bundle.facets.keys() - {"customer"})
    bundle.facets[names[pick % len(names)]] = []
    apply([bundle], stamp(at=at))


def _told_again(customer: int) -> Bundle:
    own = the_row("customer", customer)
    made = person if own.party_type == "PERSON" else company
    return made(own.source_key)


def attributed() -> list[str]:
    """The facets to which the bank may add attributes."""
    return [facet.name for facet in registry.facets() if facet.told and not facet.recorded]


def _note(ids: Ids, pick: int, at: datetime) -> Any:
    """Somebody changes the attribute of a row of any facet, or empties it."""
    facet = attributed()[pick % len(attributed())]
    row = _row(facet, ids, pick)
    if row is not None:
        value = {"x_note": [None, "seen", "heard"][pick % 3]}
        facets.change(everything(), facet, row.pk, row.version, value, reason=WHY, at=at)


def _define(ids: Ids, pick: int, at: datetime) -> Any:
    """The attribute of a facet is called something else, and retired or taken up again."""
    facet, ended = attributed()[pick % len(attributed())], "2021-01-01" if pick % 2 else None
    defined(facet, "note", at=at, label_en=f"Note {pick}", valid_to=ended, **NOTE)


#: The attribute that every facet has, but for its label.
NOTE = {"mask": "", "searchable": False, "length": 40, "label_zh": "备注栏"}


def _attribute_everywhere() -> None:
    """One text in clear on every facet that may have attributes."""
    at = NOW - timedelta(days=1)
    told = {"kind": "text", "label_en": "Note", "valid_from": date(2020, 1, 1), "updated_at": at}
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(facet=facet, name="note", updated_by="test", **{**NOTE, **told})
        for facet in attributed()
    )
    versions.keep(everything(), "all", reason=WHY, at=at)


WRITES: dict[str, Write] = {
    "address": _change("address", "detail", ["望京东路1号", "建国路88号", "朝阳门外大街3号"]),
    "name": _change("customer_name", "full_name", ["上官知远", "欧阳知远", "司徒远"]),
    "profile": _change("person_profile", "education", ["10", "20", ""]),
    "authority": _change("credential", "issuing_authority", ["朝阳分局", "海淀分局"]),
    "add": _add_phone,
    "end": _end_phone,
    "transfer": _transfer,
    "status": _status,
    "merge": _merge,
    "unmerge": _unmerge,
    "deliver": _deliver,
    "drop": _drop,
    "note": _note,
    "define": _define,
}
STEPS = st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(0, 99)), min_size=3, max_size=8)
#: Every facet told with an attribute, changed by hand, relabelled, dropped: of persons and of companies.
ALL = [
    ("deliver", 1),
    ("note", 5),
    ("define", 4),
    ("drop", 3),
    ("merge", 0),
    ("define", 5),
    ("note", 6),
    ("unmerge", 0),
]


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, of=st.sampled_from([person, company]))
@example(steps=ALL, of=person)
@example(steps=ALL, of=company)
def test_any_sequence_of_writes_then_any_past_moment(
    bank: None, steps: list[tuple[str, int]], of: Callable[[str], Bundle]
) -> None:
    """Of all facets, attributes among their fields; definitions change as well."""
    with database_role("engine"):
        if not AttributeDefinition.objects.exists():
            _attribute_everywhere()
        before = Customer.objects.count()
        begin = NOW + timedelta(days=before)  # definitions are everybody's: each example comes after the last
        ids = store([of(f"A{before}"), of(f"B{before}")], stamp(at=begin)).customer_ids
        seen = [(begin, _all(ids, begin))]
        for count, (name, pick) in enumerate(steps, start=1):
            at = begin + timedelta(minutes=10 * count)
            with suppress(ServiceError):  # a step that the state of now refuses writes nothing
                WRITES[name](ids, pick, at)
            seen.append((at, _all(ids, at)))
        if any(name in ("add", "deliver") for name, _pick in steps):
            assert seen[-1][1] != seen[0][1], "the sequence did write"
        end = seen[-1][0] + timedelta(hours=1)
        for at, told in seen:
            for late in (timedelta(0), timedelta(minutes=9)):
                for pk in ids:
                    past = as_of(everything(), customer_no(pk), Moment(at + late), at=end)
                    assert shown(past) == told[pk], (steps, at)


def _all(ids: Ids, at: datetime) -> dict[int, dict[str, Any]]:
    return {pk: shown(panorama(everything(), customer_no(pk), at=at)) for pk in ids}


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
