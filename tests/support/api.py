"""Calling the API as a client system does; every answer is held against the description of the API."""

import json
import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from drf_spectacular.generators import SchemaGenerator
from jsonschema_rs import Draft202012Validator

from mdm.extension import attributes
from mdm.rest.operations import operation_of
from security.models import ApiClient
from security.services.client_proof import issue_token
from tests.support.audited import left_a_row

Json = Any
V1 = "/api/v1/"


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: Json
    headers: dict[str, str]
    text: str
    raw: bytes = b""

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body["code"])

    @property
    def places(self) -> set[tuple[str, str]]:
        """The refused places with their codes."""
        return {(error["pointer"], error["code"]) for error in self.body["errors"]}


class Api:
    """A caller with a token. A POST brings a new Idempotency-Key unless it names one (None: without)."""

    def __init__(self, token: str = "", language: str = "en", version: str = V1) -> None:
        self.client = Client(raise_request_exception=False)
        self.prefix = version
        self.headers = {"Accept-Language": language}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **headers: str) -> Told:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: Json = None, *, key: str | None = "new", **headers: str) -> Told:
        if key:
            headers["Idempotency-Key"] = uuid.uuid4().hex if key == "new" else key
        return self._ask("POST", path, body, headers)

    def patch(self, path: str, body: Json, *, version: int | None, **headers: str) -> Told:
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        return self._ask("PATCH", path, body, headers)

    def _ask(self, method: str, path: str, body: Json, headers: dict[str, str]) -> Told:
        address = path if path.startswith("/") else self.prefix + path
        raw = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("Content-Type", "application/json")
        headers = {**self.headers, **named}

        def send() -> Told:
            return _told(self.client.generic(method, address, raw, kind, headers=headers))

        told = send() if method == "GET" else left_a_row(method, address, send, _done)
        check(method, address, told)
        return told

    def upload(self, path: str, form: dict[str, Any], *, key: str | None = "new", version: int = 0) -> Told:
        """POST a form with files."""
        named = {"Idempotency-Key": uuid.uuid4().hex if key == "new" else key} if key else {}
        match = {"If-Match": f'"v{version}"'} if version else {}
        address = self.prefix + path
        headers = {**self.headers, **named, **match}
        told = left_a_row(
            "POST", address, lambda: _told(self.client.post(address, form, headers=headers)), _done
        )
        check("POST", address, told)
        return told


def proved(client: ApiClient) -> Api:
    """A caller with a token of this moment, for what takes proof."""
    return Api(issue_token(client, client.scopes, at=timezone.now())[0])


def _done(told: Told) -> bool:
    """Whether the request did something, now and not when it was first sent."""
    return told.status < 400 and "Idempotency-Replayed" not in told.headers


def _told(answer: Any) -> Told:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    is_json = "json" in answer.headers.get("Content-Type", "")
    text = raw.decode(errors="replace")
    return Told(answer.status_code, json.loads(text) if is_json else None, dict(answer.headers), text, raw)


@cache
def description() -> dict[str, Any]:
    """The description of the API, in English, without attributes that the test which asks first has defined."""
    generator: Any = SchemaGenerator
    before = attributes.current()
    attributes.adopt(attributes.NONE)
    try:
        with translation.override("en"):
            found: dict[str, Any] = generator().get_schema(request=None, public=True)
    finally:
        attributes.adopt(before)
    return found


@cache
def _operations() -> dict[str, dict[str, Any]]:
    described = (operation for path in description()["paths"].values() for operation in path.values())
    return {operation["operationId"]: operation for operation in described}


@cache
def _validator(name: str, status: str) -> Draft202012Validator | None:
    """What the body of an answer must be; None where there is none."""
    content = _operations()[name]["responses"][status].get("content")
    if not content:
        return None
    schema = next(iter(content.values()))["schema"]
    return Draft202012Validator({**schema, "components": description()["components"]})


def check(method: str, address: str, told: Told) -> None:
    """The answer's status is described, and its body is as described."""
    try:
        view = resolve(address.partition("?")[0]).func
    except Resolver404:
        return
    declared = operation_of(getattr(view, "view_class", None), method)
    if declared is None or told.status in (405, 500):
        return
    status = str(told.status)
    described = _operations()[declared.name]["responses"]
    assert status in described, f"{declared.name} does not describe {told.status}: {told.body}"
    validator = _validator(declared.name, status)
    if validator and told.body is not None:
        validator.validate(told.body)
