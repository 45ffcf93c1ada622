"""What an endpoint declares of itself, once: its scope, inputs, answer and refusals.

The declaration drives the request (`mdm.rest.views`) and its description (`mdm.rest.schema`), so the
two cannot differ. An endpoint is a method of an `ApiView` under `@operation(...)`; it is given a
`Call` and the parts of its path, makes one call to a service or selector, and returns an `Answer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from mdm.errors import Text
from security.access.actor import Actor

if TYPE_CHECKING:
    from mdm.rest.views import ApiView

#: The type of all answers but files.
JSON = "application/json"
#: Scope of what every client with a valid token may call.
SIGNED_IN = "*"
#: Scope of what anybody may read: pages without any data of the bank.
PUBLIC = "public"

Data = dict[str, Any]
Fields = type[BaseSerializer[Any]]


@dataclass(frozen=True, slots=True)
class Example:
    """A body as shown in the description; a test sends each and expects the declared status."""

    name: str
    body: Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """The declaration of one endpoint.

    `scope` is a permission, SIGNED_IN or PUBLIC; `name` is the operation id, for ever. `body` and
    `query` read what was sent, `answer` describes what comes back with `status` (or one of `also`).
    `idempotent` asks for an Idempotency-Key, `conditional` for If-Match; `versioned` answers carry an
    ETag. `refusals` names the problem types of the service behind it. What `may_wait` is done or, where a
    second person has to approve it, answered with 202 and a change request. What is `fresh` takes a signature, or
    a token issued a moment ago: one that holds for good proves nothing of this moment. `media` other than JSON: the
    answer's data is a stream of that type, which is a file called as `Content-Disposition` says.
    """

    scope: str
    name: str
    summary: Text
    tag: str
    description: Text = ""
    answer: Fields | None = None
    status: int = 200
    also: tuple[int, ...] = ()
    body: Fields | None = None
    query: Fields | None = None
    paged: bool = False
    idempotent: bool = False
    conditional: bool = False
    versioned: bool = False
    may_wait: bool = False
    fresh: bool = False
    media: str = JSON
    refusals: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request as an endpoint sees it: who, when, what; `version` is the row version of If-Match."""

    request: Request
    actor: Actor
    at: datetime
    data: Data
    query: Data
    version: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint gives back: `data` goes out as JSON (bytes are JSON already), `version` as ETag,
    `location` as Location; `status` where it is not the declared one.

    `hidden` names members that are told once: a replay of the same Idempotency-Key leaves them null.
    """

    data: Any
    status: int | None = None
    version: int | None = None
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def told_once(self) -> "Answer":
        """The answer as a replay gives it."""
        if not self.hidden:
            return self
        return replace(self, data={**self.data, **dict.fromkeys(self.hidden)})


Handler = Callable[..., Answer]


def operation(declared: Operation) -> Callable[[Handler], Callable[..., HttpResponseBase]]:
    """Make the method below it an endpoint that does what it declares."""

    def declare(handler: Handler) -> Callable[..., HttpResponseBase]:
        @wraps(handler)
        def run(view: "ApiView", request: Request, **path: str) -> HttpResponseBase:
            return view.run(declared, handler, request, path)

        run.operation = declared  # type: ignore[attr-defined]
        return run

    return declare


def operation_of(view: Any, method: str) -> Operation | None:
    """The declaration of a view's handler for an HTTP method; HEAD is answered as GET is."""
    name = "get" if method == "HEAD" else method.lower()
    return getattr(getattr(view, name, None), "operation", None)
