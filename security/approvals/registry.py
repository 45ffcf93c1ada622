"""What apps tell of the operations that may need approval: how to do one, and how to show one.

The engine knows nobody: it calls what is registered here (`AppConfig.ready`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound, Text
from security.access.actor import Actor

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from security.approvals.models import ChangeRequest

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a difference as this reader may see it. `now` differs from `before` where the base is stale.

    `hidden` marks a change that the mask does not show: both sides look the same.
    """

    label: Text
    before: str
    after: str
    now: str = ""
    clash: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A request in words: its title, the differences, and the number of what it is about."""

    title: Text
    lines: list[Line]
    about: Text = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `execute(actor, arguments, reason, at)` calls the service of the direct path. `rebase(actor, arguments)`
    gives the arguments on the versions that stand now. `show(request, actor, at)` puts a request into words,
    masked for the actor, and compares it with what stands now; `title` and `fields` do so for lists, without
    a look at what is sealed. `bulk` lets a checker approve several at once. `refused(actor, arguments, reason, at)`
    says what follows, as the engine, from a rejection; `dropped(arguments, at)` lets go of what was kept for a
    request that will never be carried out: it was rejected, withdrawn, or has expired.
    """

    name: str
    label: Text
    permission: str
    execute: Callable[[Actor, Arguments, str, datetime], Any]
    show: Callable[["ChangeRequest", Actor, datetime], Shown]
    rebase: Callable[[Actor, Arguments], Arguments] = lambda _actor, arguments: arguments
    title: Callable[["ChangeRequest"], Text] | None = None
    fields: Callable[["ChangeRequest"], list[Text]] = lambda request: list(request.fields)
    bulk: bool = False
    refused: Callable[[Actor, Arguments, str, datetime], Any] | None = None
    dropped: Callable[[Arguments, datetime], None] | None = None


#: Narrows requests about customers to those whose customer the actor may see.
Narrow = Callable[[Actor, "QuerySet[ChangeRequest]"], "QuerySet[ChangeRequest]"]

_operations: dict[str, Operation] = {}
_narrow: list[Narrow] = []


def narrow_by(narrow: Narrow) -> None:
    """Have the app that owns customers say which of them an actor may see."""
    _narrow.append(narrow)


def narrowed(actor: Actor, rows: "QuerySet[ChangeRequest]") -> "QuerySet[ChangeRequest]":
    """The requests that are about no customer, or about one that the actor may see."""
    for narrow in _narrow:
        rows = narrow(actor, rows)
    return rows


def register(operation: Operation) -> None:
    """Declare an operation; the same name again replaces it."""
    _operations[operation.name] = operation


def operations() -> list[Operation]:
    """Every declared operation, by name."""
    return [_operations[name] for name in sorted(_operations)]


def operation(name: str) -> Operation:
    """The operation called `name`. NotFound `approval.operation` where no app declares it."""
    try:
        return _operations[name]
    except KeyError:
        raise NotFound("approval.operation", _("There is no such operation.")) from None
