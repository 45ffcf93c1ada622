"""What a definition would change: counted where somebody asks for it, and kept with the request for who decides.

Rows are counted by the database. Values are sealed, so those that would break a rule are counted by opening them: all
where there are few, else an even sample, from which the whole is estimated.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import Max, Min, QuerySet

from mdm.bulk.reading import open_rows
from mdm.dictionary.layouts import layouts
from mdm.extension.attributes import Attribute
from mdm.extension.models import AttributeDefinition
from mdm.history.models import Status, SubjectModel
from mdm.quality.attributes import broken_rules
from mdm.quality.models import QualityIssue
from mdm.subjects import Facet, Row, registry
from security.access.actor import system_actor
from security.access.scope import in_scope

#: Rows whose values are opened for counting, and from how many places of the table they are taken if there are more.
LOOKED_AT, PLACES = 2_000, 20
_CHUNK = 2_000
_SEES = "customer.view"


@dataclass(frozen=True, slots=True)
class Impact:
    """Counts over all customers, of no one's values: `rows` of the facet in force, of how many `customers`;
    `held` rows have a value, `broken` says by rule how many rows would break it. `whole` is False where there were
    too many rows with attributes to look at each: then these two are estimated from the `looked_at`. `layouts` tell
    the facet, `columns` of them (`layout.column`) the attribute; `rules` are those that will be kept, `issues` are
    open by now."""

    rows: int
    customers: int
    held: int
    broken: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    layouts: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    issues: int = 0
    looked_at: int = 0


def impact(told: AttributeDefinition) -> Impact:
    """What comes of a definition, stored or only meant."""
    facet, attribute = registry.facet(told.facet), Attribute(told)
    owner = "pk" if facet.name == "customer" else "customer_id"
    with in_scope(system_actor("dictionary", [_SEES]), _SEES):
        rows = in_force(facet)
        count, customers = rows.count(), rows.values(owner).distinct().count()
        filled = rows.filter(extension__isnull=False)
        there, broken = filled.count(), Counter[str]()
        held = seen = 0
        for row in values_held(rows, facet) if there <= LOOKED_AT else _sample(filled, facet):
            value = row.get(attribute.key)
            held, seen = held + (value not in (None, "", False)), seen + 1
            broken.update(broken_rules(attribute, value))
        issues = QualityIssue.objects.filter(facet=facet.name, field=attribute.key, state="OPEN").count()
    share = there / seen if seen else 1.0
    found = {code: round(number * share) for code, number in sorted(broken.items())}
    found |= {"X01": count - round(held * share)} if told.required else {}
    return Impact(
        count,
        customers,
        round(held * share),
        {code: number for code, number in sorted(found.items()) if number},
        seen == there,
        [
            one.name
            for one in layouts().values()
            if one.headed and one.tells(told.facet, _slot(told, one.name))
        ],
        [f"{name}.{place['column']}" for name, place in sorted(told.columns.items())],
        rules_of(attribute),
        issues,
        seen,
    )


def _sample(filled: QuerySet[Any], facet: Facet) -> Iterator[Row]:
    """`LOOKED_AT` rows from places spread evenly over the table, opened."""
    ends = filled.aggregate(first=Min("pk"), last=Max("pk"))
    step = (ends["last"] - ends["first"] + 1) / PLACES
    starts = [ends["first"] + round(step * place) for place in range(PLACES + 1)]
    for start, end in pairwise(starts):
        some = filled.filter(pk__gte=start, pk__lt=end).order_by("pk").values("id", "extension")
        rows = [dict(row) for row in some[: LOOKED_AT // PLACES]]
        open_rows(facet, rows)
        yield from rows


def _slot(told: AttributeDefinition, layout: str) -> str:
    return str(told.columns.get(layout, {}).get("slot", ""))


def rules_of(attribute: Attribute) -> list[str]:
    """The rules that the definition sets up."""
    told = attribute.told
    wanted = {
        "X01": told.required,
        "X02": told.kind == "text",
        "X03": bool(told.minimum or told.maximum),
        "X04": bool(told.pattern),
        "X05": told.kind == "code",
        "X06": True,
    }
    return [code for code, kept in wanted.items() if kept]


def in_force(facet: Facet) -> QuerySet[SubjectModel]:
    """The rows of a facet that hold."""
    return facet.model._default_manager.filter(status=Status.ACTIVE)


def values_held(rows: QuerySet[Any], facet: Facet) -> Iterator[Row]:
    """Those of the rows of a facet that have values of any attribute, opened, to the last. For counting, never for
    showing."""
    held = rows.filter(extension__isnull=False).order_by("pk").values("id", "extension")
    after = 0
    while found := [dict(row) for row in held.filter(pk__gt=after)[:_CHUNK]]:
        after = found[-1]["id"]
        open_rows(facet, found)
        yield from found
