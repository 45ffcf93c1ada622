"""What the bank knows of a holder that a declaration of tax residence is held against."""

from datetime import date

import phonenumbers

from customers.rules.relationship import in_force
from customers.selectors.gathering import Gathered
from mdm.codes import get as code_list
from mdm.subjects import Row
from special_info.rules.declaration import Known

#: The facets that are looked at.
FACETS = (
    "address",
    "phone",
    "person_profile",
    "organisation_profile",
    "credential",
    "relationship",
    "tax_certification",
)
#: Kinds of relation that let somebody act for the holder.
ATTORNEYS = frozenset({"AGENT"})
#: States of a declaration that a second person has agreed to, whatever became of it since.
_STOOD = frozenset({"APPROVED", "SUPERSEDED", "INVALIDATED"})


def known(found: Gathered, day: date) -> Known:
    """The jurisdictions that the rows of a customer in force on a day point to, and the birth date on file.

    Where somebody was born the bank knows from declarations that stood.
    """
    people, firms = found.get("person_profile", []), found.get("organisation_profile", [])
    return Known(
        addresses=_codes(row["country"] for row in found.get("address", [])),
        phones=_codes(_jurisdiction(str(row["number"] or "")) for row in found.get("phone", [])),
        nationalities=_codes(row["nationality"] for row in people),
        documents=_codes(row["issuing_country"] for row in found.get("credential", [])),
        attorneys=_codes(row["other_country"] for row in found.get("relationship", []) if _acts(row, day)),
        born_in=_codes(
            row["born_in"] for row in found.get("tax_certification", []) if row["tax_state"] in _STOOD
        ),
        registered_in=next((str(row["country"]) for row in firms if row["country"]), ""),
        birth_date=next((row["birth_date"] for row in people if row["birth_date"]), None),
    )


def _acts(row: Row, day: date) -> bool:
    """Whether a relation lets somebody act for the holder on a day."""
    return row["kind"] in ATTORNEYS and in_force(row, day)


def _codes(told: "object") -> frozenset[str]:
    return frozenset(str(code) for code in told if code)  # type: ignore[attr-defined]


def _jurisdiction(number: str) -> str:
    """The alpha-3 jurisdiction of an E.164 number; empty for one that belongs to several or none."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(parsed)
    return code_list("country").resolve(region or "") or ""
