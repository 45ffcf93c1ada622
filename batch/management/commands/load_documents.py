"""`manage.py load_documents FOLDER`: put the documents that a manifest names on file."""

from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.utils import timezone

from batch.services.document_files import load_documents, loader
from mdm.console import OK, PARTIAL, iso_date, progress
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Load documents."""

    help = "Put documents on file: a folder with manifest.csv and the pictures and PDF files that it names."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--business-date", type=iso_date)

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        at, began = timezone.now(), monotonic()
        day = options["business_date"] or timezone.localtime(at).date()
        with progress("documents", options["json"]) as tell:
            run = load_documents(loader(), options["folder"], business_date=day, at=at, tell=tell)
        for problem in run.problems if not options["json"] else ():
            self.stdout.write(f"line {problem['pointer'][1:]}: {problem['code']}: {problem['text']}")
        names = ("rows", "created", "unchanged", "rejected")
        told = {"run": run.pk, **{name: run.counts[name] for name in names}}
        return {**told, "seconds": round(monotonic() - began, 3)}, PARTIAL if run.counts["rejected"] else OK
