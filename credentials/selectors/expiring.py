"""Documents that end soon, for the home page."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from credentials.models import Credential
from customers.selectors.customer import VIEW
from customers.selectors.panorama import EXPIRY_NOTICE
from mdm.history.models import Status
from security.access.actor import Actor
from security.access.scope import in_scope, scoped


def expiring(actor: Actor, *, at: datetime, limit: int) -> int:
    """How many documents in force end within the notice period, counted up to `limit`."""
    today: date = timezone.localtime(at).date()
    with in_scope(actor, VIEW):
        rows = scoped(Credential.objects.all(), actor, VIEW, path="customer__org_path")
        due = rows.filter(
            status=Status.ACTIVE,
            expiry_date__gte=today,
            expiry_date__lte=today + timedelta(days=EXPIRY_NOTICE),
        )
        return due.values("pk")[:limit].count()
