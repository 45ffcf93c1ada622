"""`manage.py verify_certificate`: whether a certificate of history holds, and a file is the one that was issued."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from customers.rules.number import customer_no
from customers.services import certifying
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand
from security.access.actor import system_actor
from security.crypto.algorithms import sm3


class Command(ConsoleCommand):
    """Verify a certificate of history."""

    help = "Compute the digest of a certificate anew and look its operation and seal up; exit 1 where it does not hold."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="the number of the certificate, without HC-")
        parser.add_argument(
            "--file", type=Path, metavar="PDF", help="whether this is the file that was issued"
        )

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor = system_actor("certificates", [certifying.RIGHT])
        path: Path | None = options["file"]
        digest = sm3(path.read_bytes()).hex() if path else ""
        number = customer_no(certifying.owner_of(actor, options["number"]))
        found = certifying.verify(actor, number, options["number"], at=timezone.now(), file_sm3=digest)
        for code in () if options["json"] else found.findings:
            self.stderr.write(f"{code}: {certifying.FINDINGS[code]}")
        told = {"certificate": found.certificate.pk, "sm3": found.sm3, "checked": found.rows}
        wrong = {"broken": len(found.findings), "findings": list(found.findings)}
        return {**told, **wrong}, FAILED if wrong["broken"] else OK
