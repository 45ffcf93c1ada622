"""What comes before any page: a password that is over, a second factor that a role asks for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.errors import Text
from security.authentication.duties import duty_of

View = Callable[..., HttpResponseBase]

#: Pages that are open all the same: they see to the duty, or lead out.
OPEN = frozenset({"logout", "prove", "stay", "password_change", "password_change_done"})
OWN_SECURITY = "own_"
#: Duty -> where it is seen to, and what is said.
WHERE: dict[str, tuple[str, Text]] = {
    "password": ("admin:password_change", ""),
    "factor": ("admin:own_security", _("Your role needs a second factor. Set one up before you go on.")),
}


def duties_first(view: View) -> View:
    """`view`, for whoever has nothing to see to first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in OPEN:
            return view(request, *args, **kwargs)
        duty = duty_of(request, at=timezone.now())
        if not duty or (duty == "factor" and (name or "").startswith(OWN_SECURITY)):
            return view(request, *args, **kwargs)
        page, text = WHERE[duty]
        if text and not messages.get_messages(request):
            messages.warning(request, str(text))
        return HttpResponseRedirect(reverse(page))

    return guarded
