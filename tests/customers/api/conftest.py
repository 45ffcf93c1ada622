"""Callers of the customer endpoints, and the record of a made-up person.

A conftest is read before Django is set up, so fixtures import for themselves.
"""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.api import Api


def caller(client_id: str, org_code: str, **options: Any) -> "Api":
    """A client system of a branch below head office."""
    from tests.factories.security import branch, client_system
    from tests.support.api import Api

    return Api(client_system(client_id, org=branch(org_code, branch("1000")), **options)[1])


@pytest.fixture
def api(db: None) -> "Api":
    """A client system of branch 1100 with every scope."""
    return caller("core-bank", "1100")


@pytest.fixture
def elsewhere(db: None) -> "Api":
    """A client system of branch 1200, which is not above or below branch 1100."""
    return caller("other-bank", "1200")


@pytest.fixture
def person() -> dict[str, Any]:
    """A person's record; its ID number is a vector of GB 11643."""
    return {
        "source_key": "A-1",
        "party_type": "PERSON",
        "customer_names": [{"kind": "LEGAL", "full_name": "林知远"}],
        "person_profile": {"sex": "F", "birth_date": "1949-12-31", "nationality": "CHN"},
        "credentials": [
            {"type": "P01", "number": "11010519491231002X", "issuing_country": "CHN", "is_primary": True}
        ],
        "phones": [{"kind": "MOBILE", "number": "+8613900139123", "is_primary": True}],
        "emails": [{"kind": "PERSONAL", "address": "lin@example.com"}],
        "addresses": [
            {"kind": "RESIDENCE", "country": "CHN", "region_code": "110105", "detail": "望京西路9号6室"}
        ],
    }


@pytest.fixture
def number(api: "Api", person: dict[str, Any]) -> str:
    """The number of that person, created."""
    told = api.post("customers", person)
    assert told.status == 201, told.text
    return str(told.body["customer_no"])
