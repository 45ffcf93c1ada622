"""What is known of client systems, for who manages users at their branches."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotFound
from security.access.actor import Actor
from security.access.client import visible_clients
from security.models import ApiClient, ClientKey, User


def visible_keys(actor: Actor, client_id: str) -> QuerySet[ClientKey]:
    """The keys of a client, newest first. Raises NotFound `client.not_found` out of scope."""
    client = visible_clients(actor).filter(client_id=client_id).first()
    if client is None:
        raise NotFound("client.not_found", _("There is no such client."))
    return ClientKey.objects.filter(client=client).order_by("-valid_from", "-pk")


@dataclass(frozen=True, slots=True)
class Due:
    """A secret that was agreed to and is not collected: what, by which account, until when."""

    what: str
    by: str
    until: datetime


def due_secrets(client: ApiClient) -> list[Due]:
    """What of a client waits to be collected, by name."""
    names = dict(
        User.objects.filter(pk__in=[told["by"] for told in client.due.values()]).values_list("pk", "username")
    )
    return [
        Due(what, names.get(told["by"], ""), datetime.fromisoformat(told["until"]))
        for what, told in sorted(client.due.items())
    ]
