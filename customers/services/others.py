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
    for name in sorted(facet.model.OTHERS & set(values)):
        if values[name]:
            _refuse(actor, facet, golden, name, str(values[name]))


def _refuse(actor: Actor, facet: Facet, golden: int, name: str, number: str) -> None:
    try:
        found = resolve(actor, number, facet.permission)
    except NotFound as unknown:
        raise _refused(name, "other.unknown", _("There is no such customer.")) from unknown
    if found.golden_id == golden:
        raise _refused(name, "other.itself", _("A customer is not related to itself."))


def _refused(name: str, code: str, text: Any) -> Invalid:
    return Invalid(code, text, [FieldError(f"/{name}", code, text)])
