"""One probe: a request as somebody through one door, and what its answer must be."""

from collections.abc import Iterator
from dataclasses import dataclass, field
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

#: A number that no row has.
NOBODYS = 2_000_000_000
#: Route parameters that lead to something of a place; what else a route asks for is filled from SPARE.
SPARE = {
    "client_id": "p-teller",
    "code": "customer.unknown",
    "provider_id": "none",
    "token": "none",
    "factor_id": "1",
    "session_id": "1",
    "request_id": "1",
    "facet": "phone",
    "url": "nowhere",
}
#: Bodies whose members a service reads before it looks for the customer: by the operation's name.
BODIES: dict[str, dict[str, Any]] = {
    "customers_reveal": {
        "facet": "phone",
        "row_id": 1,
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
}
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


def addresses(door: Door, bank: Bank) -> Iterator[tuple[str, str]]:
    """The addresses of a door: one for each place that its parameters can lead to."""
    if door.name == "" and not door.route.startswith(("api", "healthz", "metrics", "admin/")):
        yield "", "/nowhere/"
        return
    if "<" not in door.route:
        yield "", "/" + (door.route if "(?P" not in door.route else "nowhere/")
        return
    for place in PLACES:
        found = _filled(door, bank, place)
        yield place if found[1] else "", "/" + found[0]
        if not found[1]:
            return


def _filled(door: Door, bank: Bank, place: str) -> tuple[str, bool]:
    """The route with its parameters filled in, and whether one of them belongs to the place."""
    parts, placed = [], False
    for part in door.route.split("<"):
        name, closing, rest = part.partition(">")
        if not closing:
            parts.append(part)
            continue
        value, belongs = _value(door, name.rpartition(":")[2], bank, place)
        placed |= belongs
        parts.append(f"{value}{rest}")
    return "".join(parts), placed


def _value(door: Door, name: str, bank: Bank, place: str) -> tuple[str, bool]:
    ids = bank.ids[place]
    if name == "number":
        return bank.number(place, _facet_of(door)), True
    if name in ids:
        return str(ids[name] or NOBODYS), True
    if name == "row" and "/kept/" in door.route:
        return str(ids["document"]), True
    if name == "row":
        return str(ids["phone"]), True
    if name in ("object_id", "row_id"):
        facet = _facet_of(door)
        if facet == "customer":
            return bank.number(place), True
        return (str(ids[facet] or NOBODYS), True) if facet in ids else (_other(door, ids), True)
    return SPARE.get(name, "1"), False


def _facet_of(door: Door) -> str:
    """The facet whose rows a door is about."""
    from mdm.rest.facets import path_part
    from mdm.subjects import registry

    if door.name == "document":  # the page of a credential
        return "credential"
    for facet in registry.facets():
        label = f"{facet.model._meta.app_label}_{facet.model._meta.model_name}_"
        if door.name.startswith(label) or f"/{path_part(facet)}/" in door.route:
            return facet.name
    return ""


def _other(door: Door, ids: dict[str, int]) -> str:
    kind = door.route.split("/")[1]
    named = {
        "user": "user_id",
        "grant": "grant_id",
        "alert": "alert_id",
        "jobrun": "run_id",
        "reviewcase": "case_id",
    }
    return str(ids.get(named.get(kind, ""), 1))


def body_of(door: Door, method: str) -> Any:
    """A body that the door reads without complaint, so that what refuses it is a rule on rights."""
    declared = door.operation(method)
    if declared is None or declared.body is None:
        return None
    return BODIES.get(declared.name) or sample(declared.body)


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


def ask(client: Client, door: Door, method: str, address: str, headers: dict[str, str]) -> Any:
    """The answer to one request; whatever it wrote is taken back."""
    body = body_of(door, method)
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
    outside = bool(place) and place not in REACHED
    if status >= 500 and status != 503:
        findings.note(f"{asked}: {status}")
    reveals = may and not outside and (door.name in REVEALS or door.route.endswith(":reveal"))
    if not reveals and bank.canaries.search(body):
        findings.note(f"{asked}: shows {bank.canaries.search(body)!r}")
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


def _another_right(door: Door, asked: str) -> bool:
    """Whether sending a page's form asks for a further right, which refuses whatever the form is about."""
    return not door.is_api and asked.startswith("POST ")


#: What somebody without the right is answered, and what there is out of scope: nothing, or no such method.
_REFUSED = frozenset({401, 403, 404, 405})
_UNKNOWN = frozenset({404, 405})
