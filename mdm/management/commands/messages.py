"""`manage.py messages [--check]`: bring the Chinese catalogue up to the sources, or say what it lacks."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings

from mdm.backoffice.messages import catalogue
from mdm.backoffice.messages.extraction import messages_of
from mdm.conf import BASE_DIR
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand

LANGUAGE = "zh_Hans"


class Command(ConsoleCommand):
    """Exit codes: 0 everything is translated and compiled, 1 something is not."""

    help = "Find texts to translate, keep locale/zh_Hans current and compile it; --check writes nothing."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say what is missing")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        root = BASE_DIR
        found = messages_of(root, settings.HOUSE_APPS)
        po, mo = paths(root)
        if not options["check"]:
            catalogue.write(po, found, catalogue.read(po))
            mo.write_bytes(catalogue.compiled(catalogue.read(po)))
        wrong = list(catalogue.faults(found, catalogue.read(po)))
        if not mo.exists() or mo.read_bytes() != catalogue.compiled(catalogue.read(po)):
            wrong.append("django.mo is not made of django.po: run `manage.py messages`")
        for line in wrong:
            self.stderr.write(line)
        return {"messages": len(found), "faults": len(wrong)}, FAILED if wrong else OK


def paths(root: Path) -> tuple[Path, Path]:
    """The PO and the MO file."""
    folder = root / "locale" / LANGUAGE / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"
