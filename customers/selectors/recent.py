"""The customers a reader looked at last, from the operation log."""

from datetime import datetime

from customers.models import Customer
from customers.selectors.customer import VIEW
from customers.selectors.search import Hit, hits
from security.access.actor import Actor
from security.access.scope import in_scope, scoped
from security.audit.log import record
from security.models import OperationLog

#: How far back in the reader's own operations this looks.
LOOK_BACK = 200


def recent_customers(actor: Actor, *, at: datetime, size: int = 8) -> list[Hit]:
    """The customers whose panorama this actor opened last, newest first, those still in scope; logged."""
    with in_scope(actor, VIEW):
        opened = OperationLog.objects.filter(actor=actor.name, action="customer.panorama").order_by("-at")
        ids = list(dict.fromkeys(opened.values_list("customer_id", flat=True)[:LOOK_BACK]))[: size * 2]
        visible = scoped(Customer.objects.select_related("org").filter(golden=None), actor, VIEW).in_bulk(ids)
        seen = [pk for pk in ids if pk is not None and pk in visible][:size]
        found = hits(actor, [visible[pk] for pk in seen])
        record(actor, "customer.recent", at, subject="customer", fields={"shown": len(found)}, shown=seen)
        return found
