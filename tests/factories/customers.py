"""Made-up customers: what a source tells of them, and the shortest ways to have them stored."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from batch.layouts.core_customer import CORE_CUSTOMER
from batch.synthetic.generator import Made, Recipe, customers
from mdm.bulk.apply import Applied, apply
from mdm.bulk.stamp import Stamp
from mdm.history.models import SubjectModel
from mdm.quality.screening import blocked, screened
from mdm.subjects import Bundle, Row, registry
from security.access.actor import Actor
from security.access.roles import ROLES
from tests.factories.security import NOW, branch, everything
from tests.support.database_roles import database_role

#: The branch that made-up customers belong to unless told.
HOME = "1100"
DAY = date(2026, 3, 2)


def bank() -> None:
    """Head office 1000 with 1100 (and 1110, 1111 below it) and 1200 (and 1210)."""
    head = branch("1000")
    north = branch("1100", head)
    branch("1111", branch("1110", north))
    branch("1210", branch("1200", head))


def person(key: str = "P-1", *, source: str = "core_customer", **facets: list[Row]) -> Bundle:
    """A resident with a document (a vector of GB 11643), two telephones, an e-mail and an address."""
    told: dict[str, list[Row]] = {
        "customer": [
            {
                "party_type": "PERSON",
                "org": HOME,
                "opened_on": date(2015, 5, 20),
                "lifecycle_status": "ACTIVE",
            }
        ],
        "customer_name": [{"slot": "LEGAL", "kind": "LEGAL", "full_name": "欧阳知远"}],
        "person_profile": [{"sex": "F", "birth_date": date(1949, 12, 31), "nationality": "CHN"}],
        "credential": [
            {
                "slot": "P01",
                "type": "P01",
                "number": "11010519491231002X",
                "issuing_country": "CHN",
                "is_primary": True,
            }
        ],
        "credential_verification": [
            {
                "slot": "V-1",
                "document_type": "P01",
                "method": "NETWORK_CHECK",
                "outcome": "CONSISTENT",
                "checked_at": NOW,
            }
        ],
        "phone": [
            {"slot": "MOBILE", "kind": "MOBILE", "number": "+8613912345670", "is_primary": True},
            {"slot": "HOME_TEL", "kind": "HOME_TEL", "number": "+861065551234", "is_primary": False},
        ],
        "email": [
            {"slot": "PERSONAL", "kind": "PERSONAL", "address": "zhiyuan@example.com", "is_primary": True}
        ],
        "address": [
            {
                "slot": "RESIDENCE",
                "kind": "RESIDENCE",
                "country": "CHN",
                "region_code": "110105",
                "detail": "望京西路9号院6号楼1203",
                "postcode": "100102",
                "is_primary": True,
            }
        ],
        **_business(),
        "income": [{"slot": "1", "kind": "DECLARED", "as_of": DAY, "annual_income": "186000.00"}],
        "further_contact": [
            {"slot": "1", "kind": "EMERGENCY", "reach": "13912340001", "contact_name": "王建国"}
        ],
        "expected_activity": [{"slot": "1", "kind": "DECLARED", "as_of": DAY, "yearly_count": 12}],
        "consent": [{"slot": "1", "kind": "MARKETING", "decision": "GRANTED", "decided_on": DAY}],
        "channel_preference": [{"slot": "1", "kind": "MARKETING", "channel": "SMS", "allowed": False}],
        "tax_certification": [
            {"slot": "T-1", "certification_no": "T-1", "residency_status": "BOTH", "birth_date": DAY}
        ],
        "tax_residence": [
            {"slot": "T-1/USA", "certification_no": "T-1", "country": "USA", "tin": "536904399"}
        ],
        "investor_assessment": [
            {"slot": "I-1", "assessment_no": "I-1", "regime": "AM2018", "average_income": "420000.00"}
        ],
    }
    return Bundle(source, key, "PERSON", {**told, **facets})


def _business() -> dict[str, list[Row]]:
    """What any customer may have with the bank: an account, a rating, a restriction, a visit."""
    return {
        "agreement": [
            {
                "slot": "D-1",
                "kind": "DEPOSIT",
                "agreement_no": "D-2026-000001",
                "account_no": "6222021001122334455",
                "opened_on": date(2015, 5, 20),
            }
        ],
        "rating": [
            {"slot": "AML", "kind": "AML", "grade": "3", "score": Decimal("41.5"), "assessed_on": DAY}
        ],
        "restriction": [{"slot": "R-1", "kind": "INTERNAL", "extent": "NEW_BUSINESS", "begun_on": DAY}],
        "relationship": [{"slot": "R-1", "kind": "GUARANTOR", "other_name": "王建国"}],
        "customer_event": [{"slot": "V-1", "kind": "VISIT", "happened_on": DAY, "note": "来访咨询房贷"}],
    }


def company(key: str = "O-1", *, source: str = "core_customer", **facets: list[Row]) -> Bundle:
    """A company with its unified social credit code (a vector of GB 32100)."""
    told: dict[str, list[Row]] = {
        "customer": [
            {
                "party_type": "CORPORATE",
                "org": HOME,
                "opened_on": date(2011, 1, 4),
                "lifecycle_status": "ACTIVE",
            }
        ],
        "organisation_profile": [
            {
                "registered_name": "北京星辰科技有限公司",
                "english_name": "Beijing Xingchen Technology Co., Ltd.",
                "country": "CHN",
            }
        ],
        "credential": [
            {
                "slot": "O01",
                "type": "O01",
                "number": "91350100M000100Y43",
                "issuing_country": "CHN",
                "is_primary": True,
            }
        ],
        "phone": [{"slot": "WORK_TEL", "kind": "WORK_TEL", "number": "+861082345678", "is_primary": True}],
        **_business(),
        "document": [{"slot": "L-1", "kind": "LICENCE", "title": "营业执照正本", "object_id": 1}],
        "financial_statement": [
            {"slot": "2025", "period_end": date(2025, 12, 31), "revenue": Decimal("1200000.00")}
        ],
        **_employer(),
    }
    return Bundle(source, key, "CORPORATE", {**told, **facets})


def _employer() -> dict[str, list[Row]]:
    """What a company has that pays its people through the bank, and that somebody controls."""
    return {
        "controlling_person": [
            {"slot": "T-2/1", "certification_no": "T-2", "person_no": "1", "full_name": "王建国"}
        ],
        "agency_agreement": [
            {
                "slot": "A-1",
                "agreement_no": "A-1",
                "purpose": "SALARY",
                "settlement_account": "6222021001122334455",
                "line_limit": Decimal("50000.00"),
            }
        ],
        "agency_handler": [
            {"slot": "A-1/1", "agreement_no": "A-1", "handler_no": "1", "full_name": "李文静"}
        ],
        "agency_batch": [
            {"slot": "A-1/2026-02", "agreement_no": "A-1", "batch_no": "2026-02", "pay_on": DAY}
        ],
    }


def newcomer(key: str = "P-1", *, source: str = "core_customer", **facets: list[Row]) -> Bundle:
    """What a teller may tell of the person."""
    return _typed(person(key, source=source, **facets))


def new_company(key: str = "O-1", *, source: str = "core_customer", **facets: list[Row]) -> Bundle:
    """What a teller may tell of the company."""
    return _typed(company(key, source=source, **facets))


def _typed(bundle: Bundle) -> Bundle:
    teller = next(set(role.permissions) for role in ROLES if role.code == "teller")
    kept = [facet.name for facet in registry.facets() if facet.told and facet.permission in teller]
    bundle.facets = {name: rows for name, rows in bundle.facets.items() if name in kept}
    return bundle


def another(bundle: Bundle, **changes: Any) -> Bundle:
    """The same bundle again with other attributes; its rows are its own."""
    made = deepcopy(bundle)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def generated(rows: int, seed: int, **recipe: Any) -> list[Bundle]:
    """Bundles of the generator's customers, read through the layout as the loader reads them."""
    return [bundle_of(made) for made in customers(Recipe(rows=rows, seed=seed, **recipe))]


def bundle_of(made: Made) -> Bundle:
    """One generated customer as the layout reads it, at the home branch."""
    fields = {**made.fields, "source_key": made.source_key, "branch_code": HOME}
    return CORE_CUSTOMER.reading.bundle([fields.get(name) or None for name in CORE_CUSTOMER.names])


def stamp(
    actor: Actor | None = None, *, at: datetime = NOW, reason: str = "test", run_id: int | None = None
) -> Stamp:
    """An act of writing by the loader."""
    return Stamp(actor or everything("load"), at, reason, DAY, run_id)


def store(bundles: Sequence[Bundle], made_by: Stamp | None = None) -> Applied:
    """Apply bundles as a load does: screened first, as the engine."""
    with database_role("engine"):
        for bundle in bundles:
            assert not blocked(screened(bundle, DAY)), bundle
        return apply(bundles, made_by or stamp())


def stored(bundle: Bundle, made_by: Stamp | None = None) -> int:
    """One bundle applied; the id of its customer."""
    return store([bundle], made_by).customer_ids[0]


def rows_of(facet: str, customer_id: int) -> list[Any]:
    """All rows of a facet that one customer came with, as the engine sees them, oldest first."""
    key = "pk" if facet == "customer" else "customer_id"
    model = registry.facet(facet).model
    with database_role("engine"):
        return list(model._default_manager.filter(**{key: customer_id}).order_by("pk"))


def the_row(facet: str, customer_id: int, slot: str | None = None) -> Any:
    """The only row of a facet, or the one in a slot."""
    (row,) = [row for row in rows_of(facet, customer_id) if slot is None or row.slot == slot]
    return row


def past_of(row: SubjectModel) -> list[Any]:
    """The history rows of a row, oldest first."""
    with database_role("engine"):
        return list(type(row).history.filter(id=row.pk).order_by("history_id"))  # type: ignore[attr-defined]
