"""What the nine subjects hold, word by word (domain 1.2): it is told by a person, kept, masked and shown."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from customers.models import PersonProfile
from customers.rules.number import customer_no
from customers.selectors.panorama import panorama
from customers.services import facets
from mdm import codes
from mdm.errors import Invalid
from mdm.subjects import registry
from security.access.actor import Actor
from tests.factories.customers import company, person, stored, the_row
from tests.factories.security import NOW, everything
from tests.support.database_roles import database_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]
LATER = NOW + timedelta(days=1)
WHY = "told at the counter"
#: Facet -> what is told of it, and how a teller is shown it.
TOLD: dict[str, dict[str, tuple[Any, str]]] = {
    "customer": {"service_level": ("GOLD", "Gold")},
    "person_profile": {
        "second_nationality": ("DEU", "Germany"),
        "third_nationality": ("FRA", "France"),
        "degree": ("3", "Master"),
        "domicile": ("CHINA", "Domiciled in China"),
        "civil_capacity": ("LIMITED", "Limited"),
        "accessibility": ("听力障碍，需要手语", "****"),
        "staff": ("Y", "Yes"),
        "related_party": ("Y", "Yes"),
        "death_evidence": ("殡仪馆证明 2026-7", "殡仪馆证明 2026-7"),
    },
    "organisation_profile": {
        "main_business": ("软件开发", "软件开发"),
        "paid_in_capital": (Decimal("8000000.00"), "8,000,000.00"),
        "listing_status": ("LISTED", "Listed"),
        "exchange": ("XSHG", "Shanghai Stock Exchange"),
        "ticker": ("600000", "600000"),
        "bearer_shares": ("Y", "Yes"),
        "ownership_layers": (3, "3"),
        "related_party": ("Y", "Yes"),
        "ended_how": ("BANKRUPT", "Bankrupt"),
        "ended_on": (date(2026, 2, 1), "2026-02-01"),
    },
    "customer_name": {"kind": ("TRADING", "Trading name"), "full_name": ("星辰小铺", "**铺")},
    "further_contact": {
        "kind": ("WECHAT", "WeChat"),
        "reach": ("xingchen_2026", "****"),
        "contact_name": ("王建国", "**国"),
    },
    "address": {
        "kind": ("MAILING", "Mailing address"),
        "detail": ("望京西路9号", "****"),
        "raw_text": ("北京市朝阳区望京西路9号", "****"),
        "since": (date(2020, 5, 1), "2020-05-01"),
        "returned_mail_count": (2, "2"),
    },
    "relationship": {
        "kind": ("SAME_OWNER", "Under the same owner"),
        "other_name": ("李四", "*四"),
        "other_document_expiry": (date(2031, 5, 1), "2031-05-01"),
        "trade_pct": (Decimal("12.50"), "12.50"),
    },
    "agreement": {
        "kind": ("CARD", "Card"),
        "agreement_no": ("C-2026-000001", "C-*****01"),
        "restriction": ("STOPPED", "Payments stopped"),
    },
    "income": {
        "as_of": (date(2025, 12, 31), "2025-12-31"),
        "housing": ("MORTGAGED", "Owned, with a mortgage"),
        "vehicle": ("OWNED", "Owned"),
        "source_of_wealth": ("FAMILY", "Family or inheritance"),
        "evidence": ("工资流水", "工资流水"),
    },
    "financial_statement": {
        "period_end": (date(2025, 12, 31), "2025-12-31"),
        "unit": ("TEN_THOUSAND", "Ten thousand"),
        "turnover": (Decimal("1200.00"), "1,200.00"),
        "borrowings_elsewhere": (Decimal("300.00"), "300.00"),
        "evidence": ("审计报告", "审计报告"),
    },
    "expected_activity": {
        "as_of": (date(2026, 1, 1), "2026-01-01"),
        "yearly_amount": ("360000.00", "300–500k"),
        "yearly_count": (120, "120"),
        "countries": ("CHN SGP", "CHN SGP"),
        "products": ("DEPOSIT WEALTH", "DEPOSIT WEALTH"),
    },
    "rating": {
        "kind": ("TAX_CREDIT", "Tax credit grade"),
        "grade": ("A", "A"),
        "assessed_on": (date(2026, 1, 5), "2026-01-05"),
        "outlook": ("STABLE", "Stable"),
        "expires_on": (date(2027, 1, 5), "2027-01-05"),
    },
    "credential": {
        "type": ("P06", "Mainland travel permit for Hong Kong and Macao residents"),
        "number": ("H12345678", "H1*****78"),
        "address_on_document": ("香港弥敦道1号", "****"),
        "ocr_result": ("AGREES", "Agrees"),
        "nfc_result": ("UNREADABLE", "Unreadable"),
        "copy_kept": ("Y", "Yes"),
    },
    "tax_certification": {
        "certification_no": ("T-9", "T-9"),
        "equity_interest": ("CRS404", "Trust: beneficiary"),
    },
}
#: What only organisations have.
OF_FIRMS = ("organisation_profile", "financial_statement")
#: Codes that the subjects name.
CODES = {
    "further_contact_kind": {"WECHAT", "APP_DEVICE", "WEBSITE", "EMERGENCY"},
    "relation_kind": {"SAME_OWNER", "SUPPLIER", "BUYER", "ACCOUNT_MANAGER", "GROUP_PARENT"},
    "crs_equity_interest": {f"CRS{number}" for number in range(401, 411)},
    "name_kind": {"FORMER", "TRADING", "SHORT"},
}


def tell(actor: Actor, facet: str, values: dict[str, Any]) -> tuple[str, int]:
    """Tell values of a customer by the service that people ask: the customer's number and the row."""
    bundle = company() if facet in OF_FIRMS else person()
    customer = stored(bundle)
    number = customer_no(customer)
    if registry.facet(facet).multiple:
        row: Any = facets.add(actor, number, facet, values, reason=WHY, at=LATER)
    else:
        row = the_row(facet, customer)
        row = facets.change(actor, facet, row.pk, row.version, values, reason=WHY, at=LATER)
    return number, row.pk


@pytest.mark.parametrize("facet", TOLD)
def test_what_a_subject_holds_is_told_kept_and_shown(facet: str) -> None:
    actor = everything()
    number, row_id = tell(actor, facet, {name: value for name, (value, _shown) in TOLD[facet].items()})

    with override("en"):
        told = panorama(actor, number, at=LATER)
    rows = [
        row
        for subject in told["subjects"]
        for one in subject["facets"]
        if one["name"] == facet
        for row in one["rows"]
    ]
    values = next(row for row in rows if row["id"] == row_id)["values"]
    assert {name: values[name]["text"] for name in TOLD[facet]} == {
        name: shown for name, (_value, shown) in TOLD[facet].items()
    }


@pytest.mark.parametrize("name", CODES)
def test_the_lists_have_the_codes_of_the_subjects(name: str) -> None:
    assert CODES[name] <= codes.get(name).known


def test_a_nationality_that_is_none_is_not_taken_for_one() -> None:
    """Refused, or kept as received: never a nationality."""
    with suppress(Invalid):
        tell(everything(), "person_profile", {"second_nationality": "ZZZZ"})
    with database_role("engine"):
        assert not PersonProfile.objects.filter(second_nationality="ZZZZ").exists()


def test_an_emergency_contact_is_no_evidence_of_who_the_customer_is() -> None:
    """Its number is somebody else's: search by telephone and matching do not know it."""
    from customers.selectors.search import search

    actor = everything()
    tell(actor, "further_contact", {"kind": "EMERGENCY", "reach": "13700009999"})
    with database_role("engine"):
        assert search(actor, "13700009999", at=LATER).hits == []
