"""What documents keep of a customer who is erased: the stored content of every edition."""

from datetime import datetime

from customers.selectors.documents import objects_of
from mdm.erasure import Erased
from mdm.storage.models import StoredObject


def forget_documents(erased: Erased, at: datetime) -> set[str]:
    """Name the objects of all documents of a customer; their rows go with the customer's."""
    mine = StoredObject.objects.filter(pk__in=objects_of(erased.customer_ids), destroyed_at=None)
    return set(mine.values_list("name", flat=True))
