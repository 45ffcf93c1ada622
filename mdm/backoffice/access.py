"""Who is at the keyboard: the actor of a request."""

from django.http import HttpRequest
from django.utils import timezone

from mdm.extension.attributes import refresh
from mdm.rest.tracing import trace_id
from security.access.actor import Actor, staff_actor
from security.models import User

_KEPT = "_panorama_actor"


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user's actor with every right in force now; read once a request, which from here on goes by the
    newest model dictionary.

    The caller has checked that somebody is signed in (`PanoramaSite.admin_view`).
    """
    kept = getattr(request, _KEPT, None)
    if isinstance(kept, Actor):
        return kept
    user = request.user
    if not isinstance(user, User):
        raise PermissionError("actor_of needs a signed-in user")
    actor = staff_actor(user, timezone.now()).asking(
        trace_id(request), request.META.get("REMOTE_ADDR") or None
    )
    setattr(request, _KEPT, actor)
    refresh()
    return actor
