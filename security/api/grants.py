"""Roles, grants and alarms over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.errors import NotFound
from mdm.paging import newest_first
from mdm.rest import pages
from mdm.rest.approvals import answered
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.models import Alert, Grant, GrantScope, Organisation, Role, User
from security.selectors.accounts import roles, visible_grants, visible_users
from security.services import accounts, alerts, granting

Json = dict[str, Any]
TAG = "rights"


class RoleFields(Fields):
    """A role."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    mask_profile = serializers.CharField()
    hidden_fields = serializers.ListField(child=serializers.CharField())
    locked_fields = serializers.ListField(child=serializers.CharField())


class GrantFields(Fields):
    """A role given to a user."""

    id = serializers.IntegerField()
    user = serializers.CharField()
    role = serializers.CharField()
    org = serializers.CharField(help_text=_("Code of the branch."))
    scope = serializers.CharField(help_text=_("How far it reaches from the branch."))
    nodes = serializers.ListField(child=serializers.CharField(), help_text=_("Codes of further branches."))
    filters = serializers.DictField()
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_to = serializers.DateTimeField(allow_null=True)


class GiveFields(Fields):
    """A role to be given."""

    user = Text(max_length=150)
    role = Text(max_length=40)
    org = Text(max_length=20, help_text=_("Code of the branch."))
    scope = serializers.ChoiceField(choices=GrantScope.values, required=False)
    nodes = serializers.ListField(child=Text(max_length=20), max_length=50, required=False)
    filters = serializers.DictField(
        child=serializers.ListField(child=Text(max_length=60), max_length=50), required=False
    )
    valid_from = serializers.DateTimeField(required=False, allow_null=True)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)
    change_reason = Text(max_length=200)


class EndGrantFields(Fields):
    """Why a grant ends."""

    change_reason = Text(max_length=200)


class AlertFields(Fields):
    """An alarm."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    rule = serializers.CharField()
    actor = serializers.CharField()
    org = serializers.CharField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField()
    finding = serializers.CharField()


class CloseAlertFields(Fields):
    """What was found."""

    finding = Text(max_length=200)


class RolesView(ApiView):
    """`/roles`."""

    @operation(
        Operation(
            scope="user.manage",
            name="roles_list",
            summary=_("List roles"),
            tag=TAG,
            answer=RoleFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """Every role with what it may do and how it sees customers."""
        found = newest_first(roles(call.actor), pages.after(call), pages.page_size(call))
        return pages.page(call, [_role(role) for role in found.rows], found.next)


class GrantsView(ApiView):
    """`/grants`."""

    @operation(
        Operation(
            scope="user.manage",
            name="grants_list",
            summary=_("List role grants"),
            tag=TAG,
            answer=GrantFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """The grants at the branches whose users the caller manages."""
        found = newest_first(visible_grants(call.actor), pages.after(call), pages.page_size(call))
        return pages.page(call, [_told(given) for given in found.rows], found.next)

    @operation(
        Operation(
            scope="user.manage",
            name="grants_give",
            summary=_("Give a role"),
            fresh=True,
            description=_("Refused where it would bring rights together that lie in different hands."),
            tag=TAG,
            body=GiveFields,
            answer=GrantFields,
            status=201,
            idempotent=True,
            may_wait=True,
            refusals=(
                "user.unknown",
                "access.branch",
                "grant.unknown",
                "grant.self",
                "grant.period",
                "grant.scope",
                "grant.filter",
                "grant.staff_no",
                "grant.duties",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call) -> Answer:
        """The grant, or the change request that waits for it."""
        told = dict(call.data)
        user = visible_users(call.actor).filter(username=told.pop("user")).first()
        role = Role.objects.filter(code=told.pop("role")).first()
        org = Organisation.objects.filter(code=told.pop("org"), active=True).first()
        if user is None or role is None or org is None:
            raise NotFound("grant.unknown", _("There is no such user, role or branch."))
        return _given(call, user, role, org, told)


def _given(call: Call, user: User, role: Role, org: Organisation, told: Json) -> Answer:
    reason = told.pop("change_reason")
    period = {name: told.pop(name, None) for name in ("valid_from", "valid_to")}
    done = granting.give(call.actor, user, role, org, reason=reason, at=call.at, **period, **told)
    return answered(call, done, lambda given: Answer(_told(given)))


class GrantEndView(ApiView):
    """`/grants/{id}:end`."""

    @operation(
        Operation(
            scope="user.manage",
            name="grants_end",
            summary=_("Take a role back"),
            tag=TAG,
            body=EndGrantFields,
            answer=GrantFields,
            idempotent=True,
            refusals=("grant.unknown", "grant.self", "reason.missing"),
        )
    )
    def post(self, call: Call, grant_id: int) -> Answer:
        """The grant, ended now."""
        reason = call.data["change_reason"]
        return Answer(_told(accounts.end_grant(call.actor, grant_id, reason=reason, at=call.at)))


class AlertsView(ApiView):
    """`/alerts`."""

    @operation(
        Operation(
            scope="alert.view",
            name="alerts_list",
            summary=_("List alarms"),
            tag=TAG,
            answer=AlertFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """Alarms about users of the branches at which the caller sees them."""
        found = newest_first(alerts.visible_alerts(call.actor), pages.after(call), pages.page_size(call))
        alerts.record_list(call.actor, "alert.list", found.rows, at=call.at)
        return pages.page(call, [_alert(row) for row in found.rows], found.next)


class AlertCloseView(ApiView):
    """`/alerts/{id}:close`."""

    @operation(
        Operation(
            scope="alert.close",
            name="alerts_close",
            summary=_("Close an alarm"),
            tag=TAG,
            body=CloseAlertFields,
            answer=AlertFields,
            idempotent=True,
            refusals=("alert.unknown", "alert.closed"),
        )
    )
    def post(self, call: Call, alert_id: int) -> Answer:
        """The alarm, closed."""
        return Answer(_alert(alerts.close(call.actor, alert_id, finding=call.data["finding"], at=call.at)))


def _role(role: Role) -> Json:
    names = ("code", "name_zh", "name_en", "permissions", "mask_profile", "hidden_fields", "locked_fields")
    return {name: getattr(role, name) for name in names}


def _told(given: Grant) -> Json:
    nodes = Organisation.objects.filter(pk__in=given.nodes) if given.nodes else ()
    return {
        "id": given.pk,
        "user": given.user.get_username(),
        "role": given.role.code,
        "org": given.org.code,
        "scope": given.scope,
        "nodes": [node.code for node in nodes],
        "filters": given.filters,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
    }


def _alert(row: Alert) -> Json:
    names = ("at", "rule", "actor", "closed_at", "closed_by", "finding")
    return {
        "id": row.pk,
        "org": row.org.code if row.org else None,
        **{name: getattr(row, name) for name in names},
    }
