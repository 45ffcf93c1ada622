"""`manage.py export_links PATH`: which source record belongs to which customer."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from consolidation.services.links import export_links
from mdm.console import OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor


class Command(ConsoleCommand):
    """Export the cross-reference."""

    help = "Write source_system, source_key and customer_no of every source record as CSV."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = system_actor("export", ["customer.view"], channel="BATCH")
        return {"rows": export_links(actor, options["path"], at=timezone.now())}, OK
