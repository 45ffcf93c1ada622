"""Reading one declaration of tax residence whole: its head, controlling persons, everybody's residences."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.customer import VIEW
from customers.selectors.gathering import Gathered, gather
from customers.selectors.rows import RowView, get_row, texts
from mdm.bulk.tables import own_fields
from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import NotFound
from mdm.extension.values import values_of
from mdm.history.models import Status
from mdm.subjects import Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from special_info.rules import reasonableness, statement
from special_info.rules.declaration import Declaration, Fault
from special_info.rules.records import gathered
from special_info.rules.states import TAX
from special_info.selectors.known import FACETS, known

HEAD, RESIDENCE, CONTROL = "tax_certification", "tax_residence", "controlling_person"
PARTS = (RESIDENCE, CONTROL)


@dataclass(frozen=True, slots=True)
class Looked:
    """A declaration with what the rules say of it on a day: faults, and what conflicts with what is known."""

    declaration: Declaration
    faults: list[Fault]
    indicia: list[str]

    @property
    def verdict(self) -> str:
        """PASSED, FAILED or OVERRIDDEN."""
        return reasonableness.verdict(self.indicia, str(self.declaration.head.get("explanation") or ""))


def look(head: Row, customer: Customer, day: date) -> Looked:
    """What the rules say of a declaration, read in the caller's transaction; `head` is its row in clear."""
    found = gather([customer.pk, *customer.members], {*FACETS, *PARTS})
    told = _declaration(head, found, customer)
    faults = statement.faults(told, day)
    return Looked(told, faults, reasonableness.indicia(told, known(found, day)))


def _declaration(head: Row, found: Gathered, customer: Customer) -> Declaration:
    """The parts that came with the head's own record and customer."""
    return gathered(head, lambda name: found.get(name, []), person=customer.party_type in PERSON_TYPES)


@dataclass(frozen=True, slots=True)
class DeclarationView:
    """A declaration to look at: its row and head of page, its parts, what the rules say, what may be done."""

    view: RowView
    residences: list[Any]
    persons: list[Any]
    looked: Looked
    operations: list[str]


def declaration_view(actor: Actor, row_id: int, *, at: datetime) -> DeclarationView:
    """One declaration; the read is logged. NotFound where there is none or it is out of scope."""
    view = get_row(actor, HEAD, row_id, at=at)
    row: Any = view.row
    with in_scope(actor, VIEW):
        residences, persons = (_parts(name, row) for name in PARTS)
        looked = look(_clear(row), view.customer, timezone.localtime(at).date())
    return DeclarationView(view, residences, persons, looked, TAX.allowed(row.tax_state))


def declaration_of(actor: Actor, number: str, row_id: int, *, at: datetime) -> DeclarationView:
    """The same, for a customer whose number is told. NotFound for another customer's declaration."""
    found = declaration_view(actor, row_id, at=at)
    if found.view.head["customer_no"] != number:
        raise NotFound("row.unknown", _("There is no such entry."))
    return found


def _parts(name: str, head: Any) -> list[Any]:
    model: Any = registry.facet(name).model
    rows = model._default_manager.filter(customer_id=head.customer_id, status=Status.ACTIVE)
    return list(rows.filter(certification_no=head.certification_no).order_by("pk"))


def _clear(row: Any) -> Row:
    model = registry.facet(HEAD).model
    return values_of(model, row, own_fields(model))


def shown_rows(actor: Actor, found: DeclarationView, name: str) -> list[dict[str, str]]:
    """The texts of the parts as the reader may see them."""
    sight = actor.sight(found.view.customer)
    rows = found.residences if name == RESIDENCE else found.persons
    return [{"id": str(row.pk), **texts(registry.facet(name), row, sight)} for row in rows]
