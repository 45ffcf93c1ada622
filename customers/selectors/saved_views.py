"""Saved views: which lists have them, and which of them somebody sees."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import SavedView
from customers.selectors import changes, customer
from customers.selectors.history import HISTORY
from mdm.errors import Invalid, NotFound
from security.access.actor import Actor

#: Filters that tell of a customer, or hold what somebody typed: no view keeps them.
NOT_KEPT = frozenset({"customer", "reason"})
#: List -> what a view of it may be narrowed by, and the rights without which nobody sees it.
LISTS: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "customers": (frozenset(customer.FILTERS), (customer.VIEW,)),
    "changes": (changes.FILTERS - NOT_KEPT, (changes.VIEW, HISTORY)),
}


def register_list(of: str, filters: frozenset[str], *rights: str) -> None:
    """Let a list of another app have views (`AppConfig.ready`): what it is narrowed by, and the rights it needs."""
    LISTS[of] = (filters - NOT_KEPT, rights)


def require_list(actor: Actor, of: str) -> frozenset[str]:
    """The filters of a list that the actor may see. NotAllowed; Invalid `view.list` for no list."""
    if of not in LISTS:
        raise Invalid("view.list", _("There is no such list."))
    filters, rights = LISTS[of]
    for right in rights:
        actor.require(right)
    return filters


def views(actor: Actor, of: str = "") -> Sequence[SavedView]:
    """The views of a list, or of every one, that the actor may open: the own ones first, by name."""
    lists = [name for name, (_filters, rights) in LISTS.items() if all(map(actor.may, rights))]
    found = _seen(actor).filter(of__in=[name for name in lists if of in ("", name)])
    return sorted(found, key=lambda view: (view.owner_id != actor.user_id, view.of, view.name))


def view(actor: Actor, view_id: int) -> SavedView:
    """One view that the actor may open. NotFound `view.unknown`."""
    found = _seen(actor).filter(pk=view_id).first()
    if found is None or not all(map(actor.may, LISTS[found.of][1])):
        raise NotFound("view.unknown", _("There is no such view."))
    return found


def _seen(actor: Actor) -> QuerySet[SavedView]:
    """One's own views, and those shared with one's branch by somebody who is still there."""
    shared = Q(shared_with=actor.org_code, owner__is_active=True) & ~Q(shared_with="")
    return SavedView.objects.select_related("owner").filter(Q(owner_id=actor.user_id) | shared)
