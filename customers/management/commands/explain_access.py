"""`manage.py explain_access`: why a user sees a customer, or a field of it, or not."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from customers.selectors.explaining import RIGHT, explain_access
from mdm.console import OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor


class Command(ConsoleCommand):
    """Explain access."""

    help = "Say in words why a user sees a customer, or a field of it, or not."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="the user name")
        parser.add_argument("customer", help="the customer number")
        parser.add_argument("field", nargs="?", default="", help="a field, as facet.field: phone.number")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = system_actor("explain", [RIGHT])
        told = explain_access(
            actor, options["user"], options["customer"], options["field"], at=timezone.now()
        )
        if options["json"]:
            steps: Any = [{"what": s.what, "lets": s.lets, "why": s.why} for s in told.steps]
            return {"sees": told.sees, "profile": told.profile, "hidden": told.hidden, "steps": steps}, OK
        lines = {f"{n}. {s.what}": f"{'+' if s.lets else '-'} {s.why}" for n, s in enumerate(told.steps, 1)}
        return {"answer": told.verdict, **lines}, OK
