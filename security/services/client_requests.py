"""What lets a system in takes two persons: a new system, a new token, a key to sign with.

One person asks, a security officer agrees, and only then does who asked collect the secret, once, within days:
it is made at that moment. Whoever agrees never sees it. So does what loosens a system's limits; there is nothing to
collect then. Ending a system or a key, and tightening limits, takes one person.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed, Stale, Text
from security.access.actor import Actor
from security.access.client_limits import limits_of
from security.approvals.models import ChangeRequest
from security.approvals.registry import Line, Operation, Shown, register
from security.approvals.requests import Done, perform
from security.audit import log
from security.models import ApiClient
from security.services import client_proof, clients
from security.services.client_proof import KEY_DUE
from security.services.clients import ISSUE, KEY, LIMIT, ROTATE, TOKEN

MANAGE = "user.manage"


@dataclass(frozen=True, slots=True)
class Collected:
    """A secret that was made now and is told this once: a token, or a shared key (`key_id`) in hex."""

    client: ApiClient
    secret: str
    key_id: str = ""


def issue(
    actor: Actor,
    client_id: str,
    *,
    reason: str,
    at: datetime,
    expires_at: datetime | None = None,
    **told: Any,
) -> Done:
    """Make a client system, or ask for it. `told` is what else `clients.issue` takes; raises what that raises,
    Duplicate `approval.open`."""
    until = expires_at.isoformat() if expires_at else ""
    return perform(actor, ISSUE, {"client": client_id, **told, "expires_at": until}, reason=reason, at=at)


def rotate(actor: Actor, client_id: str, *, reason: str, at: datetime) -> Done:
    """Give a client a new token, or ask for it. Raises NotFound, Duplicate `approval.open`."""
    return perform(actor, ROTATE, {"client": client_id}, reason=reason, at=at)


def add_key(
    actor: Actor, client_id: str, key_id: str, public_key: str = "", *, reason: str, at: datetime
) -> Done:
    """Register an SM2 public key, or make a shared key where none is told, or ask for it. Raises what
    `client_proof` raises, Duplicate `approval.open`."""
    told = {"client": client_id, "key_id": key_id, "public_key": public_key}
    return perform(actor, KEY, told, reason=reason, at=at)


def limit(
    actor: Actor,
    client_id: str,
    *,
    networks: Sequence[str],
    quota: int | None,
    signed_only: bool,
    reason: str,
    at: datetime,
) -> Done:
    """Limit a client, or ask for what would loosen it. Raises what `client_proof.limit` raises, Duplicate
    `approval.open`."""
    told = {"client": client_id, "networks": list(networks), "quota": quota, "signed_only": signed_only}
    with transaction.atomic():
        return perform(actor, LIMIT, _on_what_stands(actor, told), reason=reason, at=at)


def collect(actor: Actor, client_id: str, what: str, *, at: datetime) -> Collected:
    """Make the secret that was agreed to and tell it: `what` is "token" or "key:ID".

    Raises NotFound, NotAllowed `client.collect` for who did not ask for it, where nobody has agreed, and where it
    was collected or its time is over; Duplicate `client.key_exists` where the key's id was taken meanwhile.
    """
    with transaction.atomic():
        client = clients.managed(actor, client_id)
        if not may_collect(actor, client, what, at):
            text = _("There is nothing to collect: it was not agreed to, is collected, or its time is over.")
            raise NotAllowed("client.collect", text)
        client.due = {name: one for name, one in client.due.items() if name != what}
        client.save(update_fields=["due"])
        fields = {"client_id": client_id, "what": what}
        log.record(actor, "client.collect", at, subject="client", object_id=client.pk, fields=fields)
        if what == TOKEN:
            return Collected(client, clients.renewed(client))
        key_id = what.removeprefix(KEY_DUE)
        return Collected(client, client_proof.shared_key(actor, client, key_id, at).secret, key_id)


def may_collect(actor: Actor, client: ApiClient, what: str, at: datetime) -> bool:
    """Whether the actor may collect this secret of a client now: by the account that asked, and no other."""
    told = client.due.get(what)
    if told is None or actor.user_id is None or actor.approval is not None:
        return False
    until = parse_datetime(told["until"])
    return told["by"] == actor.user_id and until is not None and at < until


def _issue(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    rest = {name: told[name] for name in ("name", "org_code", "scopes", "answerable")}
    until = parse_datetime(told["expires_at"]) if told["expires_at"] else None
    return clients.issue(actor, told["client"], expires_at=until, at=at, **rest)


def _rotate(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    return clients.rotate(actor, told["client"], at=at)


def _add_key(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    if told["public_key"]:
        return client_proof.add_public_key(actor, told["client"], told["key_id"], told["public_key"], at=at)
    return client_proof.add_shared_key(actor, told["client"], told["key_id"], at=at)


def _limit(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    """Stale where the limits are no longer those that were to be changed: somebody may have tightened them."""
    rest = {name: told[name] for name in ("networks", "quota", "signed_only")}
    with transaction.atomic():
        if limits_of(clients.managed(actor, told["client"])).told() != told["before"]:
            raise Stale("row.stale", _("Someone else changed this in the meantime."))
        return client_proof.limit(actor, told["client"], reason=reason, at=at, **rest)


def _on_what_stands(actor: Actor, told: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a limit, with the limits that it takes the place of."""
    return {**told, "before": limits_of(clients.managed(actor, told["client"])).told()}


def _as_it_was(actor: Actor, told: Mapping[str, Any]) -> Mapping[str, Any]:
    return told


#: What a request shows of what the gate was told, in this order.
_SHOWN: tuple[tuple[str, Text], ...] = (
    ("client", _("Client id")),
    ("name", _("Name")),
    ("org", _("Branch")),
    ("scopes", _("Scopes")),
    ("answerable", _("Answered for by")),
    ("person", _("Staff number")),
    ("key_id", _("Key id")),
    ("algorithm", _("Algorithm")),
    ("public_key", _("SM3 of the public key")),
)


#: Limits in words.
_LIMITS: tuple[tuple[Text, Callable[[Mapping[str, Any]], str]], ...] = (
    (_("Networks"), lambda told: ", ".join(told["networks"]) or str(_("anywhere"))),
    (_("Requests a minute"), lambda told: str(told["quota"] or _("as for all"))),
    (_("Signed requests only"), lambda told: str(_("yes") if told["signed_only"] else _("no"))),
)


def show(request: ChangeRequest, actor: Actor, at: datetime) -> Shown:
    """Which system, what it may do, who answers for it; never a secret."""
    facts, until = request.facts, request.arguments.open().get("expires_at", "")
    lines = [Line(label, "", _said(facts[name])) for name, label in _SHOWN if facts.get(name)]
    lines += [Line(_("Valid until"), "", until[:16])] if until else []
    if request.operation == LIMIT:
        lines += [Line(label, said(facts["before"]), said(facts["after"])) for label, said in _LIMITS]
    return Shown(title(request), lines, about=str(facts["client"]))


def _said(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


LABELS: dict[str, Text] = {
    ISSUE: _("A new client system"),
    ROTATE: _("A new token of a client system"),
    KEY: _("A key of a client system"),
    LIMIT: _("Looser limits of a client system"),
}
_WORK: dict[str, Callable[[Actor, Mapping[str, Any], str, datetime], Any]] = {
    ISSUE: _issue,
    ROTATE: _rotate,
    KEY: _add_key,
    LIMIT: _limit,
}


def title(request: ChangeRequest) -> Text:
    """What is asked."""
    return LABELS[request.operation]


def _whom(request: ChangeRequest) -> list[Text]:
    return [f"{request.facts['client']} · {request.facts['org']}"]


def register_operations() -> None:
    """Tell the engine of approvals of these operations (`AppConfig.ready`)."""
    for name, work in _WORK.items():
        rebase = _on_what_stands if name == LIMIT else _as_it_was
        register(Operation(name, LABELS[name], MANAGE, work, show, rebase, title=title, fields=_whom))
