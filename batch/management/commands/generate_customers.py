"""`manage.py generate_customers --rows N --seed S --out DIR`: a file of made-up customers."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import CommandError

from batch.formats.profile import ENCODINGS, Encoding
from batch.synthetic.generator import AS_OF, Generated, Recipe, generate
from mdm.console import FAILED, OK, USAGE, iso_date, progress
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Write customers.csv, its control file and truth.csv."""

    help = (
        "Write a file of made-up customers with known duplicates and errors, its control file and the truth."
    )

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=int, required=True)
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same files")
        parser.add_argument("--out", type=Path, required=True, help="folder, made where it is not there")
        parser.add_argument("--duplicates", type=float, default=0.08, help="share of rows, default 0.08")
        parser.add_argument("--errors", type=float, default=0.01, help="share of rows, default 0.01")
        parser.add_argument("--encoding", choices=ENCODINGS, default=ENCODINGS[0])
        parser.add_argument("--business-date", type=iso_date, default=AS_OF, help=f"default {AS_OF}")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        begun = monotonic()
        try:
            shares = (options["duplicates"], options["errors"])
            recipe = Recipe(options["rows"], options["seed"], *shares, options["business_date"])
        except ValueError as wrong:
            raise CommandError(str(wrong), returncode=USAGE) from wrong
        with progress("generate", options["json"]) as tell:
            made = _generate(recipe, options["out"], options["encoding"], tell)
        seconds = round(monotonic() - begun, 3)
        return {"rows": made.rows, "duplicates": made.duplicates, "seconds": seconds}, OK


def _generate(recipe: Recipe, folder: Path, encoding: Encoding, tell: Any) -> Generated:
    """`generate`, an unusable folder being an ordinary failure of the command."""
    try:
        return generate(recipe, folder, encoding, tell)
    except OSError as wrong:
        raise CommandError(str(wrong), returncode=FAILED) from wrong
