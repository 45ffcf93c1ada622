"""Naming another customer in a row: it must be there, visible to who names it, and not the customer itself."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.selectors.customer import resolve
from mdm.errors import FieldError, Invalid, NotFound
from mdm.subjects import Facet
from security.access.actor import Actor


def refuse_others(actor: Actor, facet: Facet, golden: int, values: dict[str, Any]) -> None:
    """Raise Invalid `other.unknown` or `other.itself` for a number in `values` that may not be named.

    Inside `in_scope`. A customer out of scope is as unknown as one that is not there.
    """
    for name, number in others_named(facet, values):
        if other_known(actor, name, number, facet.permission) == golden:
            raise _refused(name, "other.itself", _("A customer is not related to itself."))


def others_named(facet: Facet, values: dict[str, Any]) -> list[tuple[str, str]]:
    """The fields of a row that name other customers, with the numbers."""
    return [(name, str(values[name])) for name in sorted(facet.model.OTHERS & set(values)) if values[name]]


def other_known(actor: Actor, place: str, number: str, permission: str) -> int:
    """The golden customer of a number that a row names at a place; Invalid `other.unknown` where there is none."""
    try:
        return resolve(actor, number, permission).golden_id
    except NotFound as unknown:
        raise _refused(place, "other.unknown", _("There is no such customer.")) from unknown


def _refused(place: str, code: str, text: Any) -> Invalid:
    return Invalid(code, text, [FieldError(f"/{place}", code, text)])
