"""A bank with a few customers, and who looks at them."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from security.access.actor import Actor


@pytest.fixture
def bank(db: None) -> None:
    """The organisation tree."""
    from tests.factories.customers import bank

    bank()


@pytest.fixture
def teller(bank: None) -> "Actor":
    """A teller of branch 1100."""
    from tests.factories.security import branch, staff

    return staff("teller", "teller", org=branch("1100"))


@pytest.fixture
def auditor(bank: None) -> "Actor":
    """An auditor of head office, who sees everything strictly masked."""
    from tests.factories.security import branch, staff

    return staff("auditor", "auditor", org=branch("1000"))
