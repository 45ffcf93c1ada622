"""`manage.py erase_customer`: erase a customer whose time of retention is over."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.utils import timezone

from customers.services.erasing import eraser, order, work
from mdm.console import OK
from mdm.console import Command as ConsoleCommand
from mdm.run_control import carry_out


class Command(ConsoleCommand):
    """Erase a customer."""

    help = "Erase a customer and all that count for it, for good; exit 1 where it may not be erased yet."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="the customer number")
        parser.add_argument("--reason", required=True, help="why; without numbers of customers")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor, at = eraser(), timezone.now()
        ordered = order(actor, options["number"], reason=options["reason"], at=at)
        counts = carry_out(ordered.run_id, partial(work, actor, at=at))
        rows = sum(counts.values()) - counts["objects"]
        return {
            "run": ordered.run_id,
            "customer_no": ordered.customer_no,
            "rows": rows,
            "objects": counts["objects"],
        }, OK
