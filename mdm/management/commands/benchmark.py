"""`manage.py benchmark NAME [--rows N]`: measure one thing beside a peer and a floor, in a scratch database."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from mdm import embedded
from mdm.conf import BASE_DIR, conf
from mdm.console import FAILED, OK
from mdm.console import Command as ConsoleCommand

FOLDER = BASE_DIR / "benchmarks"


class Command(ConsoleCommand):
    """Start services of its own, prepare an empty database, run `benchmarks/NAME.py` there, remove all."""

    help = "Measure NAME: rates of ours, a peer and a floor in the same run, and their ratios."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=names())
        parser.add_argument("--rows", type=int, help="how many rows; each benchmark has its own default")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        with scratch() as environ:
            _manage(environ, "owner", "migrate", "--verbosity", "0")
            _manage(environ, "owner", "keys", "init", "--json")
            rows = ["--rows", str(options["rows"])] if options["rows"] else []
            return _measure(environ, options["name"], rows), OK


def names() -> list[str]:
    """The benchmarks there are: modules of `benchmarks/` that have a `run(rows)`."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef run(rows: int)" in path.read_text())


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """The environment of an instance of its own, which goes when the block ends.

    Its processes keep their byte code there, as those of an installation do, whatever this environment says.
    """
    conf.var.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=conf.var))
    folder.chmod(0o711)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PANORAMA_")}
    kept |= {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    try:
        with embedded.running(folder, kind="benchmark"):
            yield kept | {"PANORAMA_VAR": str(folder)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _manage(environ: dict[str, str], role: str, *words: str) -> None:
    command = [sys.executable, str(BASE_DIR / "manage.py"), *words]
    subprocess.run(  # noqa: S603 (our own command line)
        command, env={**environ, "PANORAMA_DB_ROLE": role}, check=True, stdout=subprocess.DEVNULL
    )


def _measure(environ: dict[str, str], name: str, rows: list[str]) -> dict[str, Any]:
    """Run the benchmark in a process of its own; its last line is the result."""
    command = [sys.executable, "-m", "benchmarks", name, *rows]
    environ = {**environ, "PANORAMA_DB_ROLE": "engine", "DJANGO_SETTINGS_MODULE": "mdm.settings"}
    done = subprocess.run(  # noqa: S603 (our own command line)
        command, cwd=BASE_DIR, env=environ, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"benchmark {name} ended with {done.returncode}", returncode=FAILED)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
