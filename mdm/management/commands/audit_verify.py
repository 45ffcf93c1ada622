"""`manage.py audit_verify`: whether the operation log is what was sealed; names every seal and row that is not.

With `--export FILE`: whether a sealed export of it is ours, whole and unchanged.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor
from security.audit.examining import FOUND
from security.audit.verification import said
from security.services.auditing import VERIFY, verify_export, verify_log

#: Findings told on one line.
TOLD = 100


class Command(ConsoleCommand):
    """Verify the operation log."""

    help = "Recompute every seal of the operation log; exit 1 and name the places where it was tampered with."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--export", type=Path, metavar="FILE", help="verify a sealed export instead")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        if options["export"] is not None:
            return self._export(options["export"], quiet=options["json"])
        return self._log(options)

    def _export(self, path: Path, quiet: bool) -> tuple[dict[str, Any], int]:
        """What is wrong with a sealed export."""
        found = verify_export(system_actor("audit", [VERIFY]), path, at=timezone.now())
        for code in [] if quiet else found.findings:
            self.stderr.write(f"{code}: {FOUND[code]}")
        told = found.manifest or {}
        result = {
            "checked": told.get("rows", 0),
            "broken": len(found.findings),
            "run": told.get("run"),
            "sm3": told.get("sm3"),
            "findings": found.findings,
        }
        return result, FAILED if found.findings else OK

    def _log(self, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """What is wrong with the log itself."""
        found, _kept = verify_log(system_actor("audit", [VERIFY]), at=timezone.now())
        if not options["json"]:
            for line in said(found):
                self.stderr.write(line)
        result = {
            "checked": found.checked,
            "broken": found.broken,
            "seals": found.seals,
            "unsealed": found.unsealed,
            "checkpoints": found.checkpoints,
            "log": found.log_id,
            "findings": [one.told() for one in found.findings[:TOLD]],
            "seconds": found.seconds,
        }
        if not options["json"]:
            del result["findings"]
        return result, FAILED if found.broken else OK
