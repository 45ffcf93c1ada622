"""A duplicate case on one page: both customers field by field, masked, and why matching thinks what it thinks.

Values are compared in clear on the server and shown masked, so that two numbers that look alike under the
mask are still told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consolidation.matching.explain import explain
from consolidation.models import ReviewCase
from consolidation.selectors.cases import VIEW
from consolidation.selectors.comparing import Sides, open_case, sides_of
from consolidation.selectors.policies import current_policy
from consolidation.selectors.signatures import signatures_of_customers
from customers.selectors.gathering import Gathered, gather
from mdm.bulk.tables import AnyField, own_fields
from mdm.display import shown
from mdm.errors import Text
from mdm.subjects import Facet, Row, registry
from security.access.actor import Actor
from security.access.scope import in_scope
from security.access.sight import Sight
from security.audit.log import record

AGREE, DIFFER, MISSING = "agree", "differ", "missing"
#: What tells nothing about who somebody is: technical marks, and what a source orders its rows by.
_LEFT_OUT = {"customer": {"org_id", "opened_on", "segment", "language"}}


@dataclass(frozen=True, slots=True)
class Compared:
    """One field on both sides as the reader may see it; `verdict` is by the clear values."""

    label: Text
    one: str
    other: str
    verdict: str
    masked_alike: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The fields of one facet."""

    label: Text
    rows: list[Compared]


@dataclass(frozen=True, slots=True)
class Weight:
    """What one comparison proves, in bits: positive for the same customer, negative against."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A case, its two customers, what they tell, and the weights, heaviest first."""

    sides: Sides
    groups: list[Group]
    weights: list[Weight]

    @property
    def conflicts(self) -> int:
        """How many fields differ."""
        return sum(row.verdict == DIFFER for group in self.groups for row in group.rows)


def side_by_side(actor: Actor, case_id: int, *, at: datetime) -> SideBySide:
    """A case with its two customers; the read is logged for both. NotFound `case.unknown`."""
    with in_scope(actor, VIEW):
        sides = sides_of(open_case(actor, case_id, VIEW))
        for row, other in ((sides.one, sides.other), (sides.other, sides.one)):
            record(
                actor,
                "case.read",
                at,
                subject="case",
                object_id=case_id,
                customer_id=row.pk,
                fields={"other": other.pk},
            )
        told = [gather(sorted(family)) for family in sides.families]
        sights = (actor.sight(sides.one), actor.sight(sides.other))
        groups = [group for facet in registry.facets() if (group := _group(facet, told, sights)).rows]
        return SideBySide(sides, groups, _weights(sides.case))


def _group(facet: Facet, told: Sequence[Gathered], sights: tuple[Sight, Sight]) -> Group:
    fields = [f for f in own_fields(facet.model) if f.attname not in _LEFT_OUT.get(facet.name, ())]
    rows = [side.get(facet.name, []) for side in told]
    found = [_compared(facet, field, rows, sights) for field in fields]
    return Group(facet.model._meta.verbose_name or "", [row for row in found if row.one or row.other])


def _compared(
    facet: Facet, field: AnyField, rows: Sequence[list[Row]], sights: tuple[Sight, Sight]
) -> Compared:
    """Several rows of one side are one set: two telephones in another order agree."""
    clear = [{str(row.get(field.attname)) for row in side if _told(row.get(field.attname))} for side in rows]
    texts = [_texts(facet, field, side, sight) for side, sight in zip(rows, sights, strict=True)]
    both = bool(clear[0] and clear[1])
    verdict = (AGREE if clear[0] & clear[1] else DIFFER) if both else MISSING
    alike = verdict == DIFFER and bool(set(texts[0]) & set(texts[1]))
    return Compared(field.verbose_name, "; ".join(texts[0]), "; ".join(texts[1]), verdict, alike)


def _told(value: Any) -> bool:
    return value not in (None, "", False)


def _texts(facet: Facet, field: AnyField, rows: list[Row], sight: Sight) -> list[str]:
    """The different values of one side as shown, in order."""
    told = [
        str(shown(facet.model, field, row.get(field.attname), row, sight)["text"])
        for row in rows
        if _told(row.get(field.attname))
    ]
    return list(dict.fromkeys(told))


def _weights(case: ReviewCase) -> list[Weight]:
    """What matching has compared: the two records of the evidence as their signatures stand now."""
    ends = [(told["left"], told["right"]) for told in case.evidence[:1]] or [
        (case.customer_id, case.other_id)
    ]
    left, right = (signatures_of_customers([end]) for end in ends[0])
    if not len(left) or not len(right):
        return []
    found = [
        Weight(one.field, one.level, round(one.bits, 1)) for one in explain(left, right, current_policy())
    ]
    return sorted((one for one in found if abs(one.bits) >= 0.05), key=lambda one: -abs(one.bits))
