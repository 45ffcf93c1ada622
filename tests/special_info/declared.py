"""What declarations, assessments and agreements of tests tell."""

from datetime import date
from decimal import Decimal
from typing import Any

from security.access.actor import Actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest
from security.approvals.requests import Done
from tests.factories.security import NOW

DAY = date(2026, 3, 2)
WHY = "customer came to the counter"
FORMAL: dict[str, Any] = {
    "form_version": "CN-2019",
    "signed_on": DAY,
    "signed_as": "SELF",
    "self_cert": "CRS901",
    "due_diligence": "CRS1201",
    "account_type": "CRS1101",
    "joint_holders": 1,
}
CHINESE: dict[str, Any] = {**FORMAL, "residency_status": "CHINESE"}
ABROAD: dict[str, Any] = {
    "surname": "OUYANG",
    "given_name": "ZHIYUAN",
    "birth_date": date(1949, 12, 31),
    "born_in": "CHN",
    "birth_place": "北京",
    "birth_place_english": "Beijing",
    "lives_in": "CHN",
    "address": "北京市朝阳区望京西路9号院6号楼1203",
    "address_english": "Room 1203, Building 6, No. 9 Wangjing West Road, Beijing",
}
BOTH: dict[str, Any] = {**FORMAL, **ABROAD, "residency_status": "BOTH"}
US: dict[str, Any] = {"country": "USA", "tin": "536904399"}
PASSIVE: dict[str, Any] = {**CHINESE, "entity_class": "PASSIVE_NFE", "holder_type": "CRS101"}
CONTROLLERS: list[dict[str, Any]] = [
    {
        **ABROAD,
        "person_no": "1",
        "full_name": "王建国",
        "control_type": "CRS801",
        "residency_status": "FOREIGN",
        "self_cert": "CRS1001",
        "ownership_pct": Decimal("60.00"),
    },
    {
        "person_no": "2",
        "full_name": "李文静",
        "control_type": "CRS803",
        "residency_status": "CHINESE",
        "self_cert": "CRS1001",
    },
]
ASSESSMENT: dict[str, Any] = {
    "assessment_no": "I-1",
    "regime": "AM2018",
    "average_income": "420000.00",
    "income_evidence": "完税证明 2023-2025",
    "experience_years": 3,
    "experience_evidence": "交易流水",
    "undertaking_signed": True,
    "own_money": True,
}
AGREEMENT: dict[str, Any] = {
    "agreement_no": "A-1",
    "purpose": "SALARY",
    "settlement_account": "6222021001122334455",
    "begins_on": DAY,
    "pay_day": 10,
    "line_limit": Decimal("50000.00"),
    "batch_limit": Decimal("100000.00"),
    "month_limit": Decimal("150000.00"),
}
HANDLER: dict[str, Any] = {
    "agreement_no": "A-1",
    "handler_no": "1",
    "full_name": "李文静",
    "document_type": "P01",
    "document_number": "11010519491231002X",
    "document_expiry": date(2030, 1, 1),
}


def asked(done: Done) -> ChangeRequest:
    """The request that waits."""
    assert done.request is not None
    return done.request


def approved(officer: Actor, done: Done) -> ChangeRequest:
    """The request as the officer has approved it."""
    request = asked(done)
    return deciding.approve(officer, request.pk, request.version, reason="seen", at=NOW)
