"""A clerk of special information and a compliance officer in a small bank; a person and an employer.

A conftest is read before Django is set up, so fixtures import for themselves.
"""

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
def clerk(bank: None) -> "Actor":
    """Registers special information at branch 1100."""
    from tests.factories.security import branch, staff

    return staff("clerk", "tax_clerk", org=branch("1100"))


@pytest.fixture
def stranger(bank: None) -> "Actor":
    """Registers special information at branch 1200, and sees nothing of 1100."""
    from tests.factories.security import branch, staff

    return staff("stranger", "tax_clerk", org=branch("1200"))


@pytest.fixture
def officer(bank: None) -> "Actor":
    """A compliance officer of head office, who approves."""
    from tests.factories.security import branch, staff

    return staff("officer", "compliance", org=branch("1000"))


@pytest.fixture
def person_no(bank: None) -> str:
    """A person without special information."""
    from customers.rules.number import customer_no
    from tests.factories.customers import person, stored

    return customer_no(stored(person(tax_certification=[], tax_residence=[], investor_assessment=[])))


@pytest.fixture
def company_no(bank: None) -> str:
    """A company without special information."""
    from customers.rules.number import customer_no
    from tests.factories.customers import company, stored

    plain = company(controlling_person=[], agency_agreement=[], agency_handler=[], agency_batch=[])
    return customer_no(stored(plain))
