"""`manage.py audit_seal [--follow]`: seal what waits in the operation log, once or until told to stop."""

import os
import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.utils import timezone

from mdm.console import OK
from mdm.console import Command as ConsoleCommand
from security.audit.following import EVERY, PATIENCE, follow
from security.audit.sealing import Sealer, newest
from security.audit.waiting import waiting


class Command(ConsoleCommand):
    """Seal the operation log."""

    help = "Seal the operations that no running transaction can add to; --follow goes on until SIGTERM or Ctrl-C."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--follow", action="store_true", help="go on sealing")
        parser.add_argument("--every", type=float, default=EVERY, help="seconds between two rounds")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        rows = self._followed(options["every"]) if options["follow"] else Sealer().round(timezone.now())
        last, left = newest(), waiting(timezone.now())
        return {"sealed": rows, "seal": last.n if last else 0, "waiting_seconds": round(left.seconds, 1)}, OK

    def _followed(self, every: float) -> int:
        stopped, done = Event(), [0]
        os.nice(PATIENCE)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())

        def told(rows: int) -> None:
            done[0] += rows

        follow(stopped, every=every, told=told)
        return done[0]
