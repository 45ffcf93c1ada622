"""What is known of client systems, for who manages users at their branches."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound
from security.access.actor import Actor
from security.access.client import visible_clients
from security.models import ClientKey


def visible_keys(actor: Actor, client_id: str) -> QuerySet[ClientKey]:
    """The keys of a client, newest first. Raises NotFound `client.not_found` out of scope."""
    client = visible_clients(actor).filter(client_id=client_id).first()
    if client is None:
        raise NotFound("client.not_found", _("There is no such client."))
    return ClientKey.objects.filter(client=client).order_by("-valid_from", "-pk")
