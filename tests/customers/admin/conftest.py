"""A teller, a colleague elsewhere, and a made-up person at the teller's branch.

A conftest is read before Django is set up, so fixtures import for themselves.
"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.screens import Screens


def screens_of(name: str, org_code: str, *roles: str) -> "Screens":
    """Screens of a member of staff at a branch."""
    from security.models import Organisation
    from tests.factories.security import member_of_staff
    from tests.support.screens import Screens

    return Screens(member_of_staff(name, *roles, org=Organisation.objects.get(code=org_code)))


@pytest.fixture
def customer_id(db: None) -> int:
    """The person of `tests.factories.customers`, at branch 1100."""
    from tests.factories.customers import bank, person, stored

    bank()
    return stored(person())


@pytest.fixture
def number(customer_id: int) -> str:
    """The customer's number."""
    from customers.rules.number import customer_no

    return customer_no(customer_id)


@pytest.fixture
def teller(customer_id: int) -> "Screens":
    """A teller of the customer's branch."""
    return screens_of("teller", "1100", "teller")


@pytest.fixture
def elsewhere(customer_id: int) -> "Screens":
    """A teller of a branch that does not see the customer."""
    return screens_of("other", "1200", "teller")


@pytest.fixture
def auditor(customer_id: int) -> "Screens":
    """An auditor at head office: sees much, changes nothing, strict masks."""
    return screens_of("auditor", "1000", "auditor")
