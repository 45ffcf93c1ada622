"""Whether a declaration agrees with what the bank knows: indicia of another residence (domain 1.8).

A conflict does not make a declaration wrong, but nobody approves it without an explanation.
"""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from special_info.rules import residence
from special_info.rules.declaration import HOME, Declaration, Known

PASSED, FAILED, OVERRIDDEN = "PASSED", "FAILED", "OVERRIDDEN"

#: Indicium -> what it says.
INDICIA: dict[str, Text] = {
    "address": _("An address lies in a jurisdiction that is not declared."),
    "phone": _("A telephone belongs to a jurisdiction that is not declared."),
    "nationality": _("The nationality is of a jurisdiction that is not declared."),
    "document": _("A document is issued by a jurisdiction that is not declared."),
    "born_us": _("Born in the United States, which is not declared."),
    "attorney": _("Somebody abroad holds a power of attorney."),
    "birth_date": _("The birth date is not the one on file."),
    "registered": _("The entity is registered in a jurisdiction that is not declared."),
    "no_tin": _("Reason A is told for a jurisdiction that issues TINs."),
    "not_home": _("A non-resident has address, telephone and nationality in China only."),
}


def indicia(told: Declaration, known: Known) -> list[str]:
    """The codes of what speaks against the declaration, in the order of INDICIA."""
    found = set(_abroad(told, known)) | set(_others(told, known))
    return [code for code in INDICIA if code in found]


def verdict(found: Iterable[str], explanation: str) -> str:
    """PASSED, FAILED, or OVERRIDDEN where what conflicts is explained."""
    if not list(found):
        return PASSED
    return OVERRIDDEN if explanation.strip() else FAILED


def _abroad(told: Declaration, known: Known) -> Iterator[str]:
    """What points to a jurisdiction abroad that is not declared."""
    declared = {HOME} | _declared(told)
    if known.addresses - declared:
        yield "address"
    if known.phones - declared:
        yield "phone"
    if known.nationalities - declared:
        yield "nationality"
    if known.documents - declared:
        yield "document"
    if known.attorneys - declared:
        yield "attorney"
    if "USA" in {*known.born_in, told.head.get("born_in")} and "USA" not in declared:
        yield "born_us"
    if known.registered_in and known.registered_in not in declared:
        yield "registered"


def _others(told: Declaration, known: Known) -> Iterator[str]:
    declared, stated = known.birth_date, told.head.get("birth_date")
    if declared and stated and declared != stated:
        yield "birth_date"
    if residence.doubts(told.residences):
        yield "no_tin"
    tells = known.addresses | known.phones | known.nationalities
    if told.head.get("residency_status") == "FOREIGN" and tells == {HOME}:
        yield "not_home"


def _declared(told: Declaration) -> set[str]:
    """The holder's jurisdictions."""
    return {str(row["country"]) for _place, row in told.residences_of("") if row.get("country")}
