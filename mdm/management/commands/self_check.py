"""`manage.py self_check`: everything that must be so for the product to be safe, with a score."""

from typing import Any

from django.utils import timezone

from mdm.console import OK, PARTIAL
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor
from security.assurance import RIGHT, Verdict, self_check


class Command(ConsoleCommand):
    """Exit codes: 0 nothing is bad, 3 something is."""

    help = "Ask every probe of the self-check; says the score and what is not fine."

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        found = self_check(system_actor("self_check", (RIGHT,)), at=timezone.now())
        told = {
            one.probe.name: f"{one.finding.verdict}: {one.finding.text}"
            for one in found.answers
            if one.finding.verdict is not Verdict.OK
        }
        bad = [one.probe.name for one in found.answers if one.finding.verdict is Verdict.BAD]
        return {
            "score": found.score,
            "probes": len(found.answers),
            "bad": bad,
            "findings": told,
        }, PARTIAL if bad else OK
