"""The refusals of the product: each has a stable code, a text for people and, where known, places.

Mapped once to HTTP (`mdm.rest.problems`) and once to forms (`mdm.backoffice`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class FieldError:
    """One refused place: `pointer` is a JSON Pointer (RFC 6901) into what was sent."""

    pointer: str
    code: str
    detail: Text


@dataclass(slots=True)
class ServiceError(Exception):
    """A refusal with a stable `code`; never carries a sensitive value."""

    code: str
    message: Text
    errors: Sequence[FieldError] = field(default_factory=tuple)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(ServiceError):
    """What was sent breaks a rule."""


class NotAllowed(ServiceError):
    """The actor lacks the right."""


class NotFound(ServiceError):
    """Nothing there, or nothing the actor may know of."""


class Gone(ServiceError):
    """It was there and has been erased for good; nothing will ever be there again."""


class Duplicate(ServiceError):
    """It exists already, or the same request is under way."""


class Stale(ServiceError):
    """The row changed since it was read."""


class Unavailable(ServiceError):
    """A part that this needs is not up (database, key service, object storage)."""
