"""Made-up documents: of a person and of a company, in any state."""

from datetime import date
from typing import Any

from mdm.subjects import Bundle, Row
from tests.factories.customers import company, person, rows_of, stored

#: The main document of the factories' person and company.
MAIN: dict[str, Row] = {
    "PERSON": {"slot": "P01", "type": "P01", "number": "11010519491231002X", "issuing_country": "CHN"},
    "CORPORATE": {"slot": "O01", "type": "O01", "number": "91350100M000100Y43", "issuing_country": "CHN"},
}
#: Documents of other types, for confirming by hand.
OTHERS: dict[str, list[Row]] = {
    "PERSON": [
        {"slot": "P03", "type": "P03", "number": "11010519491231002X", "issuing_country": "CHN"},
        {"slot": "P15", "type": "P15", "number": "JZ-110105-77", "issuing_country": "CHN"},
    ],
    "CORPORATE": [
        {"slot": "O05", "type": "O05", "number": "J1000012345601", "issuing_country": "CHN"},
        {"slot": "O06", "type": "O06", "number": "事证第110000号", "issuing_country": "CHN"},
    ],
}
AHEAD = date(2035, 1, 1)


def holder(
    party: str = "PERSON", *more: Row, key: str = "D-1", state: str = "PENDING_VERIFY", **told: Any
) -> Bundle:
    """A person or a company with one main document as told, and further ones."""
    main = {**MAIN[party], "is_primary": True, "lifecycle_state": state, "name_on_document": "持证人", **told}
    make = person if party == "PERSON" else company
    return make(key, credential=[main, *more], credential_verification=[], restriction=[], agreement=[])


def document(party: str = "PERSON", *more: Row, **told: Any) -> Any:
    """The main document of a new customer."""
    return rows_of("credential", stored(holder(party, *more, **told)))[0]


def fresh(row: Any) -> Any:
    """The row as it is stored now."""
    (found,) = [one for one in rows_of("credential", row.customer_id) if one.pk == row.pk]
    return found
