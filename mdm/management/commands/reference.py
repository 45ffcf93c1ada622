"""`manage.py reference [--check]`: the generated pages of the documentation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from mdm.conf import BASE_DIR
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand
from mdm.management.reference import PAGES

FOLDER = BASE_DIR / "docs" / "reference"


class Command(ConsoleCommand):
    """Exit codes: 0 current or written, 1 with `--check` where a page is not current."""

    help = "Write the generated pages of docs/reference; needs no database."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, name what is not current")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        stale = [name for name, page in PAGES.items() if _differs(FOLDER / name, page())]
        if options["check"]:
            return {"pages": len(PAGES), "stale": ", ".join(stale)}, FAILED if stale else OK
        for name in stale:
            (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        return {"pages": len(PAGES), "written": ", ".join(stale)}, OK


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text
