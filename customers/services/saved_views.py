"""Saving, changing and deleting views of lists. Only who saved a view changes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from customers.models import SavedView
from customers.selectors.saved_views import NOT_KEPT, require_list, view
from mdm.errors import Duplicate, Invalid, NotAllowed, Stale
from mdm.paging import chosen_filters
from security.access.actor import Actor
from security.audit.log import record
from security.audit.reasons import sensitive

#: The most views that one user keeps.
MOST = 100
#: The longest value of a filter.
LONGEST = 80


def save(
    actor: Actor, of: str, name: str, filters: Mapping[str, str], *, shared: bool = False, at: datetime
) -> SavedView:
    """Keep the filters of a list under a name, for oneself or, `shared`, for the branch.

    NotAllowed; Invalid `view.list`, `view.name`, `view.sensitive`, `view.many`, `view.branch` for sharing without
    a branch, `filter.unknown`; Duplicate `view.exists`.
    """
    known = require_list(actor, of)
    told = {**_checked(filters, known), **_named(name)}
    with transaction.atomic():
        own = SavedView.objects.filter(owner_id=actor.user_id)
        if own.count() >= MOST:
            raise Invalid("view.many", _("You have as many views as can be kept: delete one."))
        made = SavedView(
            of=of,
            owner_id=_user(actor),
            shared_with=_branch(actor, shared),
            created_at=at,
            updated_at=at,
            **told,
        )
        _keep(made)
        _log(actor, "view.save", made, at)
    return made


def change(
    actor: Actor,
    view_id: int,
    version: int,
    *,
    name: str | None = None,
    shared: bool | None = None,
    filters: Mapping[str, str] | None = None,
    at: datetime,
) -> SavedView:
    """Rename a view, share it or not, or give it other filters; what is None stays.

    NotFound `view.unknown`, NotAllowed `view.others`, Stale `row.stale`; else raises as `save`.
    """
    with transaction.atomic():
        found = _own(actor, view_id, version)
        if name is not None and name.strip() != found.name:
            found.name = _named(name)["name"]
        if shared is not None:
            found.shared_with = _branch(actor, shared)
        if filters is not None:
            found.filters = _checked(filters, require_list(actor, found.of))["filters"]
        found.version, found.updated_at = found.version + 1, at
        _keep(found)
        _log(actor, "view.change", found, at)
    return found


def delete(actor: Actor, view_id: int, version: int, *, at: datetime) -> SavedView:
    """Delete a view; answers what it was. Raises as `change`."""
    with transaction.atomic():
        found = _own(actor, view_id, version)
        _log(actor, "view.delete", found, at)
        SavedView.objects.filter(pk=found.pk).delete()
    return found


def _own(actor: Actor, view_id: int, version: int) -> SavedView:
    found = view(actor, view_id)
    if found.owner_id != actor.user_id:
        raise NotAllowed("view.others", _("Only who saved a view changes or deletes it."))
    locked = SavedView.objects.select_for_update().get(pk=found.pk)
    if locked.version != version:
        raise Stale("row.stale", _("Someone else changed this in the meantime."))
    return locked


def _user(actor: Actor) -> int:
    if actor.user_id is None:
        raise NotAllowed("view.others", _("Only users and client systems keep views."))
    return actor.user_id


def _branch(actor: Actor, shared: bool) -> str:
    if shared and not actor.org_code:
        raise Invalid("view.branch", _("You belong to no branch with which to share it."))
    return actor.org_code if shared else ""


def _named(name: str) -> dict[str, Any]:
    told = name.strip()
    if not told or len(told) > 60:
        raise Invalid("view.name", _("Give the view a name of at most 60 characters."))
    _refuse_sensitive(told)
    return {"name": told}


def _checked(filters: Mapping[str, str], known: frozenset[str]) -> dict[str, Any]:
    told = {name: str(value).strip()[:LONGEST] for name, value in filters.items() if value}
    if NOT_KEPT & set(told):
        text = _("A view keeps neither a customer nor a reason: take that filter away, then save the view.")
        raise Invalid("view.sensitive", text)
    for value in chosen_filters(told, known).values():
        _refuse_sensitive(value)
    return {"filters": told}


def _refuse_sensitive(text: str) -> None:
    """A view is kept and shared: no document, telephone, account or e-mail stands in one."""
    if sensitive(text):
        raise Invalid("view.sensitive", _("Leave numbers and addresses of customers out of a view."))


def _keep(told: SavedView) -> None:
    """Write it; the unique index decides who has the name, also between two that are sent at once."""
    try:
        with transaction.atomic():
            told.save()
    except IntegrityError:
        raise Duplicate("view.exists", _("You have a view of this name already.")) from None


def _log(actor: Actor, action: str, told: SavedView, at: datetime) -> None:
    fields = {"list": told.of, "filters": sorted(told.filters), "shared": bool(told.shared_with)}
    record(actor, action, at, subject="view", object_id=told.pk, fields=fields)
