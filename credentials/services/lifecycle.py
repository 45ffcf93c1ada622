"""Steps of a document that somebody asks for: submit, retry, report its loss, found again, revoke, void."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials.rules.formats import is_valid, normalise
from credentials.rules.lifecycle import ASKED, same_document
from credentials.services.documents import invalid, refused, step, successor_of
from credentials.services.restricting import settle_restriction
from customers.services.facets import clear
from customers.services.locking import done_again
from customers.services.operating import Held, held
from mdm.errors import NotFound
from mdm.history.models import Status
from mdm.quality.primitives import OPEN_DATE
from mdm.subjects import Row
from security.access.actor import Actor
from security.approvals.gate import Case, require_approval
from security.approvals.requests import Done, perform
from security.audit.reasons import refuse_sensitive

RIGHT = "credential.change"
FACET = "credential"
#: Taking a document out that was entered in error takes a second person once others may have been told of it.
VOID = "credential.void"
Guard = Callable[[Held, Actor, str], dict[str, Any]]


def ask(
    actor: Actor, row_id: int, version: int, trigger: str, *, reason: str, at: datetime, reference: str = ""
) -> Done:
    """A step, or a request for it where the bank's rules ask for a second person. Raises what `act` raises."""
    if trigger != "void":
        return Done(act(actor, row_id, version, trigger, reason=reason, at=at, reference=reference))
    return perform(actor, VOID, {"row": row_id, "version": version}, reason=reason, at=at)


def do_void(actor: Actor, told: Mapping[str, Any], reason: str, at: datetime) -> Any:
    """The step that a request asked for."""
    return act(actor, told["row"], told["version"], "void", reason=reason, at=at)


@done_again
def act(
    actor: Actor, row_id: int, version: int, trigger: str, *, reason: str, at: datetime, reference: str = ""
) -> Any:
    """Take one step of ASKED; gives the row. `reference` is the number of the issuer's notice (revoke), which the
    operation log keeps: no number of a person.

    Raises NotFound, Stale `row.stale`, Duplicate with the code of the table for a forbidden step, Invalid for
    a guard or `reason.sensitive`, ApprovalNeeded.
    """
    refuse_sensitive(reference, "/reference")
    if trigger not in ASKED:
        raise NotFound("credential.step", _("There is no such step."))
    with held(actor, FACET, row_id, version, reason=reason, at=at) as doc:
        state = step(doc.row, trigger)
        values = {"lifecycle_state": state, **GUARDS[trigger](doc, actor, reference)}
        doc.save(**values)
        settle_restriction(doc)
        doc.done(trigger, fields=[*values], reference=reference)
        doc.row.refresh_from_db()
        return doc.row


def _complete(doc: Held, _actor: Actor, _reference: str) -> dict[str, Any]:
    """A draft is submitted with a number of the right form and a name."""
    told = clear(doc.facet, doc.row)
    number = normalise(told["type"], told["number"] or "", told["issuing_country"])
    if not number or not is_valid(told["type"], number, told["issuing_country"]):
        text = _("The number does not have the form of its document type, or its check digit is wrong.")
        raise invalid("credential.unfit", "number", text)
    if not told["name_on_document"]:
        raise invalid("credential.unfit", "name_on_document", _("Tell the name on the document."))
    return {}


def _lost(doc: Held, _actor: Actor, _reference: str) -> dict[str, Any]:
    return {"lost_on": doc.stamp.business_date}


def _found(doc: Held, _actor: Actor, _reference: str) -> dict[str, Any]:
    """A document that was found counts again, unless another has come in its place or its time is over; one that was
    corrected meanwhile is another than was verified, and awaits that."""
    expiry = doc.row.expiry_date
    if successor_of(doc.row, doc.family) is not None:
        raise refused("credential.replaced", doc.row.lifecycle_state)
    if expiry is not None and expiry != OPEN_DATE and expiry < doc.stamp.business_date:
        raise refused("credential.extend_expired", doc.row.lifecycle_state)
    if not same_document(_as_lost(doc), clear(doc.facet, doc.row)):
        return {"lost_on": None, "lifecycle_state": step(doc.row, "found_corrected")}
    return {"lost_on": None}


def _as_lost(doc: Held) -> Row:
    """The document as it was when its loss was reported: the first of the unbroken run of versions that say so."""
    past = doc.row.history.order_by("-history_date", "-history_id")
    return clear(doc.facet, list(takewhile(lambda row: row.lifecycle_state == "LOST", past))[-1])


def _noticed(_doc: Held, _actor: Actor, reference: str) -> dict[str, Any]:
    if not reference.strip():
        raise invalid("credential.notice", "reference", _("Tell the number of the issuer's notice."))
    return {"is_primary": False}


def _void(doc: Held, actor: Actor, _reference: str) -> dict[str, Any]:
    """Entered in error: it holds no longer. From the next day on deliveries may have told others of it."""
    told_others = doc.row.created_at.date() < doc.stamp.business_date
    require_approval(actor, case_of(doc, VOID, told_others=told_others))
    return {"status": Status.ENDED, "valid_to": doc.stamp.business_date, "is_primary": False}


def case_of(doc: Held, operation: str, **facts: Any) -> Case:
    """What the gate of approvals is told of an operation on a document."""
    return Case(
        operation=operation,
        target=f"credential:{doc.row.pk}",
        permission=RIGHT,
        org_path=doc.golden.org_path,
        org_code=doc.golden.org.code,
        customer_id=doc.golden.pk,
        versions={f"credential:{doc.row.pk}": doc.row.version},
        facts={**facts, "type": doc.row.type, "party_type": doc.golden.party_type},
    )


def _nothing(_doc: Held, _actor: Actor, _reference: str) -> dict[str, Any]:
    return {}


GUARDS: dict[str, Guard] = {
    "submit": _complete,
    "retry": _nothing,
    "report_loss": _lost,
    "found": _found,
    "revoke": _noticed,
    "void": _void,
}
