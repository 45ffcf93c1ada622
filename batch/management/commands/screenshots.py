"""`manage.py screenshots`: make the pictures of the documentation again, from the running demonstration."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from batch.demo.pictures import chromium, require_demo, take
from batch.demo.story import told
from mdm.conf import BASE_DIR
from mdm.console import OK, progress
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Take pictures of the demonstration."""

    help = "Write docs/img/*.png from the demonstration that `make demo` serves."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the demonstration answers")
        parser.add_argument("--out", type=Path, default=BASE_DIR / "docs" / "img")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        address = options["url"].rstrip("/")
        require_demo(address)
        term = told([])["sights"][0]["term"]
        with chromium() as browser, progress("pictures", options["json"]) as tell:
            files = take(browser, address, options["out"], term, tell)
        return {"pictures": len(files), "folder": str(options["out"])}, OK
