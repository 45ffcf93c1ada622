"""Reading requests: who sees which, the inbox, one request with its steps, the counts of the menu."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid
from security.access.actor import Actor
from security.access.scope import in_scope, scope_q
from security.approvals.models import ChangeRequest, Step
from security.approvals.persons import VIEW, decides, standing_in
from security.approvals.registry import narrowed
from security.approvals.requests import unknown
from security.approvals.states import Move, State
from security.audit.log import record
from security.models import Role

#: The boxes of the inbox.
DECIDE, MINE, ALL = "decide", "mine", "all"
BOXES = (DECIDE, MINE, ALL)
#: What a list may be narrowed by.
FILTERS = {"state": "state", "operation": "operation", "org": "org_code"}
#: Requests are counted up to here.
COUNTED = 100
#: The rights of who looks on: auditors and supervisors of what others do.
_LOOKS_ON = "audit.view"
LARGEST = 200
#: How a history row names the request under which it was written.
_NUMBER = re.compile(r"CR-([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of requests, the id after which the next begins (None on the last)."""

    rows: list[ChangeRequest]
    next: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """One request with its steps, oldest first, and what this reader may do with it."""

    request: ChangeRequest
    steps: list[Step]
    may_decide: bool
    is_maker: bool
    approvals: int


def inbox(
    actor: Actor,
    box: str,
    *,
    at: datetime,
    after: int | None = None,
    size: int = 25,
    filters: Mapping[str, str] | None = None,
) -> Inbox:
    """A page of a box, newest first. Invalid `filter.unknown` for a filter or a box that there is not."""
    chosen = dict(filters or {})
    unfit = sorted(set(chosen) - set(FILTERS)) or ([box] if box not in BOXES else [])
    if unfit:
        raise Invalid("filter.unknown", _("There is no filter “%s”.") % unfit[0])
    with in_scope(reader := standing_in(actor, at), VIEW):
        rows = _in_box(reader, box).filter(
            **{FILTERS[name]: value for name, value in chosen.items() if value}
        )
        size = max(1, min(size, LARGEST))
        below = rows.filter(pk__lt=after) if after is not None else rows
        found = list(below.select_related("maker").order_by("-pk")[: size + 1])
        fields = {"shown": len(found[:size]), "box": box, "filters": sorted(chosen)}
        about = [row.customer_id for row in found[:size] if row.customer_id is not None]
        record(actor, "approval.list", at, subject="change_request", fields=fields, shown=about)
        return Inbox(found[:size], found[size - 1].pk if len(found) > size else None)


def get(actor: Actor, request_id: int, *, at: datetime) -> Told:
    """One request; the read is logged. NotFound `approval.unknown` where the actor may not see it."""
    from security.approvals.deciding import may_decide  # which asks this module what is visible

    with in_scope(reader := standing_in(actor, at), VIEW):
        request = _visible(reader).select_related("maker__org").filter(pk=request_id).first()
        if request is None:
            raise unknown()
        steps = list(request.steps.order_by("at", "pk"))
        record(
            actor,
            "approval.read",
            at,
            subject="change_request",
            object_id=request.pk,
            customer_id=request.customer_id,
        )
    assents = [s for s in steps if s.move == Move.ASSENT and s.round == request.round]
    return Told(
        request, steps, may_decide(actor, request, at), actor.user_id == request.maker_id, len(assents)
    )


def sees(actor: Actor, request: ChangeRequest, at: datetime) -> bool:
    """Whether an actor may see a request."""
    if not actor.may(VIEW):
        return False
    with in_scope(reader := standing_in(actor, at), VIEW):
        return _visible(reader).filter(pk=request.pk).exists()


def waiting(actor: Actor, at: datetime) -> dict[str, int]:
    """How many requests wait for the actor's decision, and how many of its own came back; up to COUNTED.

    Asked on every page, so in one question.
    """
    if not actor.may(VIEW):
        return {DECIDE: 0, MINE: 0}
    with in_scope(reader := standing_in(actor, at), VIEW):
        own = Q(maker_id=actor.user_id, state=State.RETURNED)
        states = _visible(reader).filter(_waits(reader) | own).values_list("state", flat=True)
        found = Counter(states[: 2 * COUNTED])
    return {DECIDE: found[State.PENDING], MINE: found[State.RETURNED]}


def roles_deciding(permission: str) -> list[Role]:
    """The roles that hold a right to decide, by code."""
    return list(Role.objects.filter(permissions__contains=[permission]).order_by("code"))


def about_customer(actor: Actor, customer_ids: list[int], *, at: datetime) -> list[ChangeRequest]:
    """Open requests about a customer that the actor may see, newest first."""
    if not actor.may(VIEW):
        return []
    with in_scope(reader := standing_in(actor, at), VIEW):
        rows = _visible(reader).filter(customer_id__in=customer_ids, state=State.PENDING)
        return list(rows.select_related("maker").order_by("-pk")[:20])


def request_of(request_id: str | None) -> int | None:
    """The request that a history row names as the one under which it was written; None where it names another."""
    told = _NUMBER.fullmatch(request_id or "")
    return int(told[1]) if told else None


def with_approvers(changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of a history, each with who approved it (`approved_by`), in the order in which they did."""
    asked = [request_of(one["request_id"]) for one in changes]
    known = approvers([pk for pk in asked if pk]) if any(asked) else {}
    return [{**one, "approved_by": known.get(pk or 0, [])} for one, pk in zip(changes, asked, strict=True)]


def approvers(request_ids: list[int]) -> dict[int, list[str]]:
    """Who agreed to some requests in their last round: what history shows beside a change. No scope is
    asked: the caller shows rows that name these requests."""
    from security.approvals.requests import anywhere

    found: dict[int, list[str]] = {}
    with in_scope(anywhere(), VIEW):
        agreed = Step.objects.filter(request_id__in=request_ids, move__in=[Move.ASSENT, Move.APPROVE])
        for told in agreed.select_related("request").order_by("at", "pk"):
            if told.round == told.request.round:
                found.setdefault(told.request_id, []).append(told.actor)
    return found


def _in_box(actor: Actor, box: str) -> QuerySet[ChangeRequest]:
    visible = _visible(actor)
    if box == MINE:
        return visible.filter(maker_id=actor.user_id)
    return visible.filter(_waits(actor)) if box == DECIDE else visible


def _waits(actor: Actor) -> Q:
    """Requests that wait for this actor: not its own, and not agreed to already."""
    agreed = Step.objects.filter(move=Move.ASSENT, actor=actor.name, round=F("request__round"))
    done = Q(maker_id=actor.user_id) | Q(pk__in=agreed.values("request_id"))
    return _decidable(actor) & Q(state=State.PENDING) & ~done


def _visible(actor: Actor) -> QuerySet[ChangeRequest]:
    """One's own; those one may decide at any level; at one's branches all, for who looks on."""
    rows = ChangeRequest.objects.all()
    seen = Q(maker_id=actor.user_id) | _decidable(actor, any_level=True)
    if actor.may(_LOOKS_ON):
        seen |= scope_q(actor, _LOOKS_ON, customers=False)
    return narrowed(actor, rows.filter(seen))


def _decidable(actor: Actor, *, any_level: bool = False) -> Q:
    """Requests at whose branch the actor holds a right of a level reached (or of any level)."""
    rights = sorted({p for right in actor.rights for p in right.permissions if decides(p)})
    found = Q(pk__in=[])
    for right in rights:
        level = Q(levels__contains=[right]) if any_level else _reached(right)
        found |= level & scope_q(actor, right, customers=False)
    return found


def _reached(right: str) -> Q:
    """The right belongs to the request's level or to one that it has passed (at most three levels)."""
    return Q(levels__0=right) | Q(levels__1=right, level__gte=1) | Q(levels__2=right, level__gte=2)
