"""Adding, changing and ending one row: with history, issues and search brought along; and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from consolidation.services.merging import Grounds, merge
from customers.models import Customer
from customers.selectors.panorama import panorama
from customers.selectors.search import search
from customers.services import facets
from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from mdm.history.models import Status
from mdm.quality.models import IssueState, QualityIssue
from mdm.subjects import registry
from security.access.actor import Actor, system_actor
from security.models import OperationLog, Organisation
from tests.factories.approvals import changed
from tests.factories.customers import company, past_of, person, rows_of, stamp, store, stored, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("contacts_alone")]
LATER = NOW + timedelta(days=1)
WHY = "customer came to the counter"


@pytest.fixture
def customer_id(bank: None) -> int:
    """A customer of branch 1110, below the teller's."""
    bundle = person()
    bundle.facets["customer"][0]["org"] = "1110"
    return stored(bundle)


def number(customer_id: int) -> str:
    return Customer(pk=customer_id).customer_no


def open_issues(customer_id: int) -> set[tuple[str, str]]:
    with database_role("engine"):
        found = QualityIssue.objects.filter(customer_id=customer_id, state=IssueState.OPEN)
        return {(issue.rule, issue.field) for issue in found}


# -- add ----------------------------------------------------------------------------------------------


def test_a_row_is_added_with_its_history_and_found(teller: Actor, customer_id: int) -> None:
    values = {"kind": "WORK_TEL", "number": "010-8234 5678"}

    row: Any = facets.add(teller, number(customer_id), "phone", values, reason=WHY, at=LATER)

    assert (row.number.open(), row.version, row.status) == ("+861082345678", 1, Status.ACTIVE)
    assert (row.source_system, row.source_key, row.slot) == (
        "online",
        number(customer_id),
        f"online-{row.pk}",
    )
    (past,) = past_of(row)
    assert (past.history_type, past.history_user_id, past.history_change_reason) == ("+", "teller", WHY)
    assert [hit.customer_no for hit in search(teller, "01082345678", at=LATER).hits] == [number(customer_id)]
    entry = OperationLog.objects.get(action="phone.add")
    assert (entry.customer_id, entry.object_id, entry.reason) == (customer_id, row.pk, WHY)
    assert entry.fields == {"fields": ["kind", "number"], "version": 1}


def test_any_number_of_rows_of_a_kind_may_be_added(teller: Actor, customer_id: int) -> None:
    for last in "123":
        facets.add(
            teller, number(customer_id), "phone", {"number": f"1391234560{last}"}, reason=WHY, at=LATER
        )

    assert len(rows_of("phone", customer_id)) == 5


def test_what_can_be_derived_is_filled_in_as_the_loader_does(teller: Actor, customer_id: int) -> None:
    values = {"kind": "MAILING", "region_code": "310104", "detail": "　漕溪北路８号　"}

    row: Any = facets.add(teller, number(customer_id), "address", values, reason=WHY, at=LATER)

    assert (row.province, row.detail.open()) == ("上海市", "漕溪北路8号")


def test_a_facet_of_one_row_takes_no_second(teller: Actor, customer_id: int) -> None:
    with pytest.raises(Invalid, match=r"row\.exists"):
        facets.add(teller, number(customer_id), "person_profile", {"sex": "M"}, reason=WHY, at=LATER)


@pytest.mark.parametrize(
    "values", [{}, {"kind": "WORK_TEL"}, {"number": ""}, {"number": None}, {"number": "\u200b"}]
)
def test_a_row_without_its_essential_value_is_refused(
    teller: Actor, customer_id: int, values: dict[str, Any]
) -> None:
    with pytest.raises(Invalid, match=r"record\.refused") as refused:
        facets.add(teller, number(customer_id), "phone", values, reason=WHY, at=LATER)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/phone/2/number", "S06")]
    assert len(rows_of("phone", customer_id)) == 2


@pytest.mark.parametrize(
    "name", ["colour", "id", "customer_id", "version", "slot", "source_system", "golden_id"]
)
def test_only_own_fields_may_be_told(teller: Actor, customer_id: int, name: str) -> None:
    row = the_row("phone", customer_id, "MOBILE")
    attempts = (
        lambda: facets.add(
            teller, number(customer_id), "phone", {"number": "1", name: 1}, reason=WHY, at=NOW
        ),
        lambda: facets.change(teller, "phone", row.pk, 1, {name: 1}, reason=WHY, at=NOW),
    )
    for attempt in attempts:
        with pytest.raises(Invalid, match=r"field\.unknown") as refused:
            attempt()
        assert [error.pointer for error in refused.value.errors] == [f"/{name}"]


@pytest.mark.parametrize(
    ("facet", "slot", "name", "code"),
    [
        ("phone", "MOBILE", "kind", "PIGEON"),
        ("phone", "MOBILE", "verified_state", "PERHAPS"),
        ("address", "RESIDENCE", "country", "QQQ"),
        ("credential", "P01", "issuing_country", "QQQ"),
    ],
)
def test_a_code_of_no_list_is_refused_and_nothing_written(
    teller: Actor, customer_id: int, facet: str, slot: str, name: str, code: str
) -> None:
    row = the_row(facet, customer_id, slot)
    attempts = (
        lambda: facets.change(teller, facet, row.pk, 1, {name: code}, reason=WHY, at=NOW),
        lambda: facets.add(teller, number(customer_id), facet, {name: code}, reason=WHY, at=NOW),
    )
    for attempt in attempts:
        with pytest.raises(Invalid, match=r"value\.code") as refused:
            attempt()
        assert [error.pointer for error in refused.value.errors] == [f"/{name}"]
    after = the_row(facet, customer_id, slot)
    assert (after.version, getattr(after, name)) == (1, getattr(row, name))


def test_an_unknown_facet_is_not_found(teller: Actor, customer_id: int) -> None:
    with pytest.raises(NotFound, match=r"facet\.unknown"):
        facets.add(teller, number(customer_id), "hobby", {}, reason=WHY, at=NOW)
    with pytest.raises(NotFound, match=r"facet\.unknown"):
        facets.change(teller, "hobby", 1, 1, {}, reason=WHY, at=NOW)


# -- change -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facet", "name", "value"), [("phone", "number", "13912345679"), ("email", "address", "new@example.com")]
)
def test_who_confirmed_a_number_has_confirmed_no_other(
    teller: Actor, customer_id: int, facet: str, name: str, value: str
) -> None:
    row: Any = rows_of(facet, customer_id)[0]
    said = {"verified_state": "VERIFIED"}
    row = facets.change(teller, facet, row.pk, 1, said, reason=WHY, at=NOW)
    assert facets.change(teller, facet, row.pk, 2, {"is_primary": False}, reason=WHY, at=NOW).verified_state
    # a form tells again what it shows
    row = facets.change(teller, facet, row.pk, 3, {name: value, **said}, reason=WHY, at=NOW)
    assert (row.verified_state, row.version) == ("", 4)
    assert facets.change(teller, facet, row.pk, 4, said, reason=WHY, at=NOW).verified_state == "VERIFIED"


def test_a_change_goes_one_version_up_and_into_history(teller: Actor, customer_id: int) -> None:
    before = the_row("address", customer_id)

    row: Any = facets.change(teller, "address", before.pk, 1, {"detail": "望京东路1号"}, reason=WHY, at=LATER)

    assert (row.detail.open(), row.version, row.updated_by, row.updated_at) == (
        "望京东路1号",
        2,
        "teller",
        LATER,
    )
    assert (row.created_by, row.slot, row.source_system) == (before.created_by, "RESIDENCE", "core_customer")
    first, second = past_of(row)
    assert (first.detail.open(), second.detail.open()) == ("望京西路9号院6号楼1203", "望京东路1号")
    assert (second.history_type, second.history_user_id, second.history_date) == ("~", "teller", LATER)
    assert second.history_change_reason == WHY
    entry = OperationLog.objects.get(action="address.change")
    assert entry.fields == {"fields": ["detail"], "version": 2}


def test_the_old_value_is_searched_for_in_vain(teller: Actor, customer_id: int) -> None:
    name = the_row("customer_name", customer_id)

    changed(teller, "customer_name", name.pk, 1, {"full_name": "上官知远"}, reason=WHY, at=LATER)

    assert search(teller, "欧阳知远", at=LATER).hits == []
    assert [hit.customer_no for hit in search(teller, "上官知远", at=LATER).hits] == [number(customer_id)]


@pytest.mark.parametrize("spelt", ["+8613912345670", "139 1234 5670", "１３９１２３４５６７０"])
def test_what_says_the_same_changes_nothing(teller: Actor, customer_id: int, spelt: str) -> None:
    row = the_row("phone", customer_id, "MOBILE")

    same = facets.change(
        teller, "phone", row.pk, 1, {"number": spelt, "is_primary": True}, reason=WHY, at=LATER
    )

    assert same.version == 1
    assert len(past_of(row)) == 1
    assert not OperationLog.objects.filter(action="phone.change").exists()


@pytest.mark.parametrize(
    ("facet", "field", "value", "shown"),
    [
        ("person_profile", "birth_date", None, None),
        ("person_profile", "sex", "", ""),
        ("person_profile", "sex", None, ""),
        ("address", "detail", "", None),
        ("phone", "is_primary", None, False),
        ("credential", "expiry_date", date(9999, 12, 31), date(9999, 12, 31)),
    ],
)
def test_values_may_be_emptied_and_filled(
    teller: Actor, customer_id: int, facet: str, field: str, value: Any, shown: Any
) -> None:
    row = rows_of(facet, customer_id)[0]

    now = changed(teller, facet, row.pk, 1, {field: value}, reason=WHY, at=LATER)

    assert getattr(now, field) == shown
    assert now.version == 2


def test_a_zero_is_a_value(teller: Actor) -> None:
    firm = stored(company())
    row = the_row("organisation_profile", firm)

    changed: Any = facets.change(
        teller, "organisation_profile", row.pk, 1, {"staff_count": 0}, reason=WHY, at=LATER
    )

    assert (changed.staff_count, changed.version) == (0, 2)


def test_a_stale_version_is_refused(teller: Actor, customer_id: int) -> None:
    row = the_row("email", customer_id)
    facets.change(teller, "email", row.pk, 1, {"address": "a@example.com"}, reason=WHY, at=LATER)

    for attempt in (
        lambda: facets.change(teller, "email", row.pk, 1, {"address": "b@example.com"}, reason=WHY, at=LATER),
        lambda: facets.end(teller, "email", row.pk, 1, reason=WHY, at=LATER),
        lambda: facets.end(teller, "email", row.pk, 3, reason=WHY, at=LATER),
    ):
        with pytest.raises(Stale, match=r"row\.stale"):
            attempt()
    assert the_row("email", customer_id).address.open() == "a@example.com"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_required(teller: Actor, customer_id: int, reason: str) -> None:
    row = the_row("email", customer_id)
    for attempt in (
        lambda: facets.add(teller, number(customer_id), "phone", {"number": "1"}, reason=reason, at=NOW),
        lambda: facets.change(
            teller, "email", row.pk, 1, {"address": "b@example.com"}, reason=reason, at=NOW
        ),
        lambda: facets.end(teller, "email", row.pk, 1, reason=reason, at=NOW),
    ):
        with pytest.raises(Invalid, match=r"reason\.missing"):
            attempt()
    assert the_row("email", customer_id).version == 1


def test_a_change_that_is_blocked_writes_nothing(teller: Actor, customer_id: int) -> None:
    row = the_row("customer_name", customer_id)

    with pytest.raises(Invalid, match=r"record\.refused") as refused:
        facets.change(teller, "customer_name", row.pk, 1, {"full_name": "a\x07b"}, reason=WHY, at=LATER)

    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/customer_name/0/full_name", "S03")]
    assert the_row("customer_name", customer_id).full_name.open() == "欧阳知远"
    assert open_issues(customer_id) == set()


def test_a_doubtful_change_opens_an_issue_and_the_right_one_closes_it(
    teller: Actor, customer_id: int
) -> None:
    row = the_row("credential", customer_id)

    changed(teller, "credential", row.pk, 1, {"number": "110105194912310020"}, reason=WHY, at=LATER)
    assert open_issues(customer_id) == {("V01", "number")}

    changed(teller, "credential", row.pk, 2, {"number": "11010519491231002X"}, reason=WHY, at=LATER)
    assert open_issues(customer_id) == set()
    with database_role("engine"):
        assert QualityIssue.objects.get(customer_id=customer_id).resolved_at == LATER


def test_a_number_that_another_customer_has_is_an_issue_of_both(teller: Actor, customer_id: int) -> None:
    twin = person("T")
    twin.facets["credential"][0]["number"] = "440524188001010014"
    other = stored(twin)
    assert ("U01", "number") not in open_issues(other) | open_issues(customer_id)
    row = the_row("credential", other)

    changed(teller, "credential", row.pk, 1, {"number": "11010519491231002X"}, reason=WHY, at=LATER)

    assert ("U01", "number") in open_issues(other)
    assert ("U01", "number") in open_issues(customer_id)


def test_entering_what_could_not_be_read_settles_it(teller: Actor) -> None:
    bundle = person("R")
    bundle.facets["person_profile"][0] |= {
        "birth_date": None,
        "raw_values": {"birth_date": "19560231", "sex": "7"},
    }
    unread = stored(bundle)
    row = the_row("person_profile", unread)

    changed(teller, "person_profile", row.pk, 1, {"birth_date": date(1949, 12, 31)}, reason=WHY, at=LATER)

    assert the_row("person_profile", unread).raw_values.open() == {"sex": "7"}


# -- end ----------------------------------------------------------------------------------------------


def test_an_ended_row_stays_with_its_history_and_holds_no_longer(teller: Actor, customer_id: int) -> None:
    row = the_row("phone", customer_id, "HOME_TEL")

    facets.end(teller, "phone", row.pk, 1, reason=WHY, at=LATER)

    ended = the_row("phone", customer_id, "HOME_TEL")
    assert (ended.status, ended.valid_to, ended.version) == (Status.ENDED, date(2026, 3, 3), 2)
    assert [past.history_type for past in past_of(ended)] == ["+", "~"]
    assert search(teller, "01065551234", at=LATER).hits == []
    shown = panorama(teller, number(customer_id), at=LATER)["subjects"]
    assert "HOME_TEL" not in str([facet["rows"] for subject in shown for facet in subject["facets"]])
    assert OperationLog.objects.get(action="phone.end").object_id == row.pk


def test_what_has_ended_is_neither_changed_nor_ended_again(teller: Actor, customer_id: int) -> None:
    row = the_row("phone", customer_id, "HOME_TEL")
    facets.end(teller, "phone", row.pk, 1, reason=WHY, at=LATER)

    for attempt in (
        lambda: facets.end(teller, "phone", row.pk, 2, reason=WHY, at=LATER),
        lambda: facets.change(teller, "phone", row.pk, 2, {"number": "1"}, reason=WHY, at=LATER),
    ):
        with pytest.raises(Duplicate, match=r"row\.ended"):
            attempt()
    assert the_row("phone", customer_id, "HOME_TEL").version == 2


@pytest.mark.parametrize("facet", ["customer", "person_profile"])
def test_what_a_customer_cannot_be_without_is_not_ended(teller: Actor, customer_id: int, facet: str) -> None:
    with pytest.raises(Invalid, match=r"row\.not_endable"):
        facets.end(teller, facet, the_row(facet, customer_id).pk, 1, reason=WHY, at=LATER)


def test_the_last_thing_that_identifies_is_not_ended(teller: Actor) -> None:
    nameless = stored(person("N", credential=[]))
    row = the_row("customer_name", nameless)

    with pytest.raises(Invalid, match=r"record\.refused") as refused:
        facets.end(teller, "customer_name", row.pk, 1, reason=WHY, at=LATER)

    assert {error.code for error in refused.value.errors} == {"S02"}
    assert the_row("customer_name", nameless).status == Status.ACTIVE


def test_ending_a_doubtful_row_closes_its_issue(teller: Actor, customer_id: int) -> None:
    row: Any = facets.add(teller, number(customer_id), "email", {"address": "nonsense"}, reason=WHY, at=LATER)
    assert open_issues(customer_id) == {("V17", "address")}

    facets.end(teller, "email", row.pk, 1, reason=WHY, at=LATER)

    assert open_issues(customer_id) == set()


# -- who, and whose -----------------------------------------------------------------------------------


def test_out_of_scope_is_not_found(stranger: Actor, customer_id: int) -> None:
    row = the_row("email", customer_id)
    for attempt in (
        lambda: facets.add(stranger, number(customer_id), "phone", {"number": "1"}, reason=WHY, at=NOW),
        lambda: facets.change(stranger, "email", row.pk, 1, {"address": "b@example.com"}, reason=WHY, at=NOW),
        lambda: facets.end(stranger, "email", row.pk, 1, reason=WHY, at=NOW),
    ):
        with pytest.raises(NotFound):
            attempt()
        with database_role("engine"), pytest.raises(NotFound):
            attempt()
    assert the_row("email", customer_id).version == 1


@pytest.mark.parametrize("facet", [facet.name for facet in registry.facets()])
def test_each_facet_takes_its_right(customer_id: int, facet: str) -> None:
    rows = rows_of(facet, customer_id) or [the_row("customer", customer_id)]
    reader = system_actor("reader", ["customer.view", "customer.create"])

    with pytest.raises(NotAllowed, match=r"access\.denied"):
        facets.change(reader, facet, rows[0].pk, 1, {}, reason=WHY, at=NOW)


def test_documents_take_another_right_than_contacts(customer_id: int) -> None:
    contacts = system_actor("contacts", ["customer.change"])
    row = the_row("credential", customer_id)

    with pytest.raises(NotAllowed):
        facets.change(contacts, "credential", row.pk, 1, {"issuing_authority": "北京"}, reason=WHY, at=NOW)
    phone = the_row("phone", customer_id, "MOBILE")
    assert (
        facets.change(contacts, "phone", phone.pk, 1, {"is_primary": False}, reason=WHY, at=NOW).version == 2
    )


@pytest.mark.parametrize("typed", ["", "C00000000000", "nonsense", "C12345678901234"])
def test_a_number_that_is_none_is_not_found(teller: Actor, customer_id: int, typed: str) -> None:
    with pytest.raises(NotFound, match=r"customer\.unknown"):
        facets.add(teller, typed, "phone", {"number": "1"}, reason=WHY, at=NOW)


def test_a_customer_may_be_given_to_a_branch_in_scope_only(teller: Actor, customer_id: int) -> None:
    inside, outside = (Organisation.objects.get(code=code).pk for code in ("1111", "1200"))
    change = {"reason": WHY, "at": LATER}

    with pytest.raises(NotAllowed, match=r"access\.branch"):
        facets.change(teller, "customer", customer_id, 1, {"org_id": outside}, **change)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match=r"access\.branch"):
        facets.change(teller, "customer", customer_id, 1, {"org_id": 999_999}, **change)  # type: ignore[arg-type]
    changed(teller, "customer", customer_id, 1, {"org_id": inside}, **change)  # type: ignore[arg-type]

    customer = the_row("customer", customer_id)
    assert (customer.org.code, customer.org_path) == ("1111", customer.org.path)


@pytest.fixture
def merged(bank: None) -> list[int]:
    """Two customers of 1110 and 1111 that are one; the first is the survivor."""
    bundles = [person("A"), person("B")]
    for bundle, org in zip(bundles, ("1110", "1111"), strict=True):
        bundle.facets["customer"][0]["org"] = org
    ids = store(bundles).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds(tuple(ids), "M01", "1", 1.0)], stamp(everything()))
    return ids


def test_a_merged_customer_takes_no_writes(teller: Actor, merged: list[int]) -> None:
    survivor, gone = merged
    version = the_row("customer", gone).version
    for attempt in (
        lambda: facets.add(teller, number(gone), "phone", {"number": "13912345699"}, reason=WHY, at=LATER),
        lambda: facets.change(teller, "customer", gone, version, {"segment": "MASS"}, reason=WHY, at=LATER),
    ):
        with pytest.raises(Duplicate, match=r"customer\.merged") as refused:
            attempt()
        assert number(survivor) in str(refused.value.message)


def test_what_a_member_tells_already_is_changed_and_not_added(teller: Actor, bank: None) -> None:
    bare, told = store([person("bare", person_profile=[]), person("told")]).customer_ids
    with database_role("engine"):
        merge(everything(), [Grounds((bare, told), "M01", "1", 1.0)], stamp(everything()))

    with pytest.raises(Invalid, match=r"row\.exists"):
        facets.add(teller, number(bare), "person_profile", {"education": "10"}, reason=WHY, at=LATER)


def test_a_row_of_a_member_is_changed_through_its_survivor(teller: Actor, merged: list[int]) -> None:
    survivor, gone = merged
    row = the_row("phone", gone, "MOBILE")

    changed: Any = facets.change(teller, "phone", row.pk, 1, {"number": "13912345699"}, reason=WHY, at=LATER)

    assert (changed.customer_id, changed.version) == (gone, 2)
    assert OperationLog.objects.get(action="phone.change").customer_id == survivor
    assert [hit.customer_no for hit in search(teller, "13912345699", at=LATER).hits] == [number(survivor)]


def test_who_sees_one_member_sees_and_changes_the_rows_of_all(merged: list[int]) -> None:
    from tests.factories.security import branch, staff

    below = staff("below", "teller", org=branch("1111"))
    phones = [the_row("phone", pk, "MOBILE") for pk in merged]

    for phone in phones:
        assert (
            facets.change(below, "phone", phone.pk, 1, {"is_primary": False}, reason=WHY, at=LATER).version
            == 2
        )
    shown = panorama(below, number(merged[0]), at=LATER)
    assert "core_customer', 'key': 'A'" in str(shown)
    assert "core_customer', 'key': 'B'" in str(shown)
