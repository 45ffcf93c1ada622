"""`manage.py check_consistency`: whether memberships, history, lookup index and cases agree."""

from typing import Any

from consolidation.selectors.consistency import check
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor


class Command(ConsoleCommand):
    """Check the whole database."""

    help = "Check that memberships, history, lookup index and cases agree; exit 1 where they do not."

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        checked, problems = check(system_actor("check", ["audit.view"]))
        if not options["json"]:
            for problem in problems:
                self.stderr.write(f"{problem.code}: {problem.object_id}")
        return {"checked": checked, "problems": len(problems)}, FAILED if problems else OK
