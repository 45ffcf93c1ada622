"""A customer whose documents have all run out is restricted; one who brings a new one is free again."""

from collections.abc import Sequence

from credentials.rules.standing import Document, document, unidentified
from credentials.services.documents import documents_of
from customers.models import Customer
from customers.services.operating import Held
from customers.services.restrictions import lift, own_restrictions, restrict
from mdm.bulk.stamp import Stamp
from mdm.conf import conf

KIND = "EXPIRED_ID"
#: Customers in these states are restricted no more: the relation is over or has not begun.
_APART = frozenset({"CLOSED", "DECEASED", "DISSOLVED", "MERGED", "REJECTED", "WITHDRAWN"})


def settle_restriction(doc: Held) -> None:
    """Bring the restriction of the customer at hand to what its documents say now."""
    settle(doc.golden, [document(row) for row in documents_of(doc.family)], doc.stamp)


def settle(golden: Customer, documents: Sequence[Document], stamp: Stamp) -> str:
    """The same for a locked golden customer; `restricted`, `lifted`, or empty where nothing changes."""
    held = own_restrictions([golden.pk, *golden.members], KIND)
    ends = golden.lifecycle_status in _APART
    wanted = not ends and unidentified(documents, stamp.business_date, conf.credential_grace_days)
    if wanted and not held:
        restrict(golden, KIND, stamp)
        return "restricted"
    if held and not wanted:
        lift(golden, held, stamp)
        return "lifted"
    return ""
