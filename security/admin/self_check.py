"""The self-check as a page: every probe with its verdict, and the score."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mdm.backoffice import menu
from mdm.backoffice.access import actor_of
from mdm.backoffice.pages import page, render_page
from security.assurance import RIGHT, Answered, Verdict, self_check

_TONES = {Verdict.OK: "ok", Verdict.WARN: "warn", Verdict.BAD: "bad"}
_WORDS = {Verdict.OK: _("fine"), Verdict.WARN: _("needs attention"), Verdict.BAD: _("act now")}


@page("self-check/", "self_check", RIGHT)
def show(request: HttpRequest) -> HttpResponse:
    """Ask every probe now."""
    at = timezone.now()
    found = self_check(actor_of(request), at=at)
    answers = sorted(found.answers, key=lambda one: str(one.probe.section))
    sections = [
        (label, [_row(one) for one in told])
        for label, told in groupby(answers, key=lambda one: str(one.probe.section))
    ]
    context = {"title": _("Self-check"), "score": found.score, "sections": sections, "at": at}
    return render_page(request, "panorama/self_check.html", context)


def _row(one: Answered) -> dict[str, object]:
    verdict = one.finding.verdict
    return {
        "label": one.probe.label,
        "text": one.finding.text,
        "tone": _TONES[verdict],
        "word": _WORDS[verdict],
    }


menu.add(menu.Item("control", _("Self-check"), "admin:self_check", "ok", RIGHT, order=90))
