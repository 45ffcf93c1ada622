"""What who creates a customer may tell of it: rows that need a right of their own, fields that nobody tells, others."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.services.approving import CONFIRM, CONFIRMED
from customers.services.others import other_known, others_named
from customers.services.telling import refuse_numbers
from mdm.bulk.tables import built_in_fields
from mdm.errors import FieldError, Invalid, NotAllowed
from mdm.subjects import Bundle, Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import matches

#: What the right to create takes in: rows of the facets that every editor of customers may change.
BASIC = "customer.change"


def refuse_told(actor: Actor, bundle: Bundle, path: list[int], tags: list[str], right: str) -> None:
    """Refuse what this actor may not tell of a new customer at a branch path, with its tags; inside `in_scope`.

    As for rows that are added later: NotAllowed `access.denied` for rows that take a right of their own which is not
    held there, `field.locked` for fields that every role of the actor there keeps from being changed, Invalid
    `field.operated` for rows and fields that only an operation of their own tells, `other.unknown` for customers that
    the actor does not see, `reason.sensitive` for a number of a person in what names evidence.
    """
    for facet, _rows in _told(bundle):
        if facet.permission != BASIC and not actor.may_place(facet.permission, path, tags):
            denied = _("You do not have the right “%s”.") % facet.permission
            raise NotAllowed("access.denied", denied, [FieldError(f"/{facet.name}", "access.denied", denied)])
    locked = [
        place for facet, rows in _told(bundle) for place in _locked(actor, facet, rows, path, tags, right)
    ]
    if locked:
        kept = _("Your role may not change this field.")
        raise NotAllowed("field.locked", kept, [FieldError(one, "field.locked", kept) for one in locked])
    if operated := [place for facet, rows in _told(bundle) for place in _operated(facet, rows)]:
        text = _("This changes only by an operation of its own.")
        raise Invalid("field.operated", text, [FieldError(one, "field.operated", text) for one in operated])
    for facet, rows in _told(bundle):
        for at, row in enumerate(rows):
            refuse_numbers(row, f"/{facet.name}/{at}")
            for name, number in others_named(facet, row):
                permission = right if facet.permission == BASIC else facet.permission
                with in_scope(actor, permission):
                    other_known(actor, f"{facet.name}/{at}/{name}", number, permission)


def refuse_unproven(actor: Actor, bundle: Bundle, path: list[int], tags: list[str]) -> None:
    """Raise NotAllowed `contact.unproven` where somebody tells of a contact, as screening read it, that the customer
    has confirmed it, and is no system that sends one-time codes. Added to a customer it takes a second person."""
    if actor.kind == "system" or (actor.kind == "client" and actor.may_place(CONFIRM, path, tags)):
        return
    places = [
        f"/{facet.name}/{at}/verified_state"
        for facet, rows in _told(bundle)
        for at, row in enumerate(rows)
        if row.get("verified_state") == CONFIRMED
    ]
    if places:
        text = _("Only who sends one-time codes says that a contact is confirmed: leave it out.")
        raise NotAllowed(
            "contact.unproven", text, [FieldError(one, "contact.unproven", text) for one in places]
        )


def _told(bundle: Bundle) -> Iterator[tuple[Facet, list[Row]]]:
    return ((facet, bundle.rows(facet.name)) for facet in registry.facets() if bundle.rows(facet.name))


def _locked(
    actor: Actor, facet: Facet, rows: list[Row], path: list[int], tags: list[str], right: str
) -> Iterator[str]:
    """The places that are filled though all rights to tell such rows there lock them. A customer begins at the actor's
    own branch, and as what it is, whoever creates it."""
    wanted = {right, BASIC} if facet.permission == BASIC else {facet.permission}
    held = [one for one in actor.rights if one.permissions & wanted and one.at(path) and one.bears(tags)]
    if not all(one.locked for one in held):
        return
    for at, row in enumerate(rows):
        for name, value in sorted(row.items()):
            own = name in _OF_THE_RECORD or (name == "org" and value == actor.org_code)
            if value and not own and all(matches(one.locked, facet.name, name) for one in held):
                yield f"/{facet.name}/{at}/{name}"


def _operated(facet: Facet, rows: list[Row]) -> Iterator[str]:
    """The places that only an operation tells; what each new row begins with is no news, and in which states one may
    begin the models say (`customers.services.beginning`)."""
    if not facet.told:
        yield f"/{facet.name}"
        return
    begins = {field.attname: field.get_default() for field in built_in_fields(facet.model)}
    for at, row in enumerate(rows):
        for name in sorted((facet.model.OPERATED & set(row)) - _OF_THE_RECORD - set(facet.model.FIRST)):
            if not _begins(row[name], begins[name]):
                yield f"/{facet.name}/{at}/{name}"


def _begins(value: Any, begins: Any) -> bool:
    return value in (None, "") or value == begins


#: What a record says of itself, once.
_OF_THE_RECORD = frozenset({"party_type"})
