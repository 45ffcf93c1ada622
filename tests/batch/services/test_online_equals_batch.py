"""Online is a batch of one: the same bundles through the counter and through a file leave the same picture."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from batch.layouts.core_customer import CORE_CUSTOMER
from batch.models import RejectedRow
from batch.synthetic.generator import Made, Recipe, customers
from customers.models import Customer
from customers.services import onboarding
from mdm.errors import Invalid
from mdm.rest.facets import member
from mdm.subjects import Bundle, Row, registry
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from security.models import Organisation
from tests.factories.customers import HOME, bundle_of
from tests.factories.files import Line, firm, line, load, write
from tests.factories.security import NOW, client_system
from tests.support.api import Api
from tests.support.database_roles import database_role
from tests.support.pictures import Picture, differences, picture

pytestmark = pytest.mark.usefixtures("bank")
TELLER = Actor(
    "teller1",
    "staff",
    (Right(frozenset(PERMISSIONS), None),),
    user_id=7,
    org_code=HOME,
    channel="COUNTER",
    request_id="r",
)
#: What only a file can do: say something in a column that its kind of customer has no field for.
ONLY_IN_FILES = {"value.not_applicable", "value.incomplete"}


def bundles(rows: int, seed: int) -> list[Made]:
    """Generated customers at the home branch; active ones, as only a source tells of any that began otherwise."""
    made = customers(Recipe(rows=rows, seed=seed, duplicates=0.2, errors=0.15))
    told = {"branch_code": HOME, "status": "ACTIVE"}
    return [replace(one, fields={**one.fields, "source_key": one.source_key, **told}) for one in made]


def by_file(made: list[Made], folder: Path) -> tuple[Picture, int]:
    """The picture that a load leaves, and how many rows it refused."""
    with transaction.atomic():
        loaded = load(write(folder / "core.csv", [one.fields for one in made]))
        seen = picture()
        transaction.set_rollback(True)
    seen["issues"] = [issue for issue in seen["issues"] if issue[5] not in ONLY_IN_FILES]
    return seen, loaded.counts.rejected


def at_the_counter(made: list[Made]) -> tuple[Picture, int]:
    """The picture that creating one after the other leaves, as the web's role, and how many were refused."""
    refused = 0
    with transaction.atomic(), database_role("app"):
        for one in made:
            try:
                assert onboarding.create(TELLER, bundle_of(one), at=NOW).outcome in ("CREATED", "SUSPECT")
            except Invalid:
                refused += 1
        seen = picture()
        transaction.set_rollback(True)
    return seen, refused


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_customers_by_both_doors_are_the_same(tmp_path: Path, seed: int) -> None:
    made = [one for one in bundles(70, seed) if _readable(one)]

    file, rejected = by_file(made, tmp_path)
    counter, refused = at_the_counter(made)

    assert rejected == refused
    assert len(file["customer"]) >= 50
    assert len(file["issues"]) >= 5
    assert differences(file, counter) == {}
    assert Customer.objects.count() == 0


def _readable(one: Made) -> bool:
    """Whether the line has a key and a kind of customer, without which a file has no bundle at all."""
    try:
        bundle_of(one)
    except Invalid:
        return False
    return not any("|!" in value or not value.isprintable() for value in one.fields.values())


#: What a client system says about the home branch as the core system: with it come 200 customers of every kind.
ODD: tuple[Line, ...] = (
    line("15-digits", id_number="110105491231002"),
    line("check-digit", id_number="110105194912310021"),
    line("full-width", id_number="１１０１０５１９４９１２３１００２Ｘ", name="　欧阳　知远　"),
    line("middle-dot", name="阿卜杜拉·买买提"),
    line("other-dot", name="阿卜杜拉•买买提"),
    line("rare", name="王㐂远"),
    line("beyond-the-plane", name="𠮷野健"),
    line("private-use", name="王\ue5e5", employer="北京\ufffd厂"),
    line("test-name", name="测试"),
    line("single-character", name="王"),
    line("latin", name="WANG XIAOMING", english_name="Wang Xiaoming"),
    line("former", former_name="欧阳近", english_name="OUYANG Zhiyuan"),
    line("foreigner", nationality="USA", id_type="P05", id_number="E12345678", id_country="USA"),
    line("hong-kong", nationality="HKG", id_type="P13", id_number="A1234563", id_country="HKG"),
    line("expired", id_expiry_date="20200101", id_issue_date="20000101"),
    line("long-term", id_expiry_date="99991231", id_issue_date="20150520"),
    line("two-documents", id2_type="P04", id2_number="E87654321", id2_country="CHN"),
    line("two-of-one", id2_type="P01", id2_number="110105194912310038", id2_country="CHN"),
    line("sex-differs", sex="1"),
    line("born-another-day", birth_date="19500101"),
    line("unborn", birth_date="20991231"),
    line("codes", sex="ZZ", ethnicity="ZZ", marital_status="ZZ", nationality="ZZZ", occupation="ZZZZ"),
    line("formula", employer="=1+1", job_title="＝HYPERLINK(1)"),
    line("markup", employer="<script>alert(1)</script>"),
    line("direction", employer="\u202e京北", job_title="no\u200bwidth"),
    line("telephones", mobile="+86 139-1234-5670", home_tel="010-65551234 转 8001", work_tel="4001234567"),
    line("no-telephone", mobile="12345"),
    line("email", email="A.B＠Example.COM"),
    line("no-email", email="nobody at home"),
    line("region", residence_region="999999", residence_postcode="1"),
    line("bare", sex="", birth_date="", id_type="", id_number="", mobile="", email="", residence_detail=""),
    firm("firm"),
    firm("credit-code", id_number="91350100M000100Y44"),
    firm("big", registered_capital="9999999999999999.99", capital_currency="CNY", staff_count="999999999"),
    firm("no-currency", registered_capital="100.00", industry="ZZZ", economy_type="ZZZ", enterprise_size="Z"),
    firm("contacts", work_tel="01082345678", email="office@example.com", residence_detail="长安街1号"),
    line("blocked-name", name="长" * 400),
    line("blocked-number", id_number="1" * 200),
    line("blocked-twice", id_number="1" * 200, employer="长" * 400),
    line("blocked-nothing", name="", employer="长" * 400),
    firm("blocked-firm", name="长" * 900, business_scope="长" * 4_000),
)


def test_two_hundred_records_over_rest_are_those_of_a_file(tmp_path: Path) -> None:
    """Rows, history, issues, lookup entries and signatures are the same, refusals have the same codes and places."""
    made = [{**one.fields, "source_key": one.source_key} for one in bundles(260, 7) if _readable(one)]
    told = [{**one, **ONLY_BY_FILES} for one in [*ODD, *made] if _typed(one)][:200]
    assert len(told) == 200
    today = timezone.localdate()

    with transaction.atomic():
        loaded = load(write(tmp_path / "core.csv", told, day=today), at=timezone.now())
        file = picture()
        rejects = RejectedRow.objects.values_list("line", "field", "code")
        refused_rows = {(told[row - 2]["source_key"], field, code) for row, field, code in rejects}
        transaction.set_rollback(True)
    file["issues"] = [issue for issue in file["issues"] if issue[5] not in ONLY_IN_FILES]
    with transaction.atomic(), database_role("app"):
        refused_bodies = _over_rest(told)
        rest = picture()
        transaction.set_rollback(True)

    assert refused_bodies == refused_rows
    assert len({key for key, _, _ in refused_rows}) == loaded.counts.rejected >= 5
    assert len(file["source"]) == 200 - loaded.counts.rejected
    assert len(file["organisation_profile"]) >= 15
    assert len({issue[5] for issue in file["issues"]}) >= 15, "rules that found something"
    assert differences(file, rest) == {}


def _over_rest(told: list[Line]) -> set[tuple[str, str, str]]:
    """Create one after the other as the core system; key, column and code of each refusal."""
    scopes = (*PERMISSIONS, f"source.{CORE_CUSTOMER.source_system}")
    head_office = Organisation.objects.get(parent=None)
    api = Api(client_system("core-bank", scopes=scopes, org=head_office)[1])
    refused = set()
    for one in told:
        bundle = _bundle(one)
        answer = api.post("customers", _body(bundle))
        if answer.status == 422:
            refused |= {(bundle.source_key, _column(bundle, at), code) for at, code in answer.places}
        else:
            assert answer.status == 201, (one["source_key"], answer.text)
    return refused


def _bundle(one: Line) -> Bundle:
    return CORE_CUSTOMER.reading.bundle([one.get(name) or None for name in CORE_CUSTOMER.names])


def _typed(one: Line) -> bool:
    """Whether every value is of its kind: JSON has typed members, in which a day is a day or refused.

    And whether a file could hold it: its reader refuses longer values before any rule.
    """
    rows = [row for rows in _bundle(one).facets.values() for row in rows]
    raw = {field for row in rows for field in row.get("raw_values", ())}
    longest = max(map(len, one.values()))
    return not raw & UNTYPED and longest <= CORE_CUSTOMER.profile.max_field


#: Online a status changes by an operation of its own.
ONLY_BY_FILES = {"status": ""}
#: Members of a body that are no texts.
UNTYPED = {
    "birth_date", "opened_on", "issue_date", "expiry_date", "established_on", "staff_count",
    "registered_capital",
}  # fmt: skip


def _body(bundle: Bundle) -> dict[str, Any]:
    """A bundle as a client writes it: codes that are none as they came."""
    body: dict[str, Any] = {
        "source_system": bundle.source_system,
        "source_key": bundle.source_key,
        "party_type": bundle.party_type,
    }
    for name, rows in bundle.facets.items():
        facet = registry.facet(name)
        members = [_members(row) for row in rows]
        body[member(facet)] = members if facet.multiple else members[0]
    return body


def _members(row: Row) -> dict[str, Any]:
    values = {**row, **row.get("raw_values", {})}
    for name in ("raw_values", "party_type"):
        values.pop(name, None)
    return {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in values.items()
        if value is not None
    }


def _column(bundle: Bundle, pointer: str) -> str:
    """The column of the file that a place in the body was read from; `facet.field` where none is."""
    parts = pointer.strip("/").split("/")
    facet = next((facet for facet in registry.facets() if member(facet) == parts[0]), None)
    if facet is None:
        return ".".join(parts)
    index, field = (int(parts[1]), parts[-1]) if facet.multiple else (0, parts[-1])
    return CORE_CUSTOMER.reading.column(bundle, facet.name, index, field) or f"{facet.name}.{field}"
