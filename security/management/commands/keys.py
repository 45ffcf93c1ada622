"""`manage.py keys`: the three levels of keys, their rotation, their ceremonies, unsealing."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from mdm.conf import conf
from mdm.errors import NotAllowed, ServiceError
from security.access.actor import system_actor
from security.audit import log
from security.crypto import keyring, rotation
from security.crypto.index_rotation import IndexRotation
from security.crypto.indexes import holder_of
from security.crypto.purposes import Purpose, purpose_named, registered_purposes
from security.management import key_ceremonies, key_reports, unsealing
from security.models.ceremony import CeremonyAction
from security.models.keys import DataKey, KeyState
from security.services.key_work import rotation_of

Result = dict[str, Any]
REFUSED = 5
CEREMONIES = ("create", "activate", "disable", "reinstate", "destroy", "revoke")


class Command(BaseCommand):
    """Exit codes: 0 done, 2 usage, 5 refused (wrong root key, changed key row, key missing, sealed, one person)."""

    help = "Make, show, rotate and revoke keys; hold key ceremonies; unseal the root key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=sorted(ACTIONS))
        parser.add_argument("--level", choices=["L1", "L2", "L3"], default="L3", help="which level (L3)")
        parser.add_argument("--domain", help="L2: this domain")
        parser.add_argument("--purpose", help="L3: this purpose (table.column)")
        parser.add_argument(
            "--key", type=int, help="this version: its number in `keys status`; L1: its version"
        )
        parser.add_argument("--all", action="store_true", help="rotate every domain or purpose")
        parser.add_argument("--actor", default="system:keys", help="who does it; in ceremonies a user name")
        parser.add_argument("--secrets", help="file with password, code, share or passphrase; - for stdin")
        parser.add_argument("--reason", default="", help="why: needed by ceremonies")
        parser.add_argument("--ceremony", type=int, help="withdraw: which")
        parser.add_argument("--settle", type=float, help="seconds given to other writers")
        parser.add_argument("--needed", type=int, default=0, help="shares that open the root key (3)")
        parser.add_argument("--holder", action="append", default=[], help="a custodian; once for each (5)")
        parser.add_argument("--shares-dir", help="where shares are written, one private file each")
        parser.add_argument(
            "--custodian-key", action="append", default=[], metavar="HOLDER=PEM",
            help="public SM2 key to which a custodian's share is encrypted",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="one machine-readable result line")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            result = ACTIONS[options["action"]](options, timezone.now())
        except ServiceError as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        result["seconds"] = round(time.monotonic() - started, 3)
        self.stdout.write(json.dumps(result) if options["json"] else "\n".join(key_reports.lines(result)))


def init(options: dict[str, Any], now: datetime) -> Result:
    """Makes the root key and every missing key; `values` counts the keys made.

    With the provider `agent` the first call makes the root key and gives out its shares; once the agent
    was unsealed, a second call makes the keys.
    """
    _note("key.init", options, now)
    made = unsealing.make_first_root(conf, options)
    if made:
        return {"level": "L1", "version": 1, "values": 0, "reencrypted": 0, **made}
    count = keyring.make_missing(options["actor"], now)
    return {"level": "L3", "version": _newest(), "values": count, "reencrypted": 0}


def _note(action: str, options: dict[str, Any], now: datetime, keys: Sequence[str] = ()) -> None:
    """The operation log says what is begun, before it is: keys are made in transactions of their own, and what
    cannot be logged is not begun."""
    fields = {"level": options["level"], "by": options["actor"], "keys": list(keys)}
    log.record(system_actor("keys", []), action, now, subject="key", fields=fields)


def _newest() -> int:
    """The highest version of any data key in use; 0 where there is none."""
    active = DataKey.objects.filter(state=KeyState.ACTIVE).order_by("-version")
    return active.values_list("version", flat=True).first() or 0


def rotate(options: dict[str, Any], now: datetime) -> Result:
    """New versions for what was named; sums over all of it, the highest version.

    In production new versions take two persons; there this finishes what a ceremony began.
    """
    with Progress(
        TextColumn("{task.description}"), TextColumn("{task.completed} values"), TimeElapsedColumn(),
        disable=options["json"] or not sys.stderr.isatty(), transient=True,
    ) as bar:  # fmt: skip
        done = _rotated(options, now, bar)
    return {
        "level": options["level"],
        "version": max(one.version for one in done),
        "values": sum(one.values for one in done),
        "reencrypted": sum(one.reencrypted for one in done),
    }


def _rotated(options: dict[str, Any], now: datetime, bar: Progress) -> list[rotation.Rotated]:
    if options["level"] == "L3":
        return _rotate_purposes(options, now, bar)
    _refuse_alone()
    if options["level"] == "L2":
        return _rotate_domains(options, now)
    _note("key.rotate", options, now)
    version = rotation.make_root_version(options["actor"], now)
    return [rotation.activate_root(version, options["actor"], now)]


def _refuse_alone(*, begun: bool = False) -> None:
    """In production nobody makes a key alone: see `keys activate` and the key tree."""
    if conf.production and not begun:
        raise NotAllowed("key.two_persons", _("A new key takes two persons: propose it in the key tree."))


def _rotate_domains(options: dict[str, Any], now: datetime) -> list[rotation.Rotated]:
    known = sorted({purpose.domain for purpose in registered_purposes()})
    chosen = known if options["all"] else [name for name in known if name == options["domain"]]
    if not chosen:
        raise CommandError("name a --domain that exists, or --all", returncode=2)
    _note("key.rotate", options, now, chosen)
    return [rotation.rotate_domain(domain, options["actor"], now) for domain in chosen]


def _rotate_purposes(options: dict[str, Any], now: datetime, bar: Progress) -> list[rotation.Rotated]:
    settle = rotation.SETTLE if options["settle"] is None else options["settle"]
    chosen = _chosen(options)
    if len(chosen) == 1 and holder_of(chosen[0].name) is not None:
        task = bar.add_task(chosen[0].name, total=None)
        turning = IndexRotation(chosen[0], options["actor"], now, settle)
        _refuse_alone(begun=turning.is_under_way())
        _note("key.rotate", options, now, [chosen[0].name])
        return [turning.run(lambda done: bar.advance(task, done))]
    rotations = [_rotation(purpose, bar) for purpose in chosen]
    for one in rotations:
        _refuse_alone(begun=bool(one.remaining()))
    _note("key.rotate", options, now, [one.purpose.name for one in rotations])
    return rotation.rotate_purposes(rotations, options["actor"], now, settle)


def _chosen(options: dict[str, Any]) -> list[Purpose]:
    """The purposes to rotate; digest keys only by name, so that they are refused by name."""
    if options["all"]:
        return [purpose for purpose in registered_purposes() if purpose.algorithm == "SM4-GCM"]
    named = purpose_named(options["purpose"] or "")
    if named is None:
        raise CommandError("name a --purpose that exists, or --all", returncode=2)
    return [named]


def _rotation(purpose: Purpose, bar: Progress) -> rotation.Rotation:
    task = bar.add_task(purpose.name, total=None)
    return rotation_of(purpose, lambda done: bar.advance(task, done))


def serve(options: dict[str, Any], now: datetime) -> Result:
    """Holds the root key for every process of this machine, until it is told to end."""
    unsealing.run_agent(conf)
    return {"level": "L1", "version": 0, "values": 0, "reencrypted": 0}


def reshare(options: dict[str, Any], now: datetime) -> Result:
    """Proposes or confirms new shares (`--actor`), then, agreed, gives them out (`--shares-dir`)."""
    if not options["shares_dir"]:
        return key_ceremonies.hold(CeremonyAction.RESHARE, {**options, "level": "L1"}, now)
    return {"level": "L1", "version": 0, "values": 0, "reencrypted": 0, **unsealing.reshare(conf, options)}


def _ceremony(action: str) -> Callable[[dict[str, Any], datetime], Result]:
    return lambda options, now: key_ceremonies.hold(action, options, now)


ACTIONS: dict[str, Callable[[dict[str, Any], datetime], Result]] = {
    "init": init,
    "status": lambda options, now: key_reports.status(conf),
    "rotate": rotate,
    "agent": serve,
    "unseal": lambda options, now: unsealing.unseal(conf, options, now),
    "seal": lambda options, now: unsealing.seal(conf, now),
    "reshare": reshare,
    "withdraw": key_ceremonies.withdraw,
    **{action: _ceremony(action) for action in CEREMONIES},
}
