"""A reason is read by many for years: it is required, and holds nothing that names a customer."""

import pytest

from mdm.errors import Invalid
from mdm.history.writing import require_reason


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_change_says_why(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_reason(reason)
    assert refused.value.code == "reason.missing"


@pytest.mark.parametrize(
    "reason",
    [
        "客户110101199003074530来电换号",
        "customer called from 13812345678",
        "新邮箱 someone@example.com",
        "card 6222021200012345679 lost",
        "ticket e8449610-e9ee-42a9-b0a8-7b2a350b9bb0 of E12345678",
        "e8449610-e9ee-42a9-b0a8 ticket",
    ],
)
def test_numbers_of_customers_stay_out(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_reason(reason)
    assert refused.value.code == "reason.sensitive"


@pytest.mark.parametrize(
    "reason",
    [
        "客户到海淀支行办理换号",
        "form 2026-118, page 2",
        " corrected after a call ",
        "ticket e8449610-e9ee-42a9-b0a8-7b2a350b9bb0",
        "工单12345678-1234-4567-8901-123456789012",
    ],
)
def test_an_ordinary_reason_is_taken(reason: str) -> None:
    assert require_reason(reason) == reason.strip()
