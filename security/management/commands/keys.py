"""`manage.py keys init|status|rotate`: the three levels of keys."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from mdm.conf import conf
from mdm.errors import ServiceError
from security.crypto import keyring, providers, rotation
from security.crypto.coverage import Coverage, coverage, stored_columns
from security.crypto.purposes import Purpose, purpose_named, registered_purposes
from security.crypto.root_file import make_root_file
from security.models.keys import DataKey, DomainKey, KeyState

Result = dict[str, Any]
REFUSED = 5


class Command(BaseCommand):
    """Exit codes: 0 done, 2 usage, 5 refused (wrong root key, changed key row, key missing)."""

    help = "Make, show and rotate keys."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["init", "status", "rotate"])
        parser.add_argument("--level", choices=["L2", "L3"], default="L3", help="what to rotate (L3)")
        parser.add_argument("--domain", help="rotate L2: this domain only")
        parser.add_argument("--purpose", help="rotate L3: this purpose (table.column) only")
        parser.add_argument("--all", action="store_true", help="rotate every domain or purpose")
        parser.add_argument("--actor", default="system:keys", help="who is recorded as the maker of keys")
        parser.add_argument(
            "--settle", type=float, default=rotation.SETTLE, help="seconds given to other writers"
        )
        parser.add_argument("--json", action="store_true", help="one machine-readable result line")

    def handle(self, *args: Any, **options: Any) -> None:
        actions: dict[str, Callable[..., Result]] = {"init": init, "status": status, "rotate": rotate}
        started = time.monotonic()
        try:
            result = actions[options["action"]](options, timezone.now())
        except ServiceError as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        result["seconds"] = round(time.monotonic() - started, 3)
        self.stdout.write(json.dumps(result) if options["json"] else "\n".join(_lines(result)))


def init(options: dict[str, Any], now: datetime) -> Result:
    """Makes the root key (file provider) and every missing key; `values` counts the keys made."""
    if providers.provider_name(conf) == "file":
        make_root_file(providers.root_file(conf), providers.passphrase(conf))
    made = keyring.make_missing(options["actor"], now)
    return {"level": "L3", "version": _newest(DataKey), "values": made, "reencrypted": 0}


def status(options: dict[str, Any], now: datetime) -> Result:
    """Opens every key, and counts the values under each; `values` is their sum."""
    keyring.verify()
    counted = coverage(stored_columns(apps))
    root = keyring.keyring.root.info()
    return {
        "level": "L3",
        "version": _newest(DataKey),
        "values": sum(entry.values for entry in counted),
        "reencrypted": 0,
        "root": {"provider": root.provider, "version": root.version, "check": root.check},
        "domains": [
            {"domain": key.domain, "version": key.version, "state": key.state, "check": key.check_value}
            for key in DomainKey.objects.order_by("domain", "version")
        ],
        "keys": _keys(counted),
    }


def _keys(counted: list[Coverage]) -> list[Result]:
    """Every data key with the columns that hold values under it."""
    return [
        {
            "key": key.pk,
            "purpose": key.purpose,
            "version": key.version,
            "state": key.state,
            "check": key.check_value,
            "values": {f"{e.table}.{e.column}": e.values for e in counted if e.key_id == key.pk},
        }
        for key in DataKey.objects.order_by("purpose", "version")
    ]


def _newest(model: type[DataKey]) -> int:
    """The highest version of any key in use; 0 where there is none."""
    active = model.objects.filter(state=KeyState.ACTIVE).order_by("-version")
    return active.values_list("version", flat=True).first() or 0


def rotate(options: dict[str, Any], now: datetime) -> Result:
    """New versions for what was named; sums over all of it, the highest version."""
    with Progress(
        TextColumn("{task.description}"), TextColumn("{task.completed} values"), TimeElapsedColumn(),
        disable=options["json"] or not sys.stderr.isatty(), transient=True,
    ) as bar:  # fmt: skip
        done = (
            _rotate_domains(options, now) if options["level"] == "L2" else _rotate_purposes(options, now, bar)
        )
    return {
        "level": options["level"],
        "version": max(one.version for one in done),
        "values": sum(one.values for one in done),
        "reencrypted": sum(one.reencrypted for one in done),
    }


def _rotate_domains(options: dict[str, Any], now: datetime) -> list[rotation.Rotated]:
    known = sorted({purpose.domain for purpose in registered_purposes()})
    chosen = known if options["all"] else [name for name in known if name == options["domain"]]
    if not chosen:
        raise CommandError("name a --domain that exists, or --all", returncode=2)
    return [rotation.rotate_domain(domain, options["actor"], now) for domain in chosen]


def _rotate_purposes(options: dict[str, Any], now: datetime, bar: Progress) -> list[rotation.Rotated]:
    rotations = [_rotation(purpose, bar) for purpose in _chosen(options)]
    return rotation.rotate_purposes(rotations, options["actor"], now, options["settle"])


def _chosen(options: dict[str, Any]) -> list[Purpose]:
    """The purposes to rotate; digest keys only by name, so that they are refused by name."""
    if options["all"]:
        return [purpose for purpose in registered_purposes() if purpose.algorithm == "SM4-GCM"]
    named = purpose_named(options["purpose"] or "")
    if named is None:
        raise CommandError("name a --purpose that exists, or --all", returncode=2)
    return [named]


def _rotation(purpose: Purpose, bar: Progress) -> rotation.Rotation:
    columns = [column for column in stored_columns(apps) if column.purpose == purpose.name]
    task = bar.add_task(purpose.name, total=None)
    return rotation.Rotation(purpose, columns, lambda done: bar.advance(task, done))


def _lines(result: Result) -> Iterable[str]:
    """The result for people."""
    for key in result.pop("keys", ()):
        held = ", ".join(f"{column} {values}" for column, values in key["values"].items())
        named = f"{key['key']:6} {key['purpose']:45} v{key['version']:<3}"
        yield f"{named} {key['state']:13} {key['check']}  {held}"
    for domain in result.pop("domains", ()):
        yield f"   L2  {domain['domain']:45} v{domain['version']:<3} {domain['state']:13} {domain['check']}"
    root = result.pop("root", None)
    if root:
        yield f"   L1  {root['provider']:45} v{root['version']:<3} {'':13} {root['check']}"
    yield "  ".join(f"{name} {value}" for name, value in result.items())
