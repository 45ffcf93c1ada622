"""`/saved-views`: the filters of lists under a name, one's own and those shared with one's branch."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from customers.models import SavedView
from customers.selectors.customer import VIEW
from customers.selectors.saved_views import LISTS, view, views
from customers.services import saved_views
from mdm.rest import pages
from mdm.rest.fields import Fields, Flag, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "customers"
#: What saving and changing may be refused with.
_REFUSED = ("view.name", "view.sensitive", "view.branch", "view.exists", "filter.unknown")


class SavedViewFields(Fields):
    """A saved view."""

    id = serializers.IntegerField()
    list_ = serializers.ChoiceField(sorted(LISTS))
    name = serializers.CharField()
    filters = serializers.DictField(child=serializers.CharField())
    query = serializers.CharField(help_text=_("The filters as the list of this name takes them."))
    shared = serializers.BooleanField()
    own = serializers.BooleanField(help_text=_("Whether the caller saved it, and may change it."))
    owner = serializers.CharField()
    version = serializers.IntegerField()


class NewViewFields(Fields):
    """A view to be saved."""

    list_ = serializers.ChoiceField(sorted(LISTS))
    name = Text(max_length=60)
    filters = serializers.DictField(child=Text(max_length=80), default=dict)
    shared = Flag(default=False)


class ChangedViewFields(Fields):
    """What is left out stays."""

    name = Text(max_length=60, required=False)
    filters = serializers.DictField(child=Text(max_length=80), required=False)
    shared = Flag(required=False)


class ViewFilterFields(Fields):
    """Which views."""

    list_ = serializers.ChoiceField(sorted(LISTS), required=False)


class SavedViewsView(ApiView):
    """`/saved-views`."""

    @operation(
        Operation(
            scope=VIEW,
            name="saved_views_list",
            summary=_("List saved views"),
            tag=TAG,
            query=ViewFilterFields,
            answer=SavedViewFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The views that the caller may open, the own ones first, on one page."""
        found = views(call.actor, call.query.get("list", ""))
        return pages.page(call, [_view(call, one) for one in found], None)

    @operation(
        Operation(
            scope=VIEW,
            name="saved_views_create",
            summary=_("Save a view"),
            description=_("Filters are codes, days and branches: numbers of customers are refused."),
            tag=TAG,
            body=NewViewFields,
            answer=SavedViewFields,
            status=201,
            idempotent=True,
            versioned=True,
            refusals=(*_REFUSED, "view.list", "view.many"),
        )
    )
    def post(self, call: Call) -> Answer:
        """The view as it was saved."""
        told = call.data
        made = saved_views.save(
            call.actor, told["list"], told["name"], told["filters"], shared=told["shared"], at=call.at
        )
        return Answer(_view(call, made), version=made.version, location=f"{call.request.path}/{made.pk}")


class SavedViewView(ApiView):
    """`/saved-views/{id}`."""

    @operation(
        Operation(
            scope=VIEW,
            name="saved_views_read",
            summary=_("Read a saved view"),
            tag=TAG,
            answer=SavedViewFields,
            versioned=True,
            refusals=("view.unknown",),
        )
    )
    def get(self, call: Call, row_id: int) -> Answer:
        """The view."""
        found = view(call.actor, row_id)
        return Answer(_view(call, found), version=found.version)

    @operation(
        Operation(
            scope=VIEW,
            name="saved_views_change",
            summary=_("Rename, share or refilter a saved view"),
            tag=TAG,
            body=ChangedViewFields,
            answer=SavedViewFields,
            conditional=True,
            versioned=True,
            refusals=(*_REFUSED, "view.unknown", "view.others", "row.stale"),
        )
    )
    def patch(self, call: Call, row_id: int) -> Answer:
        """The view as it is now."""
        changed = saved_views.change(call.actor, row_id, call.version, at=call.at, **call.data)
        return Answer(_view(call, changed), version=changed.version)


class SavedViewDeleteView(ApiView):
    """`/saved-views/{id}:delete`."""

    @operation(
        Operation(
            scope=VIEW,
            name="saved_views_delete",
            summary=_("Delete a saved view"),
            tag=TAG,
            answer=SavedViewFields,
            conditional=True,
            idempotent=True,
            refusals=("view.unknown", "view.others", "row.stale"),
        )
    )
    def post(self, call: Call, row_id: int) -> Answer:
        """The view as it was."""
        return Answer(_view(call, saved_views.delete(call.actor, row_id, call.version, at=call.at)))


def _view(call: Call, found: SavedView) -> dict[str, Any]:
    return {
        "id": found.pk,
        "list": found.of,
        "name": found.name,
        "filters": found.filters,
        "query": urlencode(found.filters),
        "shared": bool(found.shared_with),
        "own": found.owner_id == call.actor.user_id,
        "owner": found.owner.get_username(),
        "version": found.version,
    }
