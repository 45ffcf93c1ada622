"""The columns that an exported list may have: those of the list, and every field of every facet, masked as shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.selectors.gathering import Gathered, gather_each
from customers.survivorship import distinct, golden_values
from mdm.bulk.tables import field_of, own_fields
from mdm.display import shown
from mdm.errors import Invalid, Text
from mdm.extension.attributes import attribute_of
from mdm.subjects import Facet, registry
from security.access.actor import Actor

#: The columns of the list itself, with what they are called; a list always has them where nobody chose others.
LISTED: dict[str, Text] = {
    "customer_no": _("Customer number"),
    "display_name": _("Customer"),
    "party_type": _("Kind"),
    "org": _("Branch"),
    "credential": _("Main document"),
    "status": _("Status"),
    "status_code": _("Code of the status"),
}
#: The most columns that one export has.
MOST = 80


@dataclass(frozen=True, slots=True)
class Group:
    """The columns of one facet (empty name: of the list itself), each with its name and what it is called."""

    name: str
    label: Text
    columns: list[tuple[str, Text]]


def groups(actor: Actor) -> list[Group]:
    """What the actor may choose from; what its roles hide everywhere is not offered."""
    facets = [_group(actor, facet) for facet in registry.facets()]
    return [Group("", _("The list"), list(LISTED.items())), *(one for one in facets if one.columns)]


def _group(actor: Actor, facet: Facet) -> Group:
    sight = actor.one_sight
    offered: list[tuple[str, Text]] = [
        (f"{facet.name}.{f.attname}", f.verbose_name)
        for f in own_fields(facet.model)
        if sight is None or not sight.hides(facet.name, f.attname)
    ]
    return Group(facet.name, facet.model._meta.verbose_name or facet.name, offered)


def standard() -> tuple[str, ...]:
    """The columns of an export for which nobody chose any: those of the list, and the bank's own attributes."""
    grown = (
        f"{facet.name}.{f.attname}"
        for facet in registry.facets()
        for f in own_fields(facet.model)
        if attribute_of(f) is not None
    )
    return (*LISTED, *grown)


def chosen(actor: Actor, names: Sequence[str]) -> tuple[str, ...]:
    """The columns as chosen, each once; none for none. Invalid `export.column` for one that is not offered, or for
    too many."""
    told = tuple(dict.fromkeys(names))
    known = {name for group in groups(actor) for name, _label in group.columns} if told else set()
    unknown = [name for name in told if name not in known]
    if unknown:
        raise Invalid("export.column", _("There is no column “%s”.") % unknown[0])
    if len(told) > MOST:
        raise Invalid("export.column", _("Choose at most 80 columns."))
    return told


def texts(actor: Actor, customers: Sequence[Customer], names: Sequence[str]) -> list[dict[str, str]]:
    """What columns of facets say of golden customers, as the actor sees each; inside `in_scope`."""
    wanted = [(name, *name.split(".", 1)) for name in names if name not in LISTED]
    facets = frozenset(facet for _name, facet, _field in wanted)
    if not facets:
        return [{} for _golden in customers]
    families = {golden.pk: (golden.pk, *golden.members) for golden in customers}
    gathered = gather_each(families, facets)
    return [
        {
            name: "; ".join(dict.fromkeys(_told(registry.facet(facet), field, gathered[golden.pk], sight)))
            for name, facet, field in wanted
        }
        for golden in customers
        for sight in (actor.sight(golden),)
    ]


def _told(facet: Facet, name: str, found: Gathered, sight: str) -> Iterator[str]:
    """The texts of a field: of several rows each that says something."""
    rows, field = found.get(facet.name, []), field_of(facet, name)
    if not rows:
        return
    values = [group[0] for group in distinct(facet, rows)] if facet.multiple else [golden_values(facet, rows)]
    for value in values:
        if text := str(shown(facet.model, field, value[field.attname], value, sight)["text"]):
            yield text
