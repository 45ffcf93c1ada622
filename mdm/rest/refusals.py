"""What the REST door itself refuses, before any service is asked."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from mdm.errors import ServiceError
from mdm.rest import problem_types  # noqa: F401 (registers the door's own types)
from mdm.rest.catalogue import problem_type


@dataclass(slots=True)
class Refusal(ServiceError):
    """A refusal of the door; the catalogue knows the status of its code. `headers` go with the answer."""

    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        known = problem_type(self.code)
        return known.status if known else 500


def malformed() -> Refusal:
    """The body is not JSON that this door reads."""
    return Refusal("request.malformed", _("The request cannot be read."))


def too_large() -> Refusal:
    """The body is larger than the operation accepts."""
    return Refusal("request.too_large", _("The request is too large."))


def not_found() -> Refusal:
    """Nothing at this address."""
    return Refusal("resource.not_found", _("Not found."))
