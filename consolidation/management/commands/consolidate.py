"""`manage.py consolidate`: find duplicates, merge the sure ones, open cases for the rest."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from consolidation.services.matching import consolidate
from mdm.console import OK, iso_date, progress
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor


class Command(ConsoleCommand):
    """Run consolidation."""

    help = "Match customers, merge the sure class, open review cases for the rest."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--business-date", type=iso_date)
        parser.add_argument(
            "--full", action="store_true", help="compare all customers, not only changed ones"
        )

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = system_actor("consolidate", ["consolidate.run", "merge.run"], channel="BATCH")
        now = timezone.now()
        day = options["business_date"] or timezone.localtime(now).date()
        with progress("consolidate", options["json"]) as tell:
            done = consolidate(actor, business_date=day, full=options["full"], at=now, tell=tell)
        return done.as_json(), OK
