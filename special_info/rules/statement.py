"""What a declaration of tax residence must tell before it can be approved (2017 no. 14, domain 1.8)."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from mdm.subjects import Row
from special_info.rules import crs, residence
from special_info.rules.declaration import Declaration, Fault

#: Days within which a holder tells a change of circumstances, and a new declaration is due.
NOTICE_DAYS = 30
#: What a non-resident tells besides, persons and controlling persons alike.
_FOREIGN = (
    "surname",
    "given_name",
    "birth_date",
    "born_in",
    "birth_place",
    "birth_place_english",
    "lives_in",
    "address",
    "address_english",
)
#: What an entity that is resident elsewhere tells besides.
_FOREIGN_ENTITY = ("lives_in", "address", "address_english")

_NEEDED: Text = _("This has to be told.")
_TEXTS: dict[str, Text] = {
    "statement.needed": _NEEDED,
    "statement.class": _("An entity says of which class it is; a person has none."),
    "statement.signed_ahead": _("It is signed on a day that has not come yet."),
    "statement.agent": _("Who signs as an agent is named."),
    "statement.controllers": _("A passive entity tells who controls it."),
    "statement.no_controllers": _("Only a passive entity tells who controls it."),
    "statement.person_twice": _("Two controlling persons have the same number."),
    "statement.person_unknown": _("There is no controlling person of this number."),
    "statement.exempt": _("Only persons of the military and the armed police are exempt."),
}


def change_notice_due(changed_on: date) -> date:
    """The day until which a new declaration is due after circumstances changed."""
    return changed_on + timedelta(days=NOTICE_DAYS)


def faults(told: Declaration, day: date) -> list[Fault]:
    """Everything that keeps a declaration from being submitted on a day; empty where nothing does."""
    if told.head.get("exempt"):
        return list(_exempt(told, day))
    return [
        *_head(told, day),
        *_controllers(told),
        *residence.faults(told, "", str(told.head.get("residency_status") or ""), person=told.person),
        *crs.faults(told, day),
    ]


def _exempt(told: Declaration, day: date) -> Iterator[Fault]:
    if not told.person:
        yield _fault("statement.exempt", "exempt")
    yield from _signed(told.head, day)


def _head(told: Declaration, day: date) -> Iterator[Fault]:
    yield from _missing(told.head, ("form_version", "residency_status"))
    if bool(told.head.get("entity_class")) == told.person:
        yield _fault("statement.class", "entity_class")
    if told.head.get("residency_status") in ("FOREIGN", "BOTH"):
        yield from _missing(told.head, _FOREIGN if told.person else _FOREIGN_ENTITY)
    yield from _signed(told.head, day)


def _signed(head: Row, day: date) -> Iterator[Fault]:
    yield from _missing(head, ("signed_on", "signed_as"))
    if (signed := head.get("signed_on")) and signed > day:
        yield _fault("statement.signed_ahead", "signed_on")
    if head.get("signed_as") == "AGENT" and not head.get("agent_name"):
        yield _fault("statement.agent", "agent_name")


def _controllers(told: Declaration) -> Iterator[Fault]:
    if told.passive and not told.persons:
        yield _fault("statement.controllers", "entity_class")
    if not told.passive and told.persons:
        yield _fault("statement.no_controllers", "person_no", "controlling_person")
    numbers = [row.get("person_no") for row in told.persons]
    for place, row in enumerate(told.persons):
        if numbers.index(row.get("person_no")) != place:
            yield _fault("statement.person_twice", "person_no", "controlling_person", place)
        yield from _controller(told, place, row)
    for place, row in enumerate(told.residences):
        if row.get("person_no") and row["person_no"] not in numbers:
            yield _fault("statement.person_unknown", "person_no", "tax_residence", place)


def _controller(told: Declaration, place: int, row: Row) -> Iterator[Fault]:
    """One controlling person, who makes a statement of their own."""
    status = str(row.get("residency_status") or "")
    needed = ("full_name", "residency_status", *(_FOREIGN if status in ("FOREIGN", "BOTH") else ()))
    yield from _missing(row, needed, "controlling_person", place)
    yield from residence.faults(told, str(row.get("person_no") or ""), status, person=True)


def _missing(
    row: Row, names: tuple[str, ...], facet: str = "tax_certification", place: int = 0
) -> Iterator[Fault]:
    for name in names:
        if not row.get(name):
            yield _fault("statement.needed", name, facet, place)


def _fault(code: str, name: str, facet: str = "tax_certification", place: int = 0) -> Fault:
    return Fault(code, _TEXTS[code], name, facet, place)
