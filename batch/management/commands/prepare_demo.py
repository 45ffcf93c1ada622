"""`manage.py prepare_demo`: the data part of `make demo`; prints what the banner needs as JSON."""

from typing import Any

from django.utils import timezone

from batch.demo.story import prepare
from mdm.console import OK
from mdm.console import Command as ConsoleCommand


class Command(ConsoleCommand):
    """Make the demonstration bank and its data."""

    help = "Make the demonstration bank, load its two files and consolidate (what is there already stays)."

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        return prepare(timezone.now()), OK
