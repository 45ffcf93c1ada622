"""The maker's side: an operation is done, or becomes a request; a request is corrected or withdrawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from mdm.errors import Duplicate, Invalid, NotAllowed, NotFound, Stale
from security.access.actor import EVERYWHERE, Actor, Right
from security.access.persons import person_of
from security.access.scope import in_scope
from security.approvals.gate import ApprovalNeeded, Case
from security.approvals.models import ChangeRequest, Step
from security.approvals.persons import VIEW
from security.approvals.policy import Needed
from security.approvals.registry import operation
from security.approvals.states import OPEN, Move, after
from security.audit.log import record
from security.audit.reasons import refuse_sensitive
from security.models import User


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an operation: its result, or the request that waits."""

    result: Any = None
    request: ChangeRequest | None = None


def perform(
    actor: Actor,
    name: str,
    arguments: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    *,
    reason: str,
    at: datetime,
    corrects: int | None = None,
    direct: Callable[[], Any] | None = None,
) -> Done:
    """Do an operation now where the rules let the actor go on alone, else ask for approval.

    `arguments` are JSON-ready: what `Operation.execute` is given, now or when it is approved. `direct` does
    the same with what the caller has at hand already; beside it `arguments` may be a function, which is called only
    where the operation has to wait. `corrects` names the maker's own request that the new
    one takes the place of. Raises what the service raises; Duplicate `approval.open` where one waits already.
    """
    declared = operation(name)
    try:
        return Done(direct() if direct else declared.execute(actor, _told(arguments), reason, at))
    except ApprovalNeeded as asked:
        if asked.case is None or asked.needed is None or actor.approval is not None:
            raise
        case, wanted = asked.case, asked.needed
    told = _told(arguments)
    if corrects is not None:
        return Done(request=_correct(actor, corrects, case, wanted, told, reason, at))
    return Done(request=_submit(actor, case, wanted, told, reason, at))


def _told(arguments: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    return arguments() if callable(arguments) else arguments


def _submit(
    actor: Actor, case: Case, wanted: Needed, arguments: Mapping[str, Any], reason: str, at: datetime
) -> ChangeRequest:
    """A new request. NotAllowed `approval.nobody` for an actor without an account to answer to."""
    maker = _maker(actor)
    with in_scope(_at(actor, case.org_path), VIEW):
        request = ChangeRequest(
            id=_next_id(),
            operation=case.operation,
            target=case.target,
            customer_id=case.customer_id,
            org_path=list(case.org_path),
            org_code=case.org_code,
            maker=maker,
            maker_person=person_of(maker),
            channel=actor.channel,
            opened_at=at,
        )
        _fill(request, case, wanted, arguments, reason, at)
        try:
            with transaction.atomic():
                request.save(force_insert=True)
        except IntegrityError:
            raise _open_already(case.target) from None
        step(request, Move.SUBMIT, actor, at, reason, person=request.maker_person)
        return request


def _fill(
    request: ChangeRequest,
    case: Case,
    wanted: Needed,
    arguments: Mapping[str, Any],
    reason: str,
    at: datetime,
) -> None:
    """What is asked, on what it builds, and what the rules want for it; Invalid `reason.sensitive`."""
    refuse_sensitive(reason)
    request.arguments, request.base = dict(arguments), dict(case.base)
    request.fields, request.versions, request.facts = list(case.fields), dict(case.versions), dict(case.facts)
    request.rules, request.checkers, request.levels = list(wanted.rules), wanted.checkers, list(wanted.levels)
    request.hours, request.level, request.reason = wanted.hours, 0, reason.strip()[:200]
    request.due_at = at + timedelta(hours=wanted.hours)
    request.expires_at = at + timedelta(days=wanted.days)


def resubmit(actor: Actor, request_id: int, version: int, *, reason: str, at: datetime) -> ChangeRequest:
    """Ask the same again, on what stands now: after a return, or because the base has changed.

    What was decided in earlier rounds does not count any more. Raises NotFound, NotAllowed for anybody but
    the maker, Stale, Duplicate `approval.state`, and what the service refuses by now; Duplicate
    `approval.needless` where the rules do not ask any more: the operation is then done directly instead.
    """
    with transaction.atomic():
        request = own(actor, request_id, version, at)
        after(request.state, Move.RESUBMIT)
        declared = operation(request.operation)
        arguments = declared.rebase(actor, request.arguments.open())
        try:
            with transaction.atomic():
                declared.execute(actor, arguments, reason, at)
                raise Duplicate("approval.needless", _("This takes no approval any more: do it directly."))
        except ApprovalNeeded as asked:
            if asked.case is None or asked.needed is None:
                raise
            return _again(actor, request, asked.case, asked.needed, arguments, reason, at)


def _correct(
    actor: Actor,
    request_id: int,
    case: Case,
    wanted: Needed,
    arguments: Mapping[str, Any],
    reason: str,
    at: datetime,
) -> ChangeRequest:
    """A request asks for something else about the same thing, in a new round."""
    with transaction.atomic():
        request = own(actor, request_id, None, at)
        if request.target != case.target:
            raise Invalid("approval.target", _("This request is about something else."))
        return _again(actor, request, case, wanted, arguments, reason, at)


def _again(
    actor: Actor,
    request: ChangeRequest,
    case: Case,
    wanted: Needed,
    arguments: Mapping[str, Any],
    reason: str,
    at: datetime,
) -> ChangeRequest:
    request.state = after(request.state, Move.RESUBMIT)
    request.round += 1
    _fill(request, case, wanted, arguments, reason, at)
    moved(request)
    step(request, Move.RESUBMIT, actor, at, reason, person=request.maker_person)
    return request


def withdraw(actor: Actor, request_id: int, version: int, *, reason: str, at: datetime) -> ChangeRequest:
    """The maker takes the request back. Raises NotFound, NotAllowed, Stale, Duplicate `approval.state`."""
    with transaction.atomic():
        request = own(actor, request_id, version, at)
        request.state, request.decided_at = after(request.state, Move.WITHDRAW), at
        moved(request)
        step(request, Move.WITHDRAW, actor, at, reason, person=request.maker_person)
        drop(request, at)
        return request


# -- what both sides use --------------------------------------------------------------------------------


def own(actor: Actor, request_id: int, version: int | None, at: datetime) -> ChangeRequest:
    """The maker's own request, locked; NotFound for who may not see it, NotAllowed for anybody else."""
    from security.approvals.reading import sees  # the reading side also shows what the maker may do

    request = locked(request_id)
    if not sees(actor, request, at):
        raise unknown()
    if actor.user_id != request.maker_id:
        raise NotAllowed("approval.maker", _("Only the person who asked may do this."))
    check_version(request, version)
    return request


def locked(request_id: int) -> ChangeRequest:
    """A request, locked until the transaction ends, whatever the scope; NotFound where there is none.

    The caller asks whether the actor may see it, before anything is told of it.
    """
    with in_scope(anywhere(), VIEW):
        rows = ChangeRequest.objects.select_for_update(of=("self",)).select_related("maker__org")
        request = rows.filter(pk=request_id).first()
    if request is None:
        raise unknown()
    return request


def unknown() -> NotFound:
    """The refusal for a request that is not there, or not for this reader."""
    return NotFound("approval.unknown", _("There is no such change request."))


def check_version(request: ChangeRequest, version: int | None) -> None:
    """Stale `approval.moved` where the request has moved on since it was read."""
    if version is not None and request.version != version:
        raise Stale("approval.moved", _("This request has moved on since you opened it."))


def moved(request: ChangeRequest) -> None:
    """Save a locked request one version up."""
    request.version += 1
    with in_scope(anywhere(), VIEW):
        request.save(force_update=True)


def drop(request: ChangeRequest, at: datetime) -> None:
    """Let go of what was kept for a request that will never be carried out, in the transaction that ends it."""
    declared = operation(request.operation)
    if declared.dropped is not None:
        declared.dropped(request.arguments.open(), at)


def step(
    request: ChangeRequest,
    move: Move,
    actor: Actor,
    at: datetime,
    reason: str,
    *,
    person: str = "",
    for_whom: str = "",
) -> Step:
    """Write one step and its row of the operation log, in the transaction of the move."""
    with in_scope(anywhere(), VIEW):
        told = Step.objects.create(
            request=request,
            move=move,
            round=request.round,
            level=request.level,
            actor=actor.name,
            person=person,
            for_whom=for_whom,
            reason=reason.strip()[:200],
            at=at,
        )
    named = {"operation": request.operation, "target": request.target, "state": request.state}
    stood_in = {"for": for_whom} if for_whom else {}
    record(
        actor,
        f"approval.{move.lower()}",
        at,
        subject="change_request",
        object_id=request.pk,
        customer_id=request.customer_id,
        fields={**named, "fields": request.fields, "round": request.round, **stood_in},
        reason=reason,
    )
    return told


def anywhere() -> Actor:
    """The engine's own eyes: a request is found first, then it is asked whether the reader may see it."""
    return Actor("system:approvals", "system", (Right(frozenset({VIEW}), None),))


def _at(actor: Actor, path: Any) -> Actor:
    """The actor as far as writing a request at one place goes: the service has checked the rest."""
    branch = list(path)[-1] if path else EVERYWHERE
    return replace(actor, rights=(Right(frozenset({VIEW}), branch),))


def _maker(actor: Actor) -> User:
    user = User.objects.select_related("org").filter(pk=actor.user_id or 0).first()
    if user is None:
        raise NotAllowed("approval.nobody", _("Only an account of a person or a system may ask."))
    return user


def _open_already(target: str) -> Duplicate:
    with in_scope(anywhere(), VIEW):
        waiting = ChangeRequest.objects.filter(target=target, state__in=OPEN).first()
    number = waiting.number if waiting else ""
    return Duplicate("approval.open", _("A change of this waits for approval already (%s).") % number)


def _next_id() -> int:
    """The id is needed before saving, because sealed values are bound to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('approvals_changerequest', 'id'))")
        return int(cursor.fetchone()[0])
