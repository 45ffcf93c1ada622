"""`manage.py audit_verify`: whether the operation log is what was sealed; names every seal and row that is not."""

from typing import Any

from django.utils import timezone

from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor
from security.audit.verification import said
from security.services.auditing import VERIFY, verify_log

#: Findings told on one line.
TOLD = 100


class Command(ConsoleCommand):
    """Verify the operation log."""

    help = "Recompute every seal of the operation log; exit 1 and name the places where it was tampered with."

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
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
