"""The checker's side: approve, return, reject. An approval does the operation in its own transaction."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotAllowed, ServiceError, Stale
from security.access.actor import Actor, staff_actor, system_actor
from security.access.persons import accounts_of, person_of
from security.access.scope import in_scope
from security.approvals.models import ChangeRequest, Step
from security.approvals.persons import VIEW, delegations, has_left, lent_rights, maker_actor
from security.approvals.reading import sees
from security.approvals.registry import operation
from security.approvals.requests import anywhere, check_version, drop, locked, moved, step, unknown
from security.approvals.states import Move, after
from security.models import User

#: How many requests one act approves.
AT_ONCE = 50


def approve(actor: Actor, request_id: int, version: int, *, reason: str, at: datetime) -> ChangeRequest:
    """Agree. With the last approval that is needed the operation is done, as the maker, under this approval.

    Raises NotFound, NotAllowed (`approval.self`, `approval.right`, `approval.twice`), Stale `approval.moved`
    and `approval.stale`, Duplicate `approval.state`, and whatever the service refuses: then nothing is
    written, not even the approval.
    """
    with transaction.atomic():
        request, for_whom = _to_decide(actor, request_id, version, at, assent=True)
        agreed = _agreed(request)
        _refuse_twice(actor, agreed)
        last = len(agreed) + 1 >= request.checkers
        move = Move.APPROVE if last else Move.ASSENT
        request.state = after(request.state, move)
        if last:
            _carry_out(request, [*(one.actor for one in agreed), actor.name], at)
            request.decided_at = at
        moved(request)
        _step(request, move, actor, at, reason, for_whom)
        return request


def give_back(actor: Actor, request_id: int, version: int, *, reason: str, at: datetime) -> ChangeRequest:
    """Return a request to its maker for correction, with a reason."""
    return _end(actor, request_id, version, Move.RETURN, reason, at)


def reject(actor: Actor, request_id: int, version: int, *, reason: str, at: datetime) -> ChangeRequest:
    """Refuse a request for good, with a reason."""
    return _end(actor, request_id, version, Move.REJECT, reason, at)


def approve_many(
    actor: Actor, versions: dict[int, int], *, reason: str, at: datetime
) -> Iterator[tuple[int, ChangeRequest | Exception]]:
    """Approve several, each in a transaction of its own: what became of each, in order.

    Raises Invalid `approval.bulk` where they are too many, or of a kind that is looked at one by one.
    """
    with in_scope(anywhere(), VIEW):
        names = set(ChangeRequest.objects.filter(pk__in=versions).values_list("operation", flat=True))
    if len(versions) > AT_ONCE or len(names) > 1 or not all(operation(name).bulk for name in names):
        raise Invalid("approval.bulk", _("These are decided one by one."))
    for request_id, version in versions.items():
        try:
            yield request_id, approve(actor, request_id, version, reason=reason, at=at)
        except ServiceError as refusal:
            yield request_id, refusal


def may_decide(actor: Actor, request: ChangeRequest, at: datetime) -> bool:
    """Whether the actor is one who may decide a request now."""
    try:
        after(request.state, Move.RETURN)
        agreed = _agreed(request)
        _in_whose_stead(actor, request, at, _heard(agreed))
        _refuse_twice(actor, agreed)
    except (NotAllowed, Duplicate):
        return False
    return True


def _end(actor: Actor, request_id: int, version: int, move: Move, reason: str, at: datetime) -> ChangeRequest:
    if not reason.strip():
        raise Invalid("reason.missing", _("Say why."))
    with transaction.atomic():
        request, for_whom = _to_decide(actor, request_id, version, at)
        request.state = after(request.state, move)
        request.decided_at = at if move == Move.REJECT else None
        moved(request)
        _step(request, move, actor, at, reason, for_whom)
        if move == Move.REJECT:
            _tell(request, reason, at)
            drop(request, at)
        return request


def _tell(request: ChangeRequest, reason: str, at: datetime) -> None:
    """What follows from a rejection for what was asked about: done as the engine, whatever the maker may by now."""
    declared = operation(request.operation)
    if declared.refused is not None:
        engine = system_actor("approvals", (VIEW, declared.permission)).asking(request.number)
        declared.refused(engine, request.arguments.open(), reason, at)


def _to_decide(
    actor: Actor, request_id: int, version: int, at: datetime, *, assent: bool = False
) -> tuple[ChangeRequest, str]:
    """The request, locked, and in whose stead the actor decides it. The order tells a stranger nothing."""
    request = locked(request_id)
    if not sees(actor, request, at):
        raise unknown()
    for_whom = _in_whose_stead(actor, request, at, _heard(_agreed(request)) if assent else frozenset())
    after(request.state, Move.APPROVE)
    check_version(request, version)
    if request.expires_at <= at:
        raise Duplicate("approval.expired", _("This request has expired."))
    return request, for_whom


def _in_whose_stead(actor: Actor, request: ChangeRequest, at: datetime, heard: frozenset[str]) -> str:
    """Nobody ("") where the actor's own right lets it decide, else the name of who lent the right.

    NotAllowed `approval.self` for whoever asked, by this or another account, in person or in another's
    stead, and in the stead of whoever asked; `approval.twice` in the stead of whoever has been `heard`
    already; `approval.right` for everybody without the right.
    """
    checker = _account(actor)
    if _same_person(checker, request):
        raise NotAllowed("approval.self", _("Nobody decides their own request."))
    if not checker.is_staff:
        _refuse_without_person(checker, request, at)
    if any(actor.may_at(right, request.org_path) for right in request.rights):
        return ""
    lent_by_maker = lent_by_heard = False
    for found in delegations(actor.user_id, at):
        rights = lent_rights(actor, found, at)
        if not any(r.permissions & set(request.rights) and r.at(request.org_path) for r in rights):
            continue
        lent_by_maker |= (own := _same_person(found.giver, request))
        lent_by_heard |= (spent := person_of(found.giver) in heard)
        if not own and not spent:
            return found.giver.get_username()
    if lent_by_heard:
        raise NotAllowed("approval.twice", _("The person you stand in for has agreed already."))
    if lent_by_maker:
        raise NotAllowed("approval.self", _("Nobody decides in the stead of the person who asked."))
    raise NotAllowed("approval.right", _("You do not have the right to decide this request."))


def _account(actor: Actor) -> User:
    """The account behind a decision; systems of the product decide nothing."""
    user = User.objects.filter(pk=actor.user_id or 0, is_active=True).first()
    if user is None or actor.approval is not None:
        raise NotAllowed("approval.right", _("You do not have the right to decide this request."))
    return user


def _refuse_without_person(system: User, request: ChangeRequest, at: datetime) -> None:
    """A system decides nothing that the member of staff who answers for it could not decide by their own
    account: NotAllowed `approval.right`."""
    own = [staff_actor(one, at) for one in accounts_of(system).filter(is_staff=True, is_active=True)]
    if not any(one.may_at(right, request.org_path) for one in own for right in request.rights):
        raise NotAllowed("approval.right", _("No member of staff with this right answers for the system."))


def _same_person(user: User, request: ChangeRequest) -> bool:
    """By account, or by staff number: as it was when the request was made, or as it is now."""
    return user.pk == request.maker_id or person_of(user) in {request.maker_person, person_of(request.maker)}


def _agreed(request: ChangeRequest) -> list[Step]:
    """Who has agreed in this round so far."""
    with in_scope(anywhere(), VIEW):
        return list(
            Step.objects.filter(request=request, round=request.round, move=Move.ASSENT).order_by("pk")
        )


def _heard(agreed: list[Step]) -> frozenset[str]:
    """The persons whose say has counted: who agreed, and in whose stead."""
    names = {one.for_whom for one in agreed if one.for_whom}
    stood_for = {person_of(user) for user in User.objects.filter(username__in=names)} if names else set()
    return frozenset({one.person for one in agreed} | stood_for)


def _refuse_twice(actor: Actor, agreed: list[Step]) -> None:
    person = person_of(_account(actor))
    if any(person == one.person for one in agreed):
        raise NotAllowed("approval.twice", _("You have agreed already: somebody else has to agree too."))


def _carry_out(request: ChangeRequest, approvers: list[str], at: datetime) -> Any:
    """Do the operation as the direct path would, as its maker; Stale `approval.stale` on another base."""
    maker = maker_actor(request, approvers, at)
    if has_left(request, at):
        raise NotAllowed("approval.maker_left", _("The account of the person who asked is closed."))
    try:
        return operation(request.operation).execute(maker, request.arguments.open(), request.reason, at)
    except Stale as stale:
        raise Stale(
            "approval.stale", _("What this request builds on has changed since: it must be asked anew.")
        ) from stale


def _step(request: ChangeRequest, move: Move, actor: Actor, at: datetime, reason: str, for_whom: str) -> None:
    try:
        step(request, move, actor, at, reason, person=person_of(_account(actor)), for_whom=for_whom)
    except IntegrityError:
        raise NotAllowed(
            "approval.twice", _("You have agreed already: somebody else has to agree too.")
        ) from None
