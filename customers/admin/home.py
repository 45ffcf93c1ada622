"""What customers put on the home page."""

from datetime import datetime
from typing import Any

from customers.selectors.recent import recent_customers
from mdm.backoffice.home import Panel, add_panel
from security.access.actor import Actor


def _recent(actor: Actor, at: datetime) -> dict[str, Any]:
    """Whom the reader looked at last."""
    return {"customers": recent_customers(actor, at=at), "may_create": actor.may("customer.create")}


add_panel(Panel("recent", "customer.view", "panorama/home/recent.html", _recent, order=5))
