"""What must be done before anything else: a new password, a second factor."""

from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from security.authentication.factors import has_factor
from security.authentication.passwords import must_change
from security.models import Grant, User

#: What a session remembers of its user's factor, so that it is not looked up for every page.
_HAS_FACTOR = "panorama_has_factor"


def needs_factor(user: User, *, at: datetime) -> bool:
    """Whether a role in force asks for a second factor."""
    started = Q(valid_from=None) | Q(valid_from__lte=at)
    running = Q(valid_to=None) | Q(valid_to__gt=at)
    return Grant.objects.filter(started, running, user=user, role__mfa_required=True).exists()


def duty_of(request: HttpRequest, *, at: datetime) -> str:
    """`password` or `factor` where the signed-in person must see to that first; else empty."""
    user = request.user
    if not isinstance(user, User):
        return ""
    if must_change(user, at=at):
        return "password"
    if request.session.get(_HAS_FACTOR) or not needs_factor(user, at=at):
        return ""
    if not has_factor(user):
        return "factor"
    request.session[_HAS_FACTOR] = True
    return ""
