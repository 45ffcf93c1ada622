"""The nightly clock of special information."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from mdm.jobs import Job
from mdm.run_control import Claim, carry_out, create_run, finish
from mdm.runs import JobRun, RunState
from security.access.actor import Actor
from special_info.rules.rights import AGENCY, INVESTOR, TAX
from special_info.services import agency_payment, investor, tax

#: The reason of what the clock does, as the history keeps it.
REASON = "time is over"


def _clock(actor: Actor, business_date: date, at: datetime, parameters: Mapping[str, str]) -> JobRun:
    """End what is over: declarations whose successor is overdue, assessments, agreements."""
    run = create_run(actor, "special_clock", {}, business_date=business_date, at=at)

    def work(held: Claim) -> None:
        counts = {
            "tax_certifications": tax.lapse(actor, business_date, reason=REASON, at=at),
            "investor_assessments": investor.expire(actor, business_date, reason=REASON, at=at),
            "agency_agreements": agency_payment.expire(actor, business_date, reason=REASON, at=at),
        }
        finish(held, RunState.SUCCEEDED, counts=counts)

    carry_out(run.pk, work)
    return JobRun.objects.get(pk=run.pk)


CLOCK = Job("special_clock", _("End special information whose time is over"), (TAX, INVESTOR, AGENCY), _clock)
