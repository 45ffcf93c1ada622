"""Client systems seen from rights: who they act as, which sources they write as, who may see them."""

from dataclasses import replace
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mdm.errors import NotAllowed
from security.access.actor import Actor, staff_actor
from security.models import ApiClient, User

#: `source.core_customer` among a client's scopes lets it write as that source system.
SOURCE = "source."


def in_force(client: ApiClient, at: datetime) -> bool:
    """Whether a client may call at all at `at`."""
    return client.active and client.user.is_active and (client.expires_at is None or at < client.expires_at)


def client_actor(client: ApiClient, at: datetime) -> Actor:
    """Who a client acts as at `at`: the roles of its account, each permission only if it is a scope too.

    So a service that checks a permission checks the scope with it, whatever the door forgot. A client that
    was switched off or has expired holds nothing: what it asked for before is not done either.
    """
    account = staff_actor(client.user, at, channel="API")
    scopes = frozenset(client.scopes) if in_force(client, at) else frozenset()
    rights = tuple(replace(right, permissions=right.permissions & scopes) for right in account.rights)
    return replace(account, rights=rights)


def actor_again(user_id: int, at: datetime) -> Actor:
    """Who ordered something a while ago, with the rights that are theirs at `at`."""
    user = User.objects.select_related("org").get(pk=user_id)
    client = ApiClient.objects.filter(user=user).first()
    return client_actor(client, at) if client else staff_actor(user, at)


def client_sources(client: ApiClient) -> frozenset[str]:
    """The source systems a client may write as: itself, and those its scopes name."""
    named = {scope.removeprefix(SOURCE) for scope in client.scopes if scope.startswith(SOURCE)}
    return frozenset(named | {client.client_id})


def require_source(source: str, sources: frozenset[str]) -> None:
    """Raise NotAllowed `access.source` for what is told in the name of another source than these."""
    if source not in sources:
        raise NotAllowed("access.source", _("You may not write as this source system."))


def visible_clients(actor: Actor) -> QuerySet[ApiClient]:
    """The clients at branches whose users the actor manages; NotAllowed where it manages none."""
    actor.require("user.manage")
    orgs = actor.orgs("user.manage")
    where = Q() if orgs is None else Q(user__org__path__overlap=sorted(orgs))
    return ApiClient.objects.select_related("user__org").filter(where)
