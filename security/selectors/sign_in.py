"""Open sessions and locked accounts, as their owner or who manages users may see them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from security.access.actor import Actor
from security.authentication.sessions import alive
from security.models import GuessCounter, OperationLog, Session
from security.selectors.accounts import visible_users

#: How the operation log calls that somebody helped an account back, by what was done.
HELPED = {"password": "user.password", "factors": "factor.reset"}
#: For so long an account's owner is told.
TOLD_FOR = timedelta(days=30)


def helped_back(actor: Actor, *, at: datetime) -> QuerySet[OperationLog]:
    """What others did of late to let somebody into the actor's own account, the last first."""
    rows = OperationLog.objects.filter(subject="user", object_id=actor.user_id or 0, result="ok")
    return rows.filter(action__in=HELPED.values(), at__gt=at - TOLD_FOR).order_by("-at")


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
