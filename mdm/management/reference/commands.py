"""`commands.md`: every management command of the product with its arguments, and what `--json` prints."""

import argparse
from collections.abc import Iterator
from importlib import import_module

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand

from mdm.management.reference.markdown import code, first_line, table, whole

_LEAD = """\
`.venv/bin/python manage.py COMMAND`. Every command calls the same services as the screens and the API.
With `--json` it prints one line for machines and nothing else on standard output; exit codes are in
[errors.md](errors.md). On a terminal long work shows a progress bar, otherwise plain lines on standard
error. What `make` can do is told by `make` alone."""
#: The keys of the result line; a test runs the commands and compares.
RESULTS: dict[str, str] = {
    "api_client": "client, scopes, active, token",
    "audit_seal": "sealed, seal, waiting_seconds",
    "audit_verify": "checked, broken, seals, unsealed, checkpoints, log, findings, seconds",
    "benchmark": "name, rows, ours, peer, floor, ratio_peer, ratio_floor",
    "check_consistency": "checked, problems",
    "consolidate": "run, records, pairs, merged, review, vetoed, seconds",
    "erase_customer": "run, customer_no, rows, objects",
    "verify_certificate": "certificate, sm3, checked, broken, findings",
    "explain_access": "sees, profile, hidden, steps",
    "export_links": "rows",
    "generate_customers": "rows, duplicates, seconds",
    "keys": "level, version, values, reencrypted, seconds",
    "load_documents": "run, rows, created, unchanged, rejected, seconds",
    "load_file": "run, rows, created, updated, unchanged, ended, rejected, suspects, seconds",
    "run_job": "run, state",
    "score_links": "records, pairs_true, pairs_found, precision, recall",
    "self_check": "score, probes, bad, findings",
    "services": "postgres, valkey, s3",
    "unmerge": "merge, customer_no, parted",
}
#: Options of every command.
_EVERYWHERE = frozenset(
    "--help --version --verbosity --settings --pythonpath --traceback --no-color --force-color".split()
) | {"--skip-checks", "--json"}


def names() -> list[str]:
    """The commands of our own apps."""
    return sorted(name for name, app in get_commands().items() if app in settings.HOUSE_APPS)


def page() -> str:
    """Every command in the order of the names."""
    return whole("Commands", _LEAD, *(_command(name) for name in names()))


def _command(name: str) -> str:
    found = command(name)
    rows = [(code(_spelt(action)), _said(action)) for action in own_actions(found, name)]
    parts = [f"## {name}", f"{found.help}", table(("argument", "meaning"), rows)]
    if name in RESULTS:
        parts.append(f"`--json`: `{RESULTS[name]}`")
    return "\n\n".join(part for part in parts if part)


def command(name: str) -> BaseCommand:
    """The command called `name`."""
    module = import_module(f"{get_commands()[name]}.management.commands.{name}")
    made: BaseCommand = module.Command()
    return made


def own_actions(found: BaseCommand, name: str) -> Iterator[argparse.Action]:
    """The arguments that are the command's own."""
    for action in found.create_parser("manage.py", name)._actions:
        if not _EVERYWHERE & set(action.option_strings):
            yield action


def _spelt(action: argparse.Action) -> str:
    """An argument as it is typed."""
    value = "" if action.nargs == 0 else _value(action)
    if not action.option_strings:
        return value
    return f"{action.option_strings[-1]} {value}".strip()


def _value(action: argparse.Action) -> str:
    if action.choices is not None:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper().replace("_", "-"))


def _said(action: argparse.Action) -> str:
    """What an argument means; that it is needed where it is."""
    needed = "required" if action.required and action.option_strings else ""
    return "; ".join(part for part in (first_line(action.help), needed) if part)
