"""What may begin by hand, and in which state: a prospect, one who waits for approval, a draft of a document.

Files of the systems that keep customers tell any state: there it is what those systems say.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from mdm.errors import FieldError, Invalid
from mdm.subjects import Bundle, Facet, Row, registry


def refuse_later_states(bundle: Bundle) -> None:
    """Raise Invalid `state.first` where a new customer's row would begin in a state that others lead to."""
    found = [
        error
        for facet in registry.facets()
        for index, row in enumerate(bundle.rows(facet.name))
        for error in _wrong(facet, row, f"/{facet.name}/{index}")
    ]
    _refuse(found)


def refuse_ill_begun(
    facet: Facet, customer: Customer, values: Mapping[str, object], *, of_record: bool
) -> None:
    """Raise Invalid for a row that is added: where there is one already of what there is one, that such a customer
    does not have, or in such a state. A person sees the rows of all members; a source (`of_record`) its own record's.
    """
    rows: Any = facet.model._default_manager
    owners = [customer.pk] if of_record else [customer.pk, *customer.members]
    if not facet.multiple and rows.filter(customer_id__in=owners).exists():
        raise Invalid("row.exists", _("There is one already: change it instead."))
    if not facet.fits(customer.party_type):
        raise Invalid("row.not_of_kind", _("A customer of this kind has no such information."))
    _refuse(_wrong(facet, values, ""))


def _wrong(facet: Facet, row: Row | Mapping[str, object], place: str) -> Iterator[FieldError]:
    for name, codes in facet.model.FIRST.items():
        if row.get(name) and row[name] not in codes:
            yield FieldError(f"{place}/{name}", "state.first", _("Nothing begins in this state."))


def _refuse(found: Iterable[FieldError]) -> None:
    errors = list(found)
    if errors:
        raise Invalid("state.first", _("Nothing begins in this state."), errors)
