"""Open sessions and locked accounts, as their owner or who manages users may see them."""

from datetime import datetime

from django.db.models import QuerySet

from security.access.actor import Actor
from security.authentication.sessions import alive
from security.models import GuessCounter, Session
from security.selectors.accounts import visible_users


def visible_sessions(actor: Actor, *, at: datetime) -> QuerySet[Session]:
    """Open sessions of the accounts that the actor manages. Raises NotAllowed without `user.manage`."""
    users = visible_users(actor).values("pk")
    return alive(at).filter(user__in=users).select_related("user__org")


def own_sessions(actor: Actor, *, at: datetime) -> QuerySet[Session]:
    """One's own open sessions, the last used first."""
    return alive(at).filter(user=actor.user_id).select_related("user").order_by("-last_seen_at")


def visible_locks(actor: Actor, *, at: datetime) -> QuerySet[GuessCounter]:
    """Locked accounts among those that the actor manages."""
    users = visible_users(actor).values("pk")
    rows = GuessCounter.objects.filter(user__in=users, locked_until__gt=at)
    return rows.select_related("user__org").order_by("-locked_until", "-pk")
