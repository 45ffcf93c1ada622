"""One probe: a request as somebody through one door, and what its answer must be."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from rest_framework import serializers

from mdm.codes import get as code_list
from mdm.rest.facets import Coded
from mdm.rest.fields import Fields
from mdm.rest.operations import PUBLIC, SIGNED_IN
from tests.security.authorisation.doors import NOBODY, Door
from tests.security.authorisation.population import PLACES, REACHED, Bank
from tests.security.authorisation.things import Things, named

#: Bodies whose members a service reads before it looks for the customer, or that name something that is there: by the
#: operation's name. What depends on the bank is asked of it.
BODIES: dict[str, dict[str, Any]] = {
    "customers_reveal": {
        "facet": "phone",
        "row_id": lambda bank: bank.ids["own"]["phone"],
        "fields": ["number"],
        "cause": "AML",
        "reason": "a probe",
    },
    "customers_explain_access": {"user": "colleague-own"},
    "customers_share": {
        "to": "colleague-own",
        "effect": "OPEN",
        "expires_at": "2090-01-01T00:00:00Z",
        "change_reason": "a probe",
    },
    "customers_transfer": {
        "customers": lambda bank: [bank.number("own")],
        "org": PLACES["child"],
        "change_reason": "a probe",
    },
    "grants_give": {
        "user": "colleague-own",
        "role": "teller",
        "org": PLACES["own"],
        "change_reason": "a probe",
    },
    "subscriptions_create": {"customer_no": lambda bank: bank.number("own"), "kinds": ["CHANGED"]},
    "branch_subscriptions_create": {"branch": PLACES["own"], "kinds": ["CHANGED"]},
    "load_runs_create": {"file": "", "layout": "core_customer"},
}
#: What the address of a route asks for besides.
QUERIES = {
    "dictionary/compare/": "?one=0&other=0",
    "api/v1/dictionary/differences": "?one=0&other=0",
    "api/v1/special-information/<slug:kind>/work-list": "?list=due",
}
#: Where somebody with the right comes in: what lies nowhere, within reach, or is one's own.
WITHIN = ("", "mine", *REACHED)
#: Doors that show clear values by their very purpose.
REVEALS = frozenset({"reveal"})
#: Lists of what people of one's own branch did: they name the customer somebody there asked for, in scope or not.
TRACES = frozenset(
    {"security_operationlog_changelist", "security_reveal_changelist", "security_alert_changelist"}
)


@dataclass
class Findings:
    """What was probed, and every answer that should not have been."""

    probes: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, told: str) -> None:
        self.wrong.append(told)


Own = Mapping[str, Things]


def addresses(door: Door, bank: Bank, own: Own = MappingProxyType({})) -> Iterator[tuple[str, str]]:
    """The addresses of a door: one for each place, and each person, that its parameters can lead to."""
    if "(?P" in door.route or (
        door.name == "" and not door.route.startswith(("api", "healthz", "metrics", "admin/"))
    ):
        yield "", "/nowhere/"
        return
    things = [named(door.route, name) for name in parameters(door.route)]
    wheres = [place for place in PLACES if any(_placed(thing, bank, door) for thing in things)]
    wheres += [whose for whose in own if any(thing in own[whose] for thing in things)]
    for where in wheres or [""]:
        yield where, "/" + _filled(door, bank, where, own)


def within(door: Door, bank: Bank, own: Own) -> str:
    """The address of a door at the own branch, of what is one's own, or of what lies nowhere."""
    found = dict(addresses(door, bank, own))
    return found.get("own") or found.get("mine") or found[""]


def parameters(route: str) -> list[str]:
    """The names of a route's parameters, in their order."""
    return [part.partition(">")[0].rpartition(":")[2] for part in route.split("<")[1:]]


def _placed(thing: str, bank: Bank, door: Door) -> bool:
    return thing in ("customer", "facet") or thing in bank.ids["own"]


def _filled(door: Door, bank: Bank, where: str, own: Own) -> str:
    """The route with its parameters filled in."""
    start, *parts = door.route.split("<")
    for part in parts:
        name, _closing, rest = part.partition(">")
        start += f"{_value(door, name.rpartition(':')[2], bank, where, own)}{rest}"
    return start


def _value(door: Door, parameter: str, bank: Bank, where: str, own: Own) -> Any:
    """What stands for a parameter. KeyError where the population has no such thing."""
    thing, place = named(door.route, parameter), where if where in PLACES else "own"
    if thing == "customer":
        return bank.number(place, _facet_of(door))
    facet = _facet_of(door) if thing == "facet" else thing
    assert facet, f"{parameter} of {door.route}: say in NAMES what it names; it is no row of a facet"
    held = own.get(where, {})
    found = {**bank.everybodys, **bank.ids[place], **held}[facet]
    assert found, f"{facet} has nothing at {where}"
    return found


def _facet_of(door: Door) -> str:
    """The facet whose rows a door is about."""
    from mdm.rest.facets import path_part
    from mdm.subjects import registry

    if door.name == "document":  # the page of a credential
        return "credential"
    for facet in registry.facets():
        label = f"{facet.model._meta.app_label}_{facet.model._meta.model_name}_"
        if door.name.startswith(label) or re.search(rf">/{path_part(facet)}(/|:|$)", door.route):
            return facet.name
    return ""


def body_of(door: Door, method: str, bank: Bank) -> Any:
    """A body that the door reads without complaint, so that what refuses it is a rule on rights."""
    declared = door.operation(method)
    if declared is None or declared.body is None:
        return None
    told = BODIES.get(declared.name) or sample(declared.body)
    return {name: value(bank) if callable(value) else value for name, value in told.items()}


def sample(fields: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
    """The required members of a body, and one other of a patch."""
    known = fields().fields  # type: ignore[attr-defined]
    told = {name: _sample(known[name]) for name in known if known[name].required}
    spare = [name for name in known if name not in told and isinstance(known[name], serializers.CharField)]
    return told if len(told) > 1 or not spare else {**told, spare[0]: _sample(known[spare[0]])}


def _sample(known: Any) -> Any:
    if isinstance(known, Fields):
        return sample(type(known))
    match known:
        case Coded():
            return next(iter(code_list(known.codes)))
        case serializers.ListSerializer() | serializers.ListField():
            return [_sample(known.child)]
        case serializers.ChoiceField():
            return next(iter(known.choices))
        case serializers.BooleanField():
            return True
        case serializers.IntegerField():
            return 1
        case serializers.DateTimeField():
            return "2030-01-01T00:00:00Z"
        case serializers.DateField():
            return "2020-01-01"
        case serializers.DictField():
            return {}
    return "probe"


def ask(client: Client, bank: Bank, door: Door, method: str, address: str, headers: dict[str, str]) -> Any:
    """The answer to one request; whatever it wrote is taken back."""
    body, address = body_of(door, method, bank), address + QUERIES.get(door.route, "")
    told: dict[str, Any] = {"headers": headers}
    if body is not None and _has_file(door, method):
        told |= {"data": {**body, "file": SimpleUploadedFile("probe.pdf", b"probe", "application/pdf")}}
    elif body is not None:
        told |= {"data": _json(body), "content_type": "application/json"}
    elif method not in ("GET", "HEAD") and door.is_api:
        told |= {"data": "", "content_type": "application/json"}
    elif method == "POST":
        told |= {"data": {"reason": "probe", "version": "1", "end-reason": "probe"}}
    send = getattr(client, method.lower())
    if method in ("GET", "HEAD"):
        return send(address, **told)
    with transaction.atomic():
        answer = send(address, **told)
        transaction.set_rollback(True)
    return answer


def _has_file(door: Door, method: str) -> bool:
    """Whether the door takes a form with a file."""
    declared = door.operation(method)
    fields = declared.body().fields if declared and declared.body else {}  # type: ignore[attr-defined]
    return isinstance(fields.get("file"), serializers.FileField)


def _json(body: Any) -> str:
    import json

    return json.dumps(body)


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def judge(findings: Findings, bank: Bank, door: Door, place: str, asked: str, answer: Any, may: bool) -> None:
    """Hold an answer to somebody who is signed in against the rule."""
    status, body = answer.status_code, content(answer)
    findings.probes += 1
    rule = door.rule(asked.split(" ", maxsplit=1)[0])
    outside = place not in WITHIN
    if may and not outside and let_in(answer):
        bank.entered.add((door.route, asked.split(" ", maxsplit=1)[0]))
    if status >= 500 and status != 503:
        findings.note(f"{asked}: {status}")
    reveals = may and not outside and (door.name in REVEALS or door.route.endswith(":reveal"))
    if not reveals and bank.canaries.search(body):
        findings.note(f"{asked}: shows {bank.canaries.search(body)!r}")
    if place == "other" and let_in(answer):
        findings.note(f"{asked}: {status} to what is somebody else's")
    if rule in (PUBLIC, SIGNED_IN):
        return
    if (
        bank.outside().search(body.replace(asked.split(" ")[1].encode(), b""))
        and not outside
        and door.name not in TRACES
    ):
        findings.note(f"{asked}: names a customer out of scope")
    if not may and status not in _REFUSED:
        findings.note(f"{asked}: {status} without the right {rule}")
    if may and outside and status not in (_UNKNOWN | ({403} if _another_right(door, asked) else set())):
        findings.note(f"{asked}: {status} out of scope")
    if rule == NOBODY and 200 <= status < 300:
        findings.note(f"{asked}: {status} although nobody may")


def let_in(answer: Any) -> bool:
    """Whether an answer shows that the door opened: it did what was asked, or said what stands against it."""
    if answer.status_code in (301, 302, 303):
        return not answer.headers["Location"].startswith(("/login/", "/prove/"))
    return answer.status_code in (200, 201, 202, 204, 409, 410, 412, 422)


def _another_right(door: Door, asked: str) -> bool:
    """Whether sending a page's form asks for a further right, which refuses whatever the form is about."""
    return not door.is_api and asked.startswith("POST ")


#: What somebody without the right is answered, and what there is out of scope: nothing, or no such method.
_REFUSED = frozenset({401, 403, 404, 405})
_UNKNOWN = frozenset({404, 405})
