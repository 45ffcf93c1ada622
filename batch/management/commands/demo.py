"""`manage.py demo`: everything up with data in it; Ctrl-C stops all of it."""

from argparse import ArgumentParser
from typing import Any

from batch.demo.serving import serve
from mdm import embedded
from mdm.conf import conf
from mdm.console import OK
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Serve the demonstration, or remove its data."""

    help = "Start services, web and workers with demonstration data; --reset removes the data."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="stop what runs and remove all data of this checkout"
        )
        parser.add_argument(
            "--port", type=int, default=8000, help="the next free one is taken where it is in use"
        )

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        if options["reset"]:
            embedded.remove(conf.var)
            return {"removed": str(conf.var)}, OK
        serve(options["port"])
        return {"stopped": "all"}, OK
