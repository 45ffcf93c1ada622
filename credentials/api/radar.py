"""The radar of documents over REST."""

from django.utils.translation import gettext_lazy as _

from credentials.api.fields import DueDocumentFields, DueDocumentQueryFields, RadarAnswerFields
from credentials.rules.standing import BANDS
from credentials.selectors import radar
from mdm.errors import Invalid
from mdm.paging import number_in
from mdm.rest import pages
from mdm.rest.operations import Answer, Call, Operation, operation
from mdm.rest.views import ApiView

TAG = "credentials"


class RadarView(ApiView):
    """`/credentials/radar`."""

    @operation(
        Operation(
            scope="customer.view",
            name="credentials_radar",
            summary=_("How many documents have ended or end soon, by branch"),
            tag=TAG,
            answer=RadarAnswerFields,
        )
    )
    def get(self, call: Call) -> Answer:
        """The branches of the caller's customers."""
        lines = radar.radar(call.actor, at=call.at)
        return Answer({"branches": [_line(line) for line in lines]})


def _line(line: radar.Line) -> dict[str, object]:
    near = {f"within_{days}": line.counts[days] for days in BANDS}
    return {"org": line.org, "name": line.name, "expired": line.counts[0], **near}


class DueView(ApiView):
    """`/credentials/due`."""

    @operation(
        Operation(
            scope="customer.view",
            name="credentials_due",
            summary=_("Documents that have ended or end soon"),
            description=_("The first to end first."),
            tag=TAG,
            query=DueDocumentQueryFields,
            answer=DueDocumentFields,
            paged=True,
            refusals=("filter.unknown",),
        )
    )
    def get(self, call: Call) -> Answer:
        """A page of the work list."""
        band = call.query.get("band") or ""
        if band and number_in(band) is None:
            raise Invalid("filter.unknown", _("There is no such band: 0, 30, 60 or 90."))
        found = radar.due(
            call.actor,
            at=call.at,
            near=int(band) if band else None,
            org=call.query.get("org") or "",
            after=pages.after(call) or "",
            size=pages.page_size(call),
        )
        names = [str(name) for name in DueDocumentFields().fields]
        return pages.page(call, [{name: row[name] for name in names} for row in found.rows], found.next)
