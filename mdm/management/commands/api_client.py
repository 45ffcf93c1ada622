"""`manage.py api_client issue|rotate|off|key|revoke-key|limit ID`: client systems from the command line."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone

from mdm.console import OK, USAGE
from mdm.console import Command as ConsoleCommand
from security.access.actor import Actor, system_actor
from security.models import ApiClient
from security.services import client_proof, clients

#: What a client may do where the operator names nothing: everything that its role holds.
DEFAULT_SCOPES = "customer.view,customer.create,customer.change,customer.history,credential.change"


class Command(ConsoleCommand):
    """Exit codes: 0 done, 1 refused by a rule, 2 usage. The token is printed this once."""

    help = "Make a client system, give it a new secret or a key to sign with, limit it, or end its access."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["issue", "rotate", "off", "key", "revoke-key", "limit"])
        parser.add_argument("client_id")
        parser.add_argument("--name", help="what people call it (the id)")
        parser.add_argument("--org", help="code of the branch it works for; needed to issue")
        parser.add_argument("--answerable", help="user name of who answers for it; needed to issue")
        parser.add_argument("--scopes", default=DEFAULT_SCOPES, help="separated by commas")
        parser.add_argument("--key-id", help="name of the key to make, register or end")
        parser.add_argument("--public-key", help="SM2 point in hex; without it a key for HMAC-SM3 is made")
        parser.add_argument(
            "--network", action="append", default=[], help="CIDR it may call from; again for more"
        )
        parser.add_argument("--quota", type=int, help="requests a minute (the general limit)")
        parser.add_argument("--signed-only", action="store_true", help="refuse requests without a signature")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor, at, client_id = system_actor("operator", {"user.manage"}), timezone.now(), options["client_id"]
        if options["action"] == "issue":
            return _issue(actor, at, options)
        if options["action"] == "rotate":
            return _issued(clients.rotate(actor, client_id, at=at)), OK
        if options["action"] in ("key", "revoke-key"):
            return _key(actor, at, options)
        if options["action"] == "limit":
            return _limited(actor, at, options), OK
        return _told(clients.switch_off(actor, client_id, at=at)), OK


def _issue(actor: Actor, at: datetime, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
    if not options["org"]:
        return {"error": "--org names the branch that the client works for"}, USAGE
    if not options["answerable"]:
        return {"error": "--answerable names the member of staff who answers for the client"}, USAGE
    issued = clients.issue(
        actor,
        options["client_id"],
        name=options["name"] or options["client_id"],
        org_code=options["org"],
        scopes=[scope for scope in options["scopes"].split(",") if scope],
        at=at,
        answerable=options["answerable"],
    )
    return _issued(issued), OK


def _key(actor: Actor, at: datetime, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Make, register or end a key; a shared one is printed this once."""
    client_id, key_id, public = options["client_id"], options["key_id"], options["public_key"]
    if not key_id:
        return {"error": "--key-id names the key"}, USAGE
    if options["action"] == "revoke-key":
        key, secret = client_proof.revoke_key(actor, client_id, key_id, at=at), ""
    elif public:
        key, secret = client_proof.add_public_key(actor, client_id, key_id, public, at=at).key, ""
    else:
        made = client_proof.add_shared_key(actor, client_id, key_id, at=at)
        key, secret = made.key, made.secret
    told = {"client": client_id, "key": key.key_id, "algorithm": key.algorithm}
    return {**told, "revoked": key.revoked_at is not None, "secret": secret}, OK


def _limited(actor: Actor, at: datetime, options: dict[str, Any]) -> dict[str, Any]:
    found = client_proof.limit(
        actor,
        options["client_id"],
        networks=options["network"],
        quota=options["quota"],
        signed_only=options["signed_only"],
        at=at,
    )
    told = {"networks": ",".join(found.networks), "quota": found.quota, "signed_only": found.signed_only}
    return {**_told(found), **told}


def _issued(issued: clients.Issued) -> dict[str, Any]:
    return {**_told(issued.client), "token": issued.token}


def _told(client: ApiClient) -> dict[str, Any]:
    return {"client": client.client_id, "scopes": ",".join(client.scopes), "active": client.active}
