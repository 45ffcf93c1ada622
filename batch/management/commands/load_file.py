"""`manage.py load_file PATH --layout NAME`: load a customer file, or rehearse it with `--dry-run`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from batch.formats.control import MODES
from batch.formats.lines import RowError
from batch.services.loading import dry_run, load_file, loader
from mdm.console import OK, PARTIAL, iso_date, progress
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Load one file."""

    help = "Load a customer file: check, encrypt, link by source key, apply in chunks."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--layout", required=True)
        parser.add_argument("--mode", choices=MODES)
        parser.add_argument("--business-date", type=iso_date)
        parser.add_argument(
            "--workers", type=int, help="processes that share a large file; default: one for each core"
        )
        parser.add_argument(
            "--accept-missing",
            action="store_true",
            help="end what a full file leaves out even where that is more than a fifth of what is known",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="report all errors of all rows, write nothing"
        )

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = loader()
        ordered = {name: options[name] for name in ("mode", "business_date", "accept_missing")}
        with progress("load", options["json"]) as tell:
            call = {"at": timezone.now(), "tell": tell, **ordered}
            if options["dry_run"]:
                loaded = dry_run(actor, options["path"], options["layout"], found=self._show(options), **call)
            else:
                workers = options["workers"]
                loaded = load_file(actor, options["path"], options["layout"], workers=workers, **call)
        if loaded.counts.rows and loaded.counts.rows == loaded.counts.unchanged and not options["json"]:
            self.stdout.write("Nothing new: every row is known and tells the same as before.")
        return loaded.as_json(), PARTIAL if loaded.counts.rejected else OK

    def _show(self, options: dict[str, Any]) -> Any:
        """Print each error of a rehearsal with its place; never the value."""

        def show(reject: RowError) -> None:
            if not options["json"]:
                self.stdout.write(f"line {reject.line}: {reject.field}: {reject.code}: {reject.detail}")

        return show
