"""What an order to load says; its key, so that the same order is one run; what the matrix is told of it; a file name
safe to keep."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NotRequired, TypedDict

from cryptography.hazmat.primitives import hashes

from batch.formats.control import Mode
from batch.layouts.facet import FacetLayout
from batch.layouts.layout import Layout
from customers.selectors.requests import most_asked
from customers.services.told_rows import BASIC
from mdm.logs import scrub
from mdm.subjects import registry
from security.access.actor import Actor
from security.access.rights import ANY_GUARD
from security.approvals.gate import Case
from security.models import Organisation

RIGHT = OPERATION = "load.run"
_ODD = re.compile(r"[^A-Za-z0-9._-]")
#: As many digits as a telephone or an identity number has, and no date or serial number of a file.
_LONG_NUMBER = re.compile(r"\d{11,}[Xx]?")


class How(TypedDict):
    """How a file is to be taken: `file_name` is the sender's name of it, `accept_missing` that a full file may leave
    out more than a fifth of what its source has told."""

    mode: Mode | None
    business_date: date | None
    at: datetime
    file_name: NotRequired[str]
    accept_missing: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that was looked at as a whole, and how it is to be taken: JSON-ready, for it may have to wait.

    `day` is its business date (ISO 8601), `sm3` and `bytes` those of the file, `rows` what it holds.
    """

    layout: str
    file: str
    mode: Mode
    accept_missing: bool
    sm3: str
    bytes: int
    rows: int
    day: str

    @property
    def business_date(self) -> date:
        """The day that the file stands for."""
        return date.fromisoformat(self.day)

    def params(self) -> dict[str, Any]:
        """What a run keeps of it among its inputs."""
        return {name: told for name, told in asdict(self).items() if name not in ("rows", "day")}


def safe_name(name: str) -> str:
    """A name of ASCII letters, digits, `-`, `_` and `.`, without what may be a person's number or name."""
    return _ODD.sub("_", _LONG_NUMBER.sub("_", scrub(name)))[-200:]


def key_of(job: str, params: Mapping[str, Any], day: date) -> str:
    """What makes two orders the same: file, layout, day, how it is taken, whose customers it may touch, as whom."""
    told = hashes.Hash(hashes.SM3())
    how = [params[name] for name in ("mode", "accept_missing", "orgs", "guards")]
    told.update(repr([*how, *params.get("sources", ())]).encode())
    return f"{job}|{params['layout']}|{day}|{params['sm3']}|{told.finalize().hex()[:16]}"


def reach_of(actor: Actor) -> dict[str, Any]:
    """How far a load writes that an actor orders (`batch.pipeline.job.Reach`), as a run keeps it. The kinds of
    protected customers are those which every right to load has: no right lends its list to another's branch."""
    orgs = actor.orgs(RIGHT)
    listed = [right.guarded for right in actor.held(RIGHT)]
    every = all(ANY_GUARD in one for one in listed)
    guards = None if every else sorted(frozenset.intersection(*listed))
    return {"orgs": None if orgs is None else sorted(orgs), "guards": guards}


def case_of(actor: Actor, order: Delivered, layout: Layout) -> Case:
    """What the gate is told of a delivery. `approvals` is how many the same entries may take on screen: at least one
    where who delivers could not enter some of them there."""
    place = _place(actor)
    target = f"file:{order.layout}:{order.day}:{order.mode}:{order.sm3[:32]}"
    facets = facets_of(layout)
    facts = {
        **order.params(),
        "rows": order.rows,
        "day": order.day,
        "source": layout.source_system,
        "facets": facets,
        "approvals": max(most_asked(facets), int(_beyond(actor, facets))),
        "asker": actor.kind,
    }
    path, code = (place.path, place.code) if place else ([], "")
    return Case(OPERATION, target, RIGHT, path, code, fields=[order.layout], facts=facts)


def facets_of(layout: Layout) -> list[str]:
    """The facets that a layout tells rows of. A check of a document, and a batch, change what they are about."""
    if isinstance(layout, FacetLayout):
        return [layout.facet]
    targets = (column.target(is_person) for column in layout.columns for is_person in (True, False))
    composed = (one.row.partition("[")[0] for one in layout.composed)
    return sorted({target.facet for target in targets if target is not None}.union(composed))


def _beyond(actor: Actor, facets: Iterable[str]) -> bool:
    """Whether rows of one of these facets take a right of their own that the actor does not hold wherever the order
    reaches. What changing any customer takes is in the right to load."""
    own = {registry.facet(name).permission for name in facets} - {BASIC}
    return any(not actor.may_at(permission, path) for permission in own for path in _paths(actor))


def _paths(actor: Actor) -> list[list[int]]:
    """The branches that the order reaches."""
    orgs = actor.orgs(RIGHT)
    found = (
        Organisation.objects.filter(parent=None) if orgs is None else Organisation.objects.filter(pk__in=orgs)
    )
    return list(found.values_list("path", flat=True))


def _place(actor: Actor) -> Organisation | None:
    """The branch above all that the order reaches: there it is decided."""
    orgs = actor.orgs(RIGHT)
    if orgs is None:
        return Organisation.objects.filter(parent=None).order_by("pk").first()
    paths = [set(path) for path in Organisation.objects.filter(pk__in=orgs).values_list("path", flat=True)]
    above = set.intersection(*paths) if paths else set()
    return Organisation.objects.filter(pk__in=above).order_by("-path__len").first()
