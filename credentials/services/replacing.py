"""A new document in the place of an old one: renewed, replaced, or the same holder's number in a newer form."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.models import Credential
from credentials.rules import succession
from credentials.services.documents import invalid, refused, step, successor_of
from credentials.services.lifecycle import FACET
from customers.services.facets import Teller, clear
from customers.services.locking import done_again
from customers.services.operating import Held, held, refuse_unfit
from mdm.codes import get as code_list
from mdm.subjects import Row
from security.access.actor import Actor

#: What a successor may tell; what it does not is as on the old document.
TOLD = (
    "type",
    "number",
    "issuing_country",
    "issuing_authority",
    "issue_date",
    "expiry_date",
    "name_on_document",
)
_KEPT = ("type", "number", "issuing_country", "issuing_authority", "name_on_document", "is_primary")
_PLACES = {"credential.other_type": "type", "credential.other_number": "number"}


@done_again
def replace(
    actor: Actor,
    row_id: int,
    version: int,
    how: str,
    values: Mapping[str, Any],
    *,
    reason: str,
    at: datetime,
    teller: Teller | None = None,
) -> Any:
    """Enter the document that takes the place of another; gives the new row, which awaits verification.

    The old one stays as it is until the new one is verified. `how` is a code of `replacement_kind`; `teller` the source
    that tells it, where that is not somebody at a screen. Raises
    NotFound, Stale, Duplicate with the code of the table or `credential.replaced`, Invalid with a code of
    `credentials.rules.succession.REFUSALS`, `record.refused`.
    """
    if how not in code_list("replacement_kind"):
        raise invalid("check.unknown", "how", _("This code is not in the list."))
    with held(actor, FACET, row_id, version, reason=reason, at=at) as doc:
        step(doc.row, "replace")
        if successor_of(doc.row, doc.family) is not None:
            raise refused("credential.replaced", doc.row.lifecycle_state)
        new = _successor(doc, how, values)
        new_id = doc.add(doc.facet, refuse_unfit(doc.owner, doc.facet, new, doc.stamp), teller=teller)
        doc.done("replace", fields=sorted(values), how=how, successor=new_id)
        return Credential.objects.get(pk=new_id)


def _successor(doc: Held, how: str, values: Mapping[str, Any]) -> Row:
    """The row of the new document. Dates are never taken over."""
    old = clear(doc.facet, doc.row)
    told = {name: value for name, value in values.items() if name in TOLD and value not in (None, "")}
    new = {**{name: old[name] for name in _KEPT}, "issue_date": None, "expiry_date": None, **told}
    pair = ((old["type"], old["number"] or ""), (new["type"], new["number"] or ""))
    code = succession.refusal(how, *pair) or _not_later(how, old["expiry_date"], new["expiry_date"])
    if code is not None:
        raise invalid(code, _PLACES.get(code, "expiry_date"), succession.REFUSALS[code])
    return {**new, "lifecycle_state": "PENDING_VERIFY", "replaces": doc.row.pk, "replaced_how": how}


def _not_later(how: str, old: date | None, new: date | None) -> str | None:
    later = new is not None and (old is None or new > old)
    return "credential.not_later" if how == "RENEWED" and not later else None
