"""Unmasking, explaining access, protecting and sharing one customer."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.api import access_fields as shapes
from customers.models import AccessMark
from customers.selectors.explaining import explain_access
from customers.services import marks, sharing
from customers.services.revealing import Why, reveal
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "access"
_UNKNOWN = "customer.unknown"


class RevealView(ApiView):
    """`/customers/{number}:reveal`."""

    @operation(
        Operation(
            scope="clear.read",
            name="customers_reveal",
            summary=_("See clear values of an entry"),
            description=_(
                "Takes a cause and words, and a signature or a token of ten minutes; counted against the day's "
                "quota, logged and watched."
            ),
            tag=TAG,
            fresh=True,
            body=shapes.RevealFields,
            answer=shapes.RevealedFields,
            refusals=(
                _UNKNOWN,
                "row.unknown",
                "reveal.reason",
                "reveal.field",
                "reveal.quota",
            ),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The values, until when they may be shown, and the mark to show with them."""
        told = call.data
        why = Why(told["cause"], told["reason"], told.get("document", ""))
        found = reveal(
            call.actor, told["facet"], told["row_id"], told["fields"], why, at=call.at, number=number
        )
        return Answer(
            {
                "values": found.values,
                "until": found.until,
                "watermark": found.watermark,
                "quota_left": found.quota_left,
            },
            headers={"Cache-Control": "no-store"},
        )


class ExplainView(ApiView):
    """`/customers/{number}:explain-access`."""

    @operation(
        Operation(
            scope="access.explain",
            name="customers_explain_access",
            summary=_("Why a user sees a customer or not"),
            description=_("Grants, filters, exceptions and masks, in words; nothing of the customer itself."),
            tag=TAG,
            body=shapes.AskedFields,
            answer=shapes.ExplainedFields,
            refusals=(_UNKNOWN, "user.unknown", "explain.field"),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The explanation."""
        told = explain_access(call.actor, call.data["user"], number, call.data.get("field", ""), at=call.at)
        steps = [{"what": step.what, "lets": step.lets, "why": step.why} for step in told.steps]
        answer = {"sees": told.sees, "answer": told.verdict, "profile": told.profile, "hidden": told.hidden}
        return Answer({**answer, "steps": steps})


class MarkView(ApiView):
    """`/customers/{number}:mark`."""

    @operation(
        Operation(
            scope="customer.protect",
            name="customers_mark",
            summary=_("Protect a customer, or name its account manager"),
            tag=TAG,
            fresh=True,
            body=shapes.MarkFields,
            answer=shapes.MarkedFields,
            idempotent=True,
            refusals=(_UNKNOWN, "mark.value", "reason.missing"),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The mark."""
        told = call.data
        reason = told["change_reason"]
        return _marked(marks.mark(call.actor, number, told["kind"], told["value"], reason=reason, at=call.at))


class UnmarkView(ApiView):
    """`/customers/{number}:unmark`."""

    @operation(
        Operation(
            scope="customer.protect",
            name="customers_unmark",
            summary=_("End a customer's protection, or its account manager"),
            tag=TAG,
            fresh=True,
            body=shapes.MarkFields,
            answer=shapes.MarkedFields,
            idempotent=True,
            refusals=(_UNKNOWN, "mark.value", "mark.unknown", "reason.missing"),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The mark, ended."""
        told = call.data
        reason = told["change_reason"]
        return _marked(
            marks.unmark(call.actor, number, told["kind"], told["value"], reason=reason, at=call.at)
        )


class ShareView(ApiView):
    """`/customers/{number}:share`."""

    @operation(
        Operation(
            scope="customer.share",
            name="customers_share",
            summary=_("Open or close a customer for one user or group"),
            tag=TAG,
            fresh=True,
            body=shapes.ShareFields,
            answer=shapes.SharedFields,
            idempotent=True,
            refusals=(
                _UNKNOWN,
                "exception.to",
                "exception.effect",
                "exception.expiry",
                "grant.self",
                "reason.missing",
            ),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The exception."""
        told = call.data
        given: Any = sharing.share(
            call.actor,
            number,
            told["to"],
            told["effect"],
            expires_at=told.get("expires_at"),
            reason=told["change_reason"],
            at=call.at,
        )
        return Answer({"to": told["to"], "effect": told["effect"], "expires_at": given.expires_at})


class UnshareView(ApiView):
    """`/customers/{number}:unshare`."""

    @operation(
        Operation(
            scope="customer.share",
            name="customers_unshare",
            summary=_("End an exception"),
            tag=TAG,
            fresh=True,
            body=shapes.UnshareFields,
            answer=shapes.SharedFields,
            idempotent=True,
            refusals=(_UNKNOWN, "exception.to", "exception.unknown", "grant.self", "reason.missing"),
        )
    )
    def post(self, call: Call, number: str) -> Answer:
        """The exception, ended now."""
        told = call.data
        sharing.end(call.actor, number, told["to"], told["effect"], reason=told["change_reason"], at=call.at)
        return Answer({"to": told["to"], "effect": told["effect"], "expires_at": call.at})


def _marked(told: AccessMark) -> Answer:
    return Answer({"kind": told.kind, "since": told.since, "ended_at": told.ended_at})


COMMANDS = {
    "reveal": RevealView,
    "explain-access": ExplainView,
    "mark": MarkView,
    "unmark": UnmarkView,
    "share": ShareView,
    "unshare": UnshareView,
}
