"""`manage.py services up|down|status`: the embedded PostgreSQL, Valkey and SeaweedFS."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mdm import embedded
from mdm.conf import conf
from mdm.errors import NotAllowed, ServiceError

ACTIONS: dict[str, Callable[[Path], dict[str, str]]] = {
    "up": embedded.up,
    "down": embedded.down,
    "status": embedded.status,
}


class Command(BaseCommand):
    """Exit codes: 0 as wished, 1 failed or (status) not all up, 5 refused."""

    help = "Start, stop or show the embedded PostgreSQL, Valkey and SeaweedFS of this checkout."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=sorted(ACTIONS))
        parser.add_argument("--json", action="store_true", help="one machine-readable result line")

    def handle(self, *args: Any, **options: Any) -> None:
        action = options["action"]
        try:
            states = ACTIONS[action](conf.var)
        except ServiceError as refusal:
            code = 5 if isinstance(refusal, NotAllowed) else 1
            raise CommandError(str(refusal), returncode=code) from refusal
        self.stdout.write(json.dumps(states) if options["json"] else self._lines(states))
        if action == "status" and set(states.values()) != {"up"}:
            sys.exit(1)

    def _lines(self, states: dict[str, str]) -> str:
        return "\n".join([*(f"{name:9} {state}" for name, state in states.items()), f"data      {conf.var}"])
