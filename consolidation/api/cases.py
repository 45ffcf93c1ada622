"""`/review-cases`: the queue of duplicate cases, to read."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from consolidation.api.fields import CaseFields, CaseFilterFields
from consolidation.selectors.listing import CaseLine, list_cases
from mdm.rest import pages
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView


class CasesView(ApiView):
    """`/review-cases`."""

    @operation(
        Operation(
            scope="case.view",
            name="review_cases_list",
            summary=_("List open duplicate cases"),
            description=_("Cases of which you may see both customers, newest first."),
            tag="consolidation",
            query=CaseFilterFields,
            answer=CaseFields,
            paged=True,
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of cases."""
        found = list_cases(
            call.actor, at=call.at, after=pages.after(call), size=pages.page_size(call), filters=call.query
        )
        return pages.page(call, [_told(line) for line in found.rows], found.next)


def _told(line: CaseLine) -> dict[str, Any]:
    case = line.case
    return {
        "id": case.pk,
        "outcome": case.outcome,
        "rule": case.rule,
        "veto": case.veto,
        "score": round(case.score, 4),
        "state": case.state,
        "opened_at": case.opened_at,
        "customer": asdict(line.one),
        "other": asdict(line.other),
    }
