"""Definitions: who asks and who agrees, what is refused with which code, versions, differences, impact."""

from typing import Any

import pytest
from django.utils.translation import override

from customers.models import Customer
from customers.services import facets
from customers.services.indexing import run_indexing
from mdm.dictionary import defining, versions
from mdm.dictionary.indexing import JOB
from mdm.errors import Invalid, NotAllowed, NotFound, Stale
from mdm.extension import attributes
from mdm.extension.models import AttributeDefinition, DictionaryVersion
from mdm.runs import JobRun, RunState
from security.access.actor import Actor
from security.approvals import deciding
from security.models import OperationLog
from tests.factories.attributes import asked, checker, defined, maker, told
from tests.factories.customers import another, bank, company, person, rows_of, store
from tests.factories.security import NOW, branch, everything, staff
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db
CODES = "GOLD|金卡|Gold\nBLUE|蓝卡|Blue"


@pytest.fixture(autouse=True)
def at_the_bank(db: None) -> None:
    bank()


def refused(facet: str, name: str, **changes: Any) -> set[tuple[str, str]]:
    """The places and codes of a definition that is refused."""
    with pytest.raises(Invalid) as refusal:
        asked(facet, name, **changes)
    return {(error.pointer, error.code) for error in refusal.value.errors}


def test_one_asks_another_agrees_and_neither_does_both() -> None:
    request = asked("phone", "club_no")
    assert not AttributeDefinition.objects.exists()
    assert request.levels == ["approval.dictionary"]
    with pytest.raises(NotAllowed):
        deciding.approve(maker(), request.pk, request.version, reason="", at=NOW)
    deciding.approve(checker(), request.pk, request.version, reason="seen", at=NOW)
    assert attributes.current().of("phone")[0].key == "x_club_no"
    entry = OperationLog.objects.get(action="attribute.change")
    assert entry.fields is not None
    assert (entry.fields["attribute"], entry.fields["version"]) == ("phone.club_no", 1)
    with pytest.raises(NotAllowed):
        defining.change(staff("t", "teller", org=branch("1100")), "phone", "b", told(), reason="x", at=NOW)


@pytest.mark.parametrize(
    ("facet", "name", "changes", "place", "code"),
    [
        ("phone", "number", {}, "/name", "attribute.name_taken"),
        ("customer", "org_id", {}, "/name", "attribute.name_taken"),
        ("phone", "version", {}, "/name", "attribute.reserved"),
        ("phone", "change_reason", {}, "/name", "attribute.reserved"),
        ("phone", "x_club", {}, "/name", "attribute.name"),
        ("phone", "Club", {}, "/name", "attribute.name"),
        ("document", "club", {}, "/facet", "attribute.facet"),
        ("nothing", "club", {}, "/facet", "attribute.facet"),
        ("phone", "club", {"label_en": "Telephone number"}, "/label_en", "attribute.label_taken"),
        ("phone", "club", {"label_zh": " "}, "/label_zh", "attribute.label"),
        ("phone", "club", {"kind": "json"}, "/kind", "attribute.choice"),
        ("phone", "club", {"mask": "thin"}, "/mask", "attribute.choice"),
        ("phone", "club", {"mask": "uscc"}, "/mask", "attribute.choice"),
        ("phone", "club", {"length": 9999}, "/length", "attribute.length"),
        ("phone", "club", {"pattern": "(a+)+"}, "/pattern", "attribute.pattern"),
        ("phone", "club", {"pattern": "[a"}, "/pattern", "attribute.pattern"),
        ("phone", "club", {"pattern": "A*B*", "length": 2000}, "/pattern", "attribute.pattern"),
        ("phone", "club", {"kind": "amount", "maximum": "1E9999999999"}, "/maximum", "attribute.limit"),
        ("phone", "club", {"kind": "whole", "minimum": "ten"}, "/minimum", "attribute.limit"),
        ("phone", "club", {"kind": "whole", "minimum": "3", "maximum": "2"}, "/maximum", "attribute.limit"),
        ("phone", "club", {"valid_to": "2019-01-01"}, "/valid_to", "attribute.validity"),
        ("phone", "club", {"kind": "code"}, "/code_list", "attribute.codes"),
        ("phone", "club", {"kind": "code", "codes": "gold"}, "/codes", "attribute.codes"),
        (
            "phone",
            "club",
            {"kind": "code", "codes": "GOLD|金卡|Gold|2026-02-31"},
            "/codes",
            "attribute.codes",
        ),
        (
            "phone",
            "club",
            {"kind": "code", "codes": "A|甲|A|2026-02-02|2026-01-01"},
            "/codes",
            "attribute.codes",
        ),
        ("phone", "club", {"kind": "code", "code_list": "colours"}, "/code_list", "attribute.codes"),
        ("phone", "club", {"kind": "flag"}, "/kind", "attribute.flag"),
        ("phone", "club", {"columns": {"febrl2": {"column": "a"}}}, "/columns", "attribute.column"),
        (
            "phone",
            "club",
            {"columns": {"core_customer": {"column": "mobile", "slot": "MOBILE"}}},
            "/columns",
            "attribute.column_taken",
        ),
        (
            "phone",
            "club",
            {"columns": {"core_customer": {"column": "club"}}},
            "/columns",
            "attribute.column_row",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    facet: str, name: str, changes: dict[str, Any], place: str, code: str
) -> None:
    assert (place, code) in refused(facet, name, **changes)


def with_value(value: Any = "12345678") -> Customer:
    """A customer whose mobile has the attribute."""
    customer = Customer(pk=store([person()]).customer_ids[0])
    row = rows_of("phone", customer.pk)[0]
    facets.change(everything(), "phone", row.pk, row.version, {"x_club_no": value}, reason="told", at=NOW)
    return customer


def test_a_kind_with_values_and_a_code_in_use_stay() -> None:
    defined("phone", "club_no", kind="code", codes=CODES)
    with_value("GOLD")
    assert refused("phone", "club_no", kind="text") == {("/kind", "attribute.kind_fixed")}
    assert refused("phone", "club_no", kind="code", codes="BLUE|蓝卡|Blue") == {
        ("/codes", "attribute.code_used")
    }
    defined("phone", "club_no", kind="code", codes="GOLD|金卡|Gold")
    assert attributes.current().stamp[0] == 2


def test_rows_that_have_ended_or_are_not_counted_keep_a_kind_and_a_code_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defined("phone", "club_no", kind="code", codes=CODES)
    row = rows_of("phone", with_value("GOLD").pk)[0]
    monkeypatch.setattr("mdm.dictionary.impact.LOOKED_AT", 1)
    for _state in ("in force", "ended"):
        assert refused("phone", "club_no", kind="text") == {("/kind", "attribute.kind_fixed")}
        codes = {"kind": "code", "codes": "BLUE|蓝卡|Blue"}
        assert refused("phone", "club_no", **codes) == {("/codes", "attribute.code_used")}
        if _state == "in force":
            facets.end(everything(), "phone", row.pk, row.version, reason="moved", at=NOW)


def test_it_is_refused_where_somebody_was_quicker() -> None:
    request = asked("phone", "club_no")
    row = AttributeDefinition(facet="phone", name="club_no", updated_at=NOW, updated_by="x", **told())
    row.save()
    with pytest.raises(Stale):
        deciding.approve(checker(), request.pk, request.version, reason="", at=NOW)


def read_as() -> tuple[list[str], list[str]]:
    """Who is found by the value, and how search says that it read it as an attribute."""
    from customers.selectors.search import search

    with override("en"):
        found = search(everything(), "12345678", at=NOW)
        labels = [str(one.label) for one in found.interpretations if one.kind == "attribute"]
    return [hit.customer_no for hit in found.hits], labels


def indexed() -> None:
    """A worker fills the index of search."""
    with database_role("engine"):
        for run in JobRun.objects.filter(job=JOB, state=RunState.WAITING):
            run_indexing(run.pk)


def test_counts_of_many_are_estimated_in_plain_words_and_kept_with_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defined("person_profile", "club_no")
    ids = store([another(person(f"P-{n}"), source_key=f"P-{n}") for n in range(6)]).customer_ids
    for pk in ids:
        row = rows_of("person_profile", pk)[0]
        facets.change(
            everything(), "person_profile", row.pk, 1, {"x_club_no": "1234567"}, reason="told", at=NOW
        )
    monkeypatch.setattr("mdm.dictionary.impact.LOOKED_AT", 4)
    monkeypatch.setattr("mdm.dictionary.impact.PLACES", 2)
    found = defining.foreseen(maker(), "person_profile", "club_no", told(length=5), at=NOW)
    assert (found.whole, found.looked_at, found.held, found.broken) == (False, 4, 6, {"X02": 6})
    request = asked("person_profile", "club_no", length=5)
    row = rows_of("person_profile", ids[0])[0]
    facets.change(everything(), "person_profile", row.pk, 2, {"x_club_no": None}, reason="told", at=NOW)
    with override("en"):
        shown = {str(line.label): line.after for line in defining.show(request, checker(), NOW).lines}
    assert shown["Entries with a value"] == "≈ 6"
    assert shown["Entries with attributes looked at"] == "estimated from 4 of them"


def test_a_costly_pattern_in_the_table_is_never_used() -> None:
    defined("phone", "club_no", pattern="[0-9]{8}", severity="BLOCK")
    AttributeDefinition.objects.update(pattern="(([0-9]+)+)+")
    attributes.forget()
    attributes.refresh()
    with pytest.raises(Invalid) as refusal:
        with_value("12345678")
    assert [error.code for error in refusal.value.errors] == ["X04"]


def test_versions_are_kept_and_compared(steward: Actor) -> None:
    defined("phone", "club_no", length=8)
    defined("phone", "club_no", length=9)
    found = versions.versions(steward, at=NOW).rows
    assert [(row.number, row.about, row.reason) for row in found] == [
        (2, "phone.club_no", "new rules"),
        (1, "phone.club_no", "new rules"),
    ]
    (only,) = versions.compared(steward, 1, 2, at=NOW)
    assert (only.place, only.before, only.after) == ("/attributes/phone.x_club_no/length", 8, 9)
    added = versions.compared(steward, 0, 1, at=NOW)
    assert {one.before for one in added if one.place != "/attributes"} == {None}
    with pytest.raises(NotFound, match=r"dictionary\.version"):
        versions.compared(steward, 1, 7, at=NOW)
    now = versions.now_told(steward, at=NOW)
    assert (now["version"], now["facets"]["phone"]["fields"]["number"]["masked"]) == (2, True)
    assert now["facets"]["phone"]["fields"]["kind"]["codes"] == "phone_kind"


@pytest.fixture
def steward(at_the_bank: None) -> Actor:
    return maker()


def test_who_decides_sees_what_would_come_of_it() -> None:
    defined("person_profile", "club_no")
    ids = store([person("P-1"), person("P-2"), company("O-1")]).customer_ids
    row = rows_of("person_profile", ids[0])[0]
    facets.change(
        everything(), "person_profile", row.pk, row.version, {"x_club_no": "1234567"}, reason="told", at=NOW
    )
    columns = {"core_customer": {"column": "club"}}
    wanted = told(length=5, required=True, columns=columns)
    found = defining.foreseen(maker(), "person_profile", "club_no", wanted, at=NOW)
    assert (found.rows, found.customers, found.held, found.broken) == (2, 2, 1, {"X01": 1, "X02": 1})
    assert (found.rules, found.columns) == (["X01", "X02", "X06"], ["core_customer.club"])
    assert set(found.layouts) == {"core_customer", "core_customer_gb18030", "febrl"}
    request = asked("person_profile", "club_no", length=5, required=True, columns=columns)
    with override("en"):
        shown = defining.show(request, checker(), NOW)
        assert {str(line.label): line.after for line in shown.lines}["Entries with a value"] == "1"
    assert "1234567" not in str(shown)


def test_what_is_searchable_later_is_found_once_it_is_indexed_and_search_says_so() -> None:
    from customers.selectors.search import search

    defined("phone", "club_no", searchable=False)
    customer = with_value()
    assert search(everything(), "12345678", at=NOW).hits == []
    defined("phone", "club_no", searchable=True)
    assert read_as() == ([], ["Club number (being indexed: not every entry is found yet)"])
    indexed()
    assert read_as() == ([customer.customer_no], ["Club number"])
    defined("phone", "club_no", searchable=False)
    assert search(everything(), "12345678", at=NOW).hits == []


def test_what_was_changed_while_it_had_ended_is_found_once_it_is_open_again() -> None:
    from customers.selectors.search import search

    defined("phone", "club_no")
    customer = with_value()
    defined("phone", "club_no", valid_to="2021-01-01")
    row = rows_of("phone", customer.pk)[0]
    facets.change(everything(), "phone", row.pk, row.version, {"is_primary": False}, reason="told", at=NOW)
    defined("phone", "club_no")
    indexed()
    (hit,) = search(everything(), "12345678", at=NOW).hits
    assert hit.customer_no == customer.customer_no


def test_an_ended_attribute_is_gone_from_forms_and_stays_in_the_history() -> None:
    from customers.selectors.history import history
    from mdm.backoffice.forms import row_form
    from mdm.subjects import registry

    model = registry.facet("phone").model
    defined("phone", "club_no")
    customer = with_value()
    assert "x_club_no" in row_form(model).base_fields
    defined("phone", "club_no", valid_to="2021-01-01")
    assert "x_club_no" not in row_form(model).base_fields
    row = rows_of("phone", customer.pk)[0]
    with pytest.raises(Invalid, match=r"field\.unknown"):
        facets.change(everything(), "phone", row.pk, row.version, {"x_club_no": "1"}, reason="told", at=NOW)
    changed = facets.change(
        everything(), "phone", row.pk, row.version, {"is_primary": False}, reason="told", at=NOW
    )
    assert changed.extension.open() == {"x_club_no": "12345678"}
    changes = [
        c for entry in history(everything(), customer.customer_no, at=NOW).rows for c in entry["changes"]
    ]
    assert {c["new"] for c in changes if c["field"] == "x_club_no"} == {"****"}


def test_another_process_goes_by_it_as_soon_as_it_asks() -> None:
    defined("phone", "club_no")
    attributes.adopt(attributes.NONE)  # as a process that has not asked since
    assert attributes.fields_of(Customer) == ()
    assert [a.key for a in attributes.refresh().of("phone")] == ["x_club_no"]
    assert DictionaryVersion.objects.count() == 1
