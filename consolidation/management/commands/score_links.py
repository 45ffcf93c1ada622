"""`manage.py score_links LINKS --truth FILE`: pairwise precision and recall of `export_links`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from consolidation.accuracy import accuracy, labels_in_keys, read_labels
from mdm.console import OK
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Score links."""

    help = "Compare exported links with the truth: a CSV file, or a pattern that finds it in the source key."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("links", type=Path)
        truth = parser.add_mutually_exclusive_group(required=True)
        truth.add_argument("--truth", type=Path, help="CSV with source_system, source_key, entity")
        truth.add_argument("--entity-pattern", help=r"for FEBRL: '^rec-(\d+)-'")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        found = read_labels(options["links"], "customer_no")
        pattern = options["entity_pattern"]
        true = labels_in_keys(found, pattern) if pattern else read_labels(options["truth"], "entity")
        result = accuracy(found, true)
        return {
            "records": result.records,
            "pairs_true": result.pairs_true,
            "pairs_found": result.pairs_found,
            "precision": round(result.precision, 5),
            "recall": round(result.recall, 5),
        }, OK
