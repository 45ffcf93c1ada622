"""`manage.py services up|down|status`: the embedded PostgreSQL, Valkey and SeaweedFS."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mdm import embedded
from mdm.conf import conf
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand

ACTIONS: dict[str, Callable[[Path], dict[str, str]]] = {
    "up": embedded.up,
    "down": embedded.down,
    "status": embedded.status,
}


class Command(ConsoleCommand):
    """Exit codes: 0 as wished, 1 failed or not all up, 5 the services belong to a running demo."""

    help = "Start, stop or show the embedded PostgreSQL, Valkey and SeaweedFS of this checkout."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=sorted(ACTIONS))

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        states = ACTIONS[options["action"]](conf.var)
        wished = "down" if options["action"] == "down" else "up"
        return states, OK if set(states.values()) == {wished} else FAILED
