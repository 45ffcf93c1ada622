"""`manage.py run_job NAME`: do a declared job now, for a business date."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.utils import timezone

from mdm.console import FAILED, OK, PARTIAL, iso_date
from mdm.console import Command as ConsoleCommand
from mdm.jobs import rights_of, run
from mdm.runs import RunState
from security.access.actor import system_actor

_CODES = {RunState.SUCCEEDED: OK, RunState.PARTIAL: PARTIAL}


def parameter(text: str) -> tuple[str, str]:
    """An argument `name=value`; anything else is a usage error."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"{text!r} is no parameter: use name=value")
    return name, value


class Command(ConsoleCommand):
    help = "Do a declared job now."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--business-date", type=iso_date)
        parser.add_argument("--param", type=parameter, action="append", default=[], metavar="NAME=VALUE")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        now = timezone.now()
        day = options["business_date"] or timezone.localtime(now).date()
        actor = system_actor("job", rights_of(options["name"]), channel="BATCH")
        done = run(options["name"], actor, day, now, dict(options["param"]))
        return {"run": done.pk, "state": str(done.state)}, _CODES.get(RunState(done.state), FAILED)
