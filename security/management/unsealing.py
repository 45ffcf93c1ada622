"""`keys agent|unseal|seal|reshare` and the first root key: what custodians do at a terminal."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from pwd import getpwnam
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from mdm.conf import Conf
from mdm.errors import Invalid
from security.access.actor import system_actor
from security.audit.log import record
from security.crypto import agent, providers
from security.crypto.agent_client import agent_client, agent_socket
from security.crypto.backends import Sm2Refused, sm2
from security.crypto.root_file import (
    OpenRootFile,
    key_from_shares,
    make_root_file,
    make_shared_root_file,
    read_root_file,
)
from security.crypto.shares import Share, read_share
from security.crypto.sm2_formats import public_from_pem
from security.management.persons import Secrets, secrets_at_terminal
from security.models import KeyCeremony
from security.models.ceremony import CeremonyAction
from security.services.key_work import finish_reshare

Result = dict[str, Any]
#: How many custodians there are, and how many of them open the root key, unless the bank says otherwise.
HOLDERS, NEEDED = 5, 3


def make_first_root(conf: Conf, options: dict[str, Any]) -> Result:
    """Makes the root key where there is none; with `--needed` sealed by shares, which are given out."""
    name = providers.provider_name(conf)
    if name == "pkcs11":
        from security.crypto import hsm  # needs an extra

        hsm.make_first(conf)
        return {}
    if name == "agent" or (name == "file" and options["needed"]):
        if providers.root_file(conf).exists():
            return {}
        handout = _Handout(_holders(options), options)
        make_shared_root_file(
            providers.root_file(conf), options["needed"] or NEEDED, handout.holders, handout.give
        )
        return {"shares": handout.written}
    if name == "file":
        make_root_file(providers.root_file(conf), providers.passphrase(conf))
    return {}


def run_agent(conf: Conf) -> None:
    """Runs the agent until it is told to end."""
    users, keepers = (_ids(conf.get(name)) for name in ("KEY_AGENT_USERS", "KEY_AGENT_KEEPERS"))
    agent.serve(agent_socket(conf), providers.root_file(conf), users, keepers)


def _ids(names: str) -> list[int]:
    """The users of this machine with these names, separated by commas. CommandError."""
    try:
        return [getpwnam(name.strip()).pw_uid for name in names.split(",") if name.strip()]
    except KeyError as unknown:
        raise CommandError(_("There is no such user on this machine: %s") % unknown) from None


def unseal(conf: Conf, options: dict[str, Any], at: datetime) -> Result:
    """Gives one share, or the passphrase, to the agent of this machine; says how many are still missing."""
    client = agent_client(conf)
    before = client.status()
    secret = secrets_at_terminal(options).next(_("Share") if before["kind"] == "shares" else _("Passphrase"))
    told = client.ask("share" if before["kind"] == "shares" else "passphrase", text=secret)
    _note("key.unseal", told, at)
    return _state(told)


def seal(conf: Conf, at: datetime) -> Result:
    """Makes the agent of this machine forget the root key; every process drops its keys within seconds."""
    told = agent_client(conf).ask("seal")
    _note("key.seal", told, at)
    return _state(told)


def reshare(conf: Conf, options: dict[str, Any]) -> Result:
    """Seals the root key under new shares, as a confirmed ceremony says; takes enough of the old shares.

    Invalid `key.ceremony_kind` without one; what is wrong with a share, by its number.
    """
    found = KeyCeremony.objects.filter(action=CeremonyAction.RESHARE, state="confirmed").first()
    if found is None:
        raise Invalid("key.ceremony_kind", _("Two persons must agree on new shares first."))
    asked, path = secrets_at_terminal(options), providers.root_file(conf)
    opened = OpenRootFile(path, _sealing_key(conf, asked), "file")
    handout = _Handout(list(found.parameters["holders"]), options)
    opened.reshare(int(found.parameters["needed"]), handout.holders, handout.give)
    finish_reshare(found.pk)
    return {"shares": handout.written}


def _sealing_key(conf: Conf, asked: Secrets) -> bytes:
    """From the old shares, one after the other, or from the passphrase."""
    file = read_root_file(providers.root_file(conf))
    if not file.by_shares:
        return file.sealing_key(asked.next(_("Passphrase")))
    given: dict[int, Share] = {}
    while len(given) < file.needed:
        share = file.accept(read_share(asked.next(_("Share"))))
        given[share.number] = share
    return key_from_shares(file, list(given.values()))


def _holders(options: dict[str, Any]) -> list[str]:
    return options["holder"] or [f"custodian-{number}" for number in range(1, HOLDERS + 1)]


class _Handout:
    """One private file a share in `--shares-dir`: encrypted to the custodian's SM2 key where one is given.

    Everything that can be wrong with what was typed is found before there is a share.
    """

    def __init__(self, holders: Sequence[str], options: dict[str, Any]) -> None:
        if not options["shares_dir"]:
            raise CommandError("name a --shares-dir, empty and on a medium of its own", returncode=2)
        self.holders = list(holders)
        self.written: list[str] = []
        self._folder = Path(options["shares_dir"])
        self._keys = {
            holder: _public(Path(place))
            for holder, _mark, place in (pair.partition("=") for pair in options["custodian_key"])
        }
        if not set(self._keys) <= set(self.holders):
            raise CommandError("a --custodian-key is of nobody among the holders", returncode=2)

    def give(self, shares: Sequence[Share]) -> None:
        """Writes the files; OSError leaves the root key as it was."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for share, holder in zip(shares, self.holders, strict=True):
            body, ending = share.text().encode() + b"\n", "txt"
            if holder in self._keys:
                body, ending = sm2().encrypt(self._keys[holder], body), "sm2"
            self.written.append(_private_file(self._folder / f"share-{share.number}-{holder}.{ending}", body))


def _private_file(path: Path, body: bytes) -> str:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    return str(path)


def _public(path: Path) -> bytes:
    """A custodian's key: `openssl pkeyutl -decrypt -inkey KEY -in FILE` then gives the share back."""
    try:
        return public_from_pem(path.read_text())
    except (OSError, Sm2Refused, ValueError) as error:
        raise CommandError(f"{path}: not the public SM2 key of a custodian", returncode=2) from error


def _note(action: str, told: Result, at: datetime) -> None:
    """The operation log says that a share was given, by number, never the share."""
    fields: dict[str, Any] = {
        name: told[name] for name in ("sealed", "given", "needed", "accepted") if name in told
    }
    record(system_actor("unseal", []), action, at, subject="key", fields=fields)


def _state(told: Result) -> Result:
    return {
        "level": "L1",
        "version": max((version for version, _check in told["versions"]), default=0),
        "values": 0,
        "reencrypted": 0,
        "sealed": told["sealed"],
        "given": told["given"],
        "needed": told["needed"],
    }
