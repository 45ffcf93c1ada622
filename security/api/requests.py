"""`/change-requests`: what waits for a second person, read and decided over REST."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest import pages
from mdm.rest.approvals import waiting_data
from mdm.rest.authentication import STEP_UP, client_of, require_proof
from mdm.rest.fields import Fields, Text
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView
from security.api.request_fields import RequestFields, RequestLineFields
from security.approvals import deciding, reading, requests
from security.approvals.models import ChangeRequest
from security.approvals.persons import standing_in
from security.approvals.policy import LETS_IN
from security.approvals.registry import Shown
from security.approvals.registry import operation as declared

TAG = "approvals"
SCOPE = "approval.view"
_DECIDING = (
    "approval.unknown",
    "approval.right",
    "approval.self",
    "approval.twice",
    "approval.moved",
    "approval.state",
    "approval.expired",
    "reason.missing",
)
#: What an approval can meet besides, since it does what was asked.
_DOING = ("approval.stale", "approval.maker_left", "record.refused", "row.ended", "customer.merged")


class RequestFilterFields(Fields):
    """Which requests."""

    box = serializers.ChoiceField(
        reading.BOXES, required=False, help_text=_("decide: what waits for you; mine: what you asked; all.")
    )
    state = Text(required=False, max_length=10)
    operation = Text(required=False, max_length=60)
    org = Text(required=False, max_length=20, help_text=_("Code of the branch."))


class DecisionFields(Fields):
    """Why."""

    reason = Text(required=False, max_length=200, allow_blank=True)


class RequestsView(ApiView):
    """`/change-requests`."""

    @operation(
        Operation(
            scope=SCOPE,
            name="change_requests_list",
            summary=_("List change requests"),
            description=_("Those that you asked, may decide, or look on as an auditor; newest first."),
            tag=TAG,
            query=RequestFilterFields,
            answer=RequestFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of requests, without what they would change."""
        filters = dict(call.query)
        box = filters.pop("box", reading.ALL)
        found = reading.inbox(
            call.actor, box, at=call.at, after=pages.after(call), size=pages.page_size(call), filters=filters
        )
        return pages.page(call, [_told(row) for row in found.rows], found.next)


class RequestView(ApiView):
    """`/change-requests/{id}`."""

    @operation(
        Operation(
            scope=SCOPE,
            name="change_requests_read",
            summary=_("Read a change request"),
            description=_("With the difference, masked for the caller, and every step."),
            tag=TAG,
            answer=RequestLineFields,
            versioned=True,
            refusals=("approval.unknown",),
        )
    )
    def get(self, call: Call, request_id: int) -> Answer:
        """The request."""
        return _answer(call, request_id)


Decide = Callable[..., ChangeRequest]


def _command(name: str, summary: Any, decide: Decide, scope: str, refusals: tuple[str, ...]) -> type[ApiView]:
    """`/change-requests/{id}:approve` and its like."""

    class RequestCommandView(ApiView):
        """One move of a request."""

        @operation(
            Operation(
                scope=scope,
                name=f"change_requests_{name}",
                summary=summary,
                tag=TAG,
                body=DecisionFields,
                answer=RequestLineFields,
                idempotent=True,
                conditional=True,
                versioned=True,
                refusals=refusals,
            )
        )
        def post(self, call: Call, request_id: int) -> Answer:
            """The request as it stands then."""
            if name == "approve":
                _require_proof(call, request_id)
            reason = call.data.get("reason", "")
            decide(call.actor, request_id, call.version, reason=reason, at=call.at)
            return _answer(call, request_id)

    return RequestCommandView


#: The moves that callers may make.
COMMANDS: Mapping[str, type[ApiView]] = {
    "approve": _command("approve", _("Approve it"), deciding.approve, SCOPE, (*_DECIDING, *_DOING, STEP_UP)),
    "return": _command("return", _("Return it for correction"), deciding.give_back, SCOPE, _DECIDING),
    "reject": _command("reject", _("Reject it"), deciding.reject, SCOPE, _DECIDING),
    "withdraw": _command(
        "withdraw",
        _("Withdraw it"),
        requests.withdraw,
        SCOPE,
        ("approval.unknown", "approval.maker", "approval.moved", "approval.state"),
    ),
    "resubmit": _command(
        "resubmit",
        _("Ask again, on what stands now"),
        requests.resubmit,
        SCOPE,
        (
            "approval.unknown",
            "approval.maker",
            "approval.moved",
            "approval.state",
            "approval.needless",
            "record.refused",
            "row.unknown",
            "row.ended",
            "customer.merged",
            "reason.missing",
        ),
    ),
}


def _require_proof(call: Call, request_id: int) -> None:
    """Who agrees that somebody is let in proves who they are just then: NotAllowed `auth.step_up`."""
    if reading.get(call.actor, request_id, at=call.at).request.operation in LETS_IN:
        require_proof(client_of(call.request))


def _answer(call: Call, request_id: int) -> Answer:
    found = reading.get(call.actor, request_id, at=call.at)
    row = found.request
    shown = declared(row.operation).show(row, standing_in(call.actor, call.at), call.at)
    data = (
        _told(row)
        | _difference(shown)
        | {
            "approvals": {"needed": row.checkers, "given": found.approvals},
            "may_decide": found.may_decide,
            "steps": [
                {
                    "move": one.move,
                    "round": one.round,
                    "at": one.at,
                    "actor": one.actor,
                    "for_whom": one.for_whom or None,
                    "reason": one.reason,
                }
                for one in found.steps
            ],
        }
    )
    return Answer(data, version=row.version)


def _told(row: ChangeRequest) -> dict[str, Any]:
    return {
        **waiting_data(row),
        "target": row.target,
        "org": row.org_code,
        "maker": row.maker.get_username(),
        "round": row.round,
        "level": row.level + 1,
        "fields": row.fields,
        "reason": row.reason,
        "decided_at": row.decided_at,
    }


def _difference(shown: Shown) -> dict[str, Any]:
    return {
        "title": str(shown.title),
        "about": str(shown.about),
        "difference": [
            {
                "label": str(line.label),
                "before": line.before,
                "after": line.after,
                "now": line.now,
                "changed_since": line.clash,
                "hidden": line.hidden,
            }
            for line in shown.lines
        ],
    }
