"""What somebody may tell of a row: fields that there are, and that are theirs to tell, with codes of their lists."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from mdm.bulk.tables import own_fields
from mdm.codes import get as code_list
from mdm.errors import FieldError, Invalid, NotAllowed
from mdm.subjects import Facet
from security.access.actor import Actor
from security.audit.reasons import refuse_sensitive


def refuse_unknown(facet: Facet, values: dict[str, Any], free: frozenset[str] = frozenset()) -> None:
    """Raise Invalid for fields that there are not, that only an operation of their own sets (but for those `free`),
    for codes of no list, and for numbers of persons where a paper is named."""
    names = set(values) - {field.attname for field in own_fields(facet.model)}
    if names:
        errors = [
            FieldError(f"/{name}", "field.unknown", _("There is no such field.")) for name in sorted(names)
        ]
        raise Invalid("field.unknown", _("There is no such field."), errors)
    operated = sorted(set(values) & (facet.model.OPERATED - free))
    if operated:
        text = _("This changes only by an operation of its own.")
        raise Invalid(
            "field.operated", text, [FieldError(f"/{name}", "field.operated", text) for name in operated]
        )
    _refuse_strange(facet, values)
    refuse_numbers(values)


def refuse_numbers(values: Mapping[str, Any], place: str = "") -> None:
    """Raise Invalid `reason.sensitive` where what names the evidence of something, which everybody reads as it is,
    holds a number of a person. A file of whole customers is kept as its source tells it."""
    for name, value in values.items():
        if name.endswith("evidence") and isinstance(value, str):
            refuse_sensitive(value, f"{place}/{name}")


def _refuse_strange(facet: Facet, values: dict[str, Any]) -> None:
    """Raise Invalid for codes that no list has. What a source tells so is kept as received; who tells one entry is
    there to correct it. Codes of the bank's own attributes are judged by rule X05: refused only where the definition of
    the attribute says BLOCK, else kept with a finding."""
    lists = {name: codes for name, codes in facet.model.CODES.items() if name in values}
    text = _("This code is not in the list.")
    strange = [
        FieldError(f"/{name}", "value.code", text)
        for name, codes in sorted(lists.items())
        if values[name] not in (None, "") and values[name] not in code_list(codes)
    ]
    if strange:
        raise Invalid("value.code", text, strange)


def refuse_locked(actor: Actor, facet: Facet, customer_id: int, values: dict[str, Any]) -> None:
    """Raise NotAllowed for fields that the actor's roles may not change."""
    if not any(right.locked for right in actor.held(facet.permission)):
        return
    locked = actor.locked(facet.permission, Customer.objects.get(pk=customer_id), facet.name, values)
    if locked:
        text = _("Your role may not change this field.")
        raise NotAllowed(
            "field.locked", text, [FieldError(f"/{name}", "field.locked", text) for name in locked]
        )
