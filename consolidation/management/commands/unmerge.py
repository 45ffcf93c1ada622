"""`manage.py unmerge`: take one merge back exactly."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from consolidation.services.merging import unmerge
from customers.rules.number import customer_no
from mdm.console import OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor


class Command(ConsoleCommand):
    """Take a merge back."""

    help = "Take a merge back exactly and keep the two sides apart; exit 1 where it cannot be taken back."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("merge_id", type=int, help="the number of the merge")
        parser.add_argument("--reason", required=True, help="why; without numbers of customers")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = system_actor("unmerge", ["merge.run"])
        undone = unmerge(actor, options["merge_id"], reason=options["reason"], at=timezone.now())
        customers = customer_no(undone.customer_id), customer_no(undone.other_id)
        return {"merge": undone.pk, "customer_no": customers[0], "parted": customers[1]}, OK
