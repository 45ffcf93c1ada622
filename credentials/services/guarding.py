"""What a form may not do to a document: bring an expired one back by another date, delete one that was verified."""

from credentials.models import Credential
from credentials.rules.lifecycle import IN_FORCE, TERMINAL
from credentials.services.documents import ever_verified, refuse_second_main, refused
from customers.models import Customer
from mdm.subjects import Row


def guard(customer_id: int, before: Row | None, after: Row | None) -> None:
    """The guard of the credential facet.

    Raises Duplicate with a code of `credentials.rules.lifecycle.REFUSALS`.
    """
    if before is None:
        return
    state = str(before["lifecycle_state"])
    if state in TERMINAL:
        raise refused("credential.final", state)
    if after is None:
        if ever_verified(before["id"]):
            raise refused("credential.stays", state)
        return
    if state in ("EXPIRED", "GRACE") and _later(before, after):
        raise refused("credential.extend_expired", state)
    if after.get("is_primary") and not before["is_primary"] and state in IN_FORCE:
        _refuse_second(customer_id, before["id"])


def _later(before: Row, after: Row) -> bool:
    """Whether the document would end later than it did, or never."""
    was, will = before["expiry_date"], after.get("expiry_date")
    return bool(was != will and (will is None or was is None or will > was))


def _refuse_second(customer_id: int, row_id: int) -> None:
    owner = Customer.objects.select_related("golden").get(pk=customer_id)
    golden = owner.golden or owner
    refuse_second_main(Credential.objects.get(pk=row_id), [golden.pk, *golden.members])
