"""A change request about a row, in words: the fields before, after and now, masked for whoever reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.rules.number import customer_no
from mdm.bulk.tables import own_fields, sealed_fields
from mdm.codes import get as code_list
from mdm.display import sensitive, shown
from mdm.errors import Text
from mdm.extension.values import values_of
from mdm.history.models import SINCE, Status, SubjectModel
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.access.sight import Sight
from security.approvals.gate import rules_of
from security.approvals.models import ChangeRequest
from security.approvals.policy import needed
from security.approvals.registry import Line, Shown

VIEW = "customer.view"
#: The operations on rows.
CHANGE, ADD, END = "row.change", "row.add", "row.end"


def show_row_request(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """What a request about a row asks for. `now` is told where the row has changed since, if the actor may see it."""
    facet = registry.facet(str(request.facts["facet"]))
    base: dict[str, Any] = request.base.open()
    before, told = read(facet, base["before"]), read(facet, base["after"])
    sight, now = _looked_at(request, facet, actor)
    fields = _fields(facet)
    lines = [
        _line(facet, fields[name], before, told, now, sight)
        for name in request.fields
        if name in fields and (request.operation != END or before.get(name) not in (None, ""))
    ]
    return Shown(row_request_title(request), lines, about=_named(request))


def row_request_title(request: ChangeRequest) -> Text:
    """What is asked, without a look into the database."""
    facet = registry.facet(str(request.facts["facet"]))
    what = facet.model._meta.verbose_name
    patterns = {ADD: _("New: {what}"), END: _("End: {what}")}
    return format_lazy(patterns.get(request.operation, _("Change: {what}")), what=what)


def field_labels(request: ChangeRequest) -> list[Text]:
    """The fields at stake in the reader's language."""
    facet = registry.facet(str(request.facts["facet"]))
    labels = {name: field.verbose_name for name, field in _fields(facet).items()}
    return [labels.get(name, name) for name in request.fields]


def _fields(facet: Facet) -> dict[str, Any]:
    """What a request may be about: the facet's own fields, and since when they are so."""
    since: Any = facet.model._meta.get_field(SINCE)
    return {field.attname: field for field in (*own_fields(facet.model, ended=True), since)}


def visible_requests(actor: Actor, rows: "QuerySet[ChangeRequest]") -> "QuerySet[ChangeRequest]":
    """Requests about no customer, or about one that the actor may see; asked inside `in_scope`."""
    if not actor.may(VIEW):
        return rows.filter(customer_id=None)
    seen = scoped(Customer.objects.all(), actor, VIEW).values("pk")
    return rows.filter(Q(customer_id=None) | Q(customer_id__in=seen))


def _named(request: ChangeRequest) -> Text:
    return customer_no(request.customer_id) if request.customer_id else ""


def _looked_at(request: ChangeRequest, facet: Facet, actor: Actor) -> tuple[Sight, Row | None]:
    """How the actor sees the customer, and the row of now where it is not the one the request builds on."""
    if not actor.may(VIEW):
        return Sight("strict"), None
    with in_scope(actor, VIEW):
        seen = scoped(Customer.objects.all(), actor, VIEW).filter(pk=request.customer_id or 0).first()
        sight = actor.sight(seen) if seen else Sight("strict")
        row: Any = None
        for target, version in request.versions.items():
            unseen = facet.model._default_manager.filter(pk=int(target.rpartition(":")[2]))
            row = unseen.exclude(version=version, status=Status.ACTIVE).first() if seen else None
    if row is None:
        return sight, None
    return sight, values_of(facet.model, row, own_fields(facet.model))


def _line(facet: Facet, field: Any, before: Row, told: Row, now: Row | None, sight: Sight) -> Line:
    """One field; a change that the mask does not show is marked, so that nobody approves what looks the same."""
    name = field.attname
    hides = sight.hides(facet.name, field.name)

    def said(row: Mapping[str, Any]) -> str:
        if hides and row.get(name) not in (None, ""):
            return str(_("(not shown to you)"))
        return str(shown(facet.model, field, row.get(name), row, sight.profile)["text"])

    was, will = said(before), said(told)
    differs = (before.get(name) or None) != (told.get(name) or None)
    masked = differs and was == will and (hides or sensitive(facet.model, field))
    clash = now is not None and (now.get(name) or None) != (before.get(name) or None)
    return Line(field.verbose_name, was, will, said(now) if now is not None else "", clash, masked)


@dataclass(frozen=True, slots=True)
class Waits:
    """What of a form about a row would wait for approval: fields (attnames) that a change of which waits, kinds of
    row that make it wait where they are chosen; whether all of it waits, and whether ending the row would."""

    fields: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ()
    whole: bool = False
    end: bool = False


def what_waits(actor: Actor, facet: Facet, party_type: str = "", row: SubjectModel | None = None) -> Waits:
    """What would wait if the actor changed this row, or added one: what the gate will ask, told before."""
    if actor.kind == "system":
        return Waits()
    names = [field.attname for field in own_fields(facet.model)]
    told = {name: getattr(row, name, "") for name in {facet.kind_field, "verified_state"} - {""}}

    def waits(operation: str, fields: list[str], kind: str = "") -> bool:
        facts = row_facts(facet, told, {facet.kind_field: kind} if kind else told)
        more = {"fields": fields, "party_type": party_type}
        return needed(operation, {**facts, **more}, rules_of(operation)) is not None

    coded = facet.model.CODES.get(facet.kind_field)
    kinds = [code for code, _label in code_list(coded).choices()] if coded else []
    if row is None:
        chosen = tuple(kind for kind in kinds if waits(ADD, names, kind))
        apart = frozenset(name for name in names if not kinds and waits(ADD, [name]))
        whole = len(chosen) == len(kinds) if kinds else len(apart) == len(names)
        return Waits(whole=True) if whole else Waits(apart, chosen)
    fields = frozenset(name for name in names if waits(CHANGE, [name]))
    other = facet.kind_field not in fields
    chosen = tuple(kind for kind in kinds if other and waits(CHANGE, [facet.kind_field], kind))
    return Waits(fields, chosen, end=waits(END, names))


def most_asked(facet_names: Iterable[str]) -> int:
    """How many approvals the rules in force ask at most of changing, adding or ending rows of these facets."""
    found = 0
    for facet in (registry.facet(name) for name in facet_names):
        coded = facet.model.CODES.get(facet.kind_field)
        facts = {
            "facet": facet.name,
            "kinds": [code for code, _label in code_list(coded).choices()] if coded else [],
            "fields": [field.attname for field in own_fields(facet.model)],
            "confirmed": ["", "VERIFIED"],
            "confirms": ["", "VERIFIED"],
            "primary": [True, False],
            "party_type": [code for code, _label in code_list("party_type").choices()],
        }
        for operation in (CHANGE, ADD, END):
            wanted = needed(operation, facts, rules_of(operation))
            found = max(found, wanted.checkers if wanted else 0)
    return found


def row_facts(facet: Facet, before: Row, told: Row) -> dict[str, Any]:
    """What rules look at: codes and states, no value of a customer."""
    kinds = {str(row.get(facet.kind_field) or "") for row in (before, told)} - {""}
    return {
        "facet": facet.name,
        "kinds": sorted(kinds),
        "confirmed": before.get("verified_state") or "",
        "confirms": told.get("verified_state") or "",
        "primary": bool(told.get("is_primary")),
    }


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them; `read` gives them back."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def read(facet: Facet, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a facet's fields out of JSON."""
    sealed = {field.attname for field in sealed_fields(facet.model)}
    fields = {field.attname: field for field in own_fields(facet.model)}
    return {
        name: value
        if name in sealed or value is None or name not in fields
        else fields[name].to_python(value)
        for name, value in values.items()
    }
