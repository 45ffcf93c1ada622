"""Adding, changing and ending attributes: asked for by one authorised person, agreed to by another."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from mdm.dictionary import versions
from mdm.dictionary.checking import check, facet_of
from mdm.dictionary.content import TOLD, definition, digest
from mdm.dictionary.impact import Impact, impact
from mdm.dictionary.indexing import fill_again
from mdm.errors import Duplicate, NotFound, Stale
from mdm.extension.attributes import PREFIX
from mdm.extension.kinds import Kind
from mdm.extension.models import AttributeDefinition, DictionaryVersion
from mdm.history.writing import require_reason
from mdm.subjects import Facet
from security.access.actor import Actor
from security.approvals.gate import Case, require_approval
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit.log import record
from security.models import Organisation

CHANGE, RIGHT = "attribute.change", "dictionary.change"
Json = dict[str, Any]
#: What the choices of a definition mean.
CHOICES: dict[str, dict[str, Any]] = {
    "kind": dict(Kind.choices),
    "severity": {"WARN": _("keep the value, raise an issue"), "BLOCK": _("refuse the entry")},
    "mask": {
        "": _("in clear"),
        "free_text": _("nothing of it"),
        "person_name": _("masked as a name"),
        "phone": _("masked as a telephone number"),
        "email": _("masked as an e-mail address"),
        "other_id": _("masked as a document number"),
        "card": _("masked as an account or card"),
        "birth_date": _("masked as a birth date"),
        "amount": _("masked as an amount"),
    },
}
#: Any number for the lock under which definitions change one after the other.
_LOCK = 0x0A77B


def labels() -> dict[str, Any]:
    """What the members of a definition are called."""
    fields = {field.name: field for field in AttributeDefinition._meta.concrete_fields}
    return {name: fields[name].verbose_name for name in TOLD}


def change(
    actor: Actor,
    facet: str,
    name: str,
    told: Mapping[str, Any],
    *,
    reason: str,
    at: datetime,
    opened: str | None = None,
    version: int | None = None,
) -> Done:
    """Add an attribute to a facet, or change it (`valid_to` ends it), or ask for it.

    `told` holds every member of a definition (`TOLD`), JSON-ready; `opened` is the `tag` of what whoever tells it
    has seen, `version` its `version_of`, 0 for what shall be new; None where they say nothing of it. Raises what
    `do_change` raises, Stale `row.stale`, Duplicate `attribute.exists`, `approval.open`.
    """
    actor.require(RIGHT)
    stored = _stored(facet, name)
    if version == 0 and stored:
        raise Duplicate("attribute.exists", _("There is such an attribute already: change that."))
    if (opened is not None and opened != tag(stored)) or (version and version != version_of(stored)):
        raise _stale()
    arguments = {"facet": facet, "name": name, "told": dict(told), "base": _state(stored)}
    return perform(actor, CHANGE, arguments, reason=require_reason(reason), at=at)


def tag(row: AttributeDefinition | None) -> str:
    """Tells apart what a definition said and what it says now; empty where there is none."""
    return digest(definition(row)) if row else ""


def version_of(row: AttributeDefinition | None) -> int:
    """How often a definition was written: each time it made a version of the dictionary. 0 where there is none."""
    return DictionaryVersion.objects.filter(about=str(row)).count() if row else 0


def _stale() -> Stale:
    return Stale("row.stale", _("Somebody has changed this since you opened it."))


def foreseen(actor: Actor, facet: str, name: str, told: Mapping[str, Any], *, at: datetime) -> Impact:
    """What would come of a definition; nothing is asked for yet. Raises as `do_change` does."""
    actor.require(RIGHT)
    check(facet_of(facet), name, told, _stored(facet, name))
    with transaction.atomic():
        record(actor, "dictionary.preview", at, subject="dictionary", fields={"attribute": f"{facet}.{name}"})
    return impact(_meant(facet, name, told))


def attributes(actor: Actor) -> list[AttributeDefinition]:
    """Every definition, by facet and name."""
    actor.require(versions.VIEW)
    return list(AttributeDefinition.objects.order_by("facet", "name"))


def attribute(actor: Actor, facet: str, name: str) -> AttributeDefinition:
    """One definition. NotFound `attribute.unknown`."""
    actor.require(RIGHT)
    found = _stored(facet, name)
    if found is None:
        raise NotFound("attribute.unknown", _("There is no such attribute."))
    return found


def do_change(actor: Actor, asked: Mapping[str, Any], reason: str, at: datetime) -> AttributeDefinition:
    """Write the definition and the next version of the dictionary, or ask at the gate.

    NotAllowed; Invalid with codes `attribute.…`; Stale where the definition has moved on.
    """
    actor.require(RIGHT)
    facet, name, told = facet_of(asked["facet"]), str(asked["name"]), asked["told"]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        stored = _stored(facet.name, name)
        before = _state(stored)
        if before != asked["base"]:
            raise _stale()
        check(facet, name, told, stored)
        changed = [member for member in TOLD if before.get(member) != told[member]]
        require_approval(actor, _case(actor, facet, name, told, before, changed))
        row = _meant(facet.name, name, told, stored)
        row.updated_at, row.updated_by = at, actor.name
        row.save()
        number = versions.keep(actor, str(row), reason=reason, at=at)
        if before and _indexed(before) != _indexed(told):
            fill_again(actor, facet, at)
        fields = {"attribute": str(row), "fields": changed, "version": number}
        record(actor, CHANGE, at, subject="dictionary", object_id=row.pk, fields=fields, reason=reason)
    return row


def _stored(facet: str, name: str) -> AttributeDefinition | None:
    return AttributeDefinition.objects.filter(facet=facet, name=name).first()


def _state(row: AttributeDefinition | None) -> Json:
    return {} if row is None else definition(row)


def _meant(
    facet: str, name: str, told: Mapping[str, Any], stored: AttributeDefinition | None = None
) -> AttributeDefinition:
    """The row that a checked definition makes."""
    row = stored or AttributeDefinition(facet=facet, name=name)
    for member in TOLD:
        setattr(row, member, told[member])
    row.valid_from = date.fromisoformat(told["valid_from"])
    row.valid_to = date.fromisoformat(told["valid_to"]) if told["valid_to"] else None
    return row


def _indexed(told: Mapping[str, Any]) -> Any:
    """What decides which values are in the lookup index: whether it is searchable, and if so, when."""
    return told["searchable"] and (told["valid_from"], told["valid_to"])


def _case(
    actor: Actor, facet: Facet, name: str, told: Mapping[str, Any], before: Json, changed: list[str]
) -> Case:
    """What is about to be done; for who decides with what would come of it, counted once, when it is asked for."""
    head = Organisation.objects.get(parent=None)
    return Case(
        operation=CHANGE,
        target=f"attribute:{facet.name}.{name}",
        permission=RIGHT,
        org_path=head.path,
        org_code=head.code,
        fields=changed,
        base=before,
        facts={
            "facet": facet.name,
            "name": name,
            "fields": changed,
            "new": not before,
            "unmasked": bool(before.get("mask")) and not told["mask"],
            **({} if actor.approval else {"impact": asdict(impact(_meant(facet.name, name, told)))}),
        },
    )


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """What of the definition would change, and what would come of it as it was counted when it was asked for; nothing
    of it is of one customer."""
    asked, before = request.arguments.open(), request.base.open() if request.base else {}
    now, named = _state(_stored(asked["facet"], asked["name"])), labels()
    lines = [
        Line(
            named[member],
            said(before.get(member), member),
            said(asked["told"][member], member),
            said(now.get(member), member),
            before.get(member) != now.get(member),
        )
        for member in request.fields
        if said(before.get(member)) or said(asked["told"][member])
    ]
    if counted := request.facts.get("impact"):
        lines += [Line(label, "", text) for label, text in told_impact(Impact(**counted))]
    return Shown(title(request), lines, about=_named(request.facts))


def told_impact(found: Impact) -> list[tuple[Any, str]]:
    """The counts of an impact in words."""
    about = "" if found.whole else "≈ "
    broken = ", ".join(f"{code} {about}{number:,}" for code, number in found.broken.items())
    looked = _("all of them") if found.whole else _("estimated from %s of them") % f"{found.looked_at:,}"
    return [
        (_("Customers concerned"), f"{found.customers:,}"),
        (_("Entries concerned"), f"{found.rows:,}"),
        (_("Entries with a value"), f"{about}{found.held:,}"),
        (_("Entries that would break a rule"), broken or "0"),
        (_("Entries with attributes looked at"), str(looked)),
        (_("Rules"), ", ".join(found.rules)),
        (_("Layouts that tell such entries"), ", ".join(found.layouts) or "—"),
        (_("Columns of files"), ", ".join(found.columns) or "—"),
        (_("Open issues"), f"{found.issues:,}"),
    ]


def said(value: Any, member: str = "") -> str:
    """A member of a definition as text."""
    if member in CHOICES and value is not None:
        return str(CHOICES[member].get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, Mapping):
        places = (
            f"{name} {place['column']} {place.get('slot', '')}".strip() for name, place in value.items()
        )
        return "; ".join(places)
    return "" if value is None else str(value)


def title(request: ChangeRequest) -> Any:
    """What is asked, of which attribute."""
    what = _("New attribute") if request.facts.get("new") else _("Change an attribute")
    return format_lazy("{what}: {name}", what=what, name=_named(request.facts))


def _named(facts: Mapping[str, Any]) -> str:
    return f"{facts['facet']}.{PREFIX}{facts['name']}"


def _fields(request: ChangeRequest) -> list[Any]:
    named = labels()
    return [
        _named(request.facts),
        *(named[member] for member in request.fields),
    ]


def rebased(actor: Actor, asked: Mapping[str, Any]) -> Json:
    """The same on what stands now."""
    return {**asked, "base": _state(_stored(asked["facet"], asked["name"]))}


def blank() -> Json:
    """A definition with nothing in it yet, from today on; masked unless somebody says otherwise."""
    return definition(AttributeDefinition(kind="text", mask="free_text", valid_from=timezone.localdate()))


def register_operations() -> None:
    """Tell the engine of approvals of this operation (`AppConfig.ready`)."""
    label = _("Changing an attribute")
    register(Operation(CHANGE, label, RIGHT, do_change, show, rebase=rebased, title=title, fields=_fields))
