"""`manage.py api_client issue|rotate|off ID`: client systems from the command line."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone

from mdm.console import OK, USAGE
from mdm.console import Command as ConsoleCommand
from security.access.actor import Actor, system_actor
from security.models import ApiClient
from security.services import clients

#: What a client may do where the operator names nothing: everything that its role holds.
DEFAULT_SCOPES = "customer.view,customer.create,customer.change,customer.history,credential.change"


class Command(ConsoleCommand):
    """Exit codes: 0 done, 1 refused by a rule, 2 usage. The token is printed this once."""

    help = "Make a client system, give it a new secret, or end its access."

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["issue", "rotate", "off"])
        parser.add_argument("client_id")
        parser.add_argument("--name", help="what people call it (the id)")
        parser.add_argument("--org", help="code of the branch it works for; needed to issue")
        parser.add_argument("--scopes", default=DEFAULT_SCOPES, help="separated by commas")

    def work(self, **options: Any) -> tuple[dict[str, Any], int]:
        actor, at, client_id = system_actor("operator", {"user.manage"}), timezone.now(), options["client_id"]
        if options["action"] == "issue":
            return _issue(actor, at, options)
        if options["action"] == "rotate":
            return _issued(clients.rotate(actor, client_id, at=at)), OK
        return _told(clients.switch_off(actor, client_id, at=at)), OK


def _issue(actor: Actor, at: datetime, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
    if not options["org"]:
        return {"error": "--org names the branch that the client works for"}, USAGE
    issued = clients.issue(
        actor,
        options["client_id"],
        name=options["name"] or options["client_id"],
        org_code=options["org"],
        scopes=[scope for scope in options["scopes"].split(",") if scope],
        at=at,
    )
    return _issued(issued), OK


def _issued(issued: clients.Issued) -> dict[str, Any]:
    return {**_told(issued.client), "token": issued.token}


def _told(client: ApiClient) -> dict[str, Any]:
    return {"client": client.client_id, "scopes": ",".join(client.scopes), "active": client.active}
