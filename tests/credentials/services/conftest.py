"""A teller of branch 1100, and somebody of a branch that sees nothing of it."""

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
def stranger(bank: None) -> "Actor":
    """A teller of branch 1200."""
    from tests.factories.security import branch, staff

    return staff("stranger", "teller", org=branch("1200"))
