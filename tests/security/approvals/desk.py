"""A branch at work: who asks, who decides, the customer, and the shortest ways to ask and decide."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customers.services import requesting
from security.access.actor import Actor, staff_actor
from security.approvals import deciding
from security.approvals.models import ChangeRequest, Step
from security.models import OperationLog, User
from tests.factories.customers import HOME, bank, person, stored, the_row
from tests.factories.security import NOW, branch, member_of_staff
from tests.support.database_roles import database_role

LATER = NOW + timedelta(hours=1)
NEW_NAME = "欧阳致远"


@dataclass
class Desk:
    """The teller and the branch manager of 1100, and the customer's id."""

    teller: Actor
    manager: Actor
    customer_id: int

    @classmethod
    def open(cls) -> "Desk":
        bank()
        customer = stored(person())
        return cls(actor("teller", "teller"), actor("manager", "branch_manager"), customer)

    @property
    def name(self) -> Any:
        """The legal name's row."""
        return the_row("customer_name", self.customer_id)

    def ask(
        self, maker: Actor | None = None, name: str = NEW_NAME, at: datetime = NOW, **options: Any
    ) -> ChangeRequest:
        """Somebody asks for another legal name."""
        row = self.name
        done = requesting.change(
            maker or self.teller,
            "customer_name",
            row.pk,
            row.version,
            {"full_name": name},
            reason="marriage",
            at=at,
            **options,
        )
        assert done.request is not None
        return done.request

    def legal_name(self) -> str:
        return str(self.name.full_name.open())


def actor(name: str, *roles: str, org: str = HOME, staff_no: str = "") -> Actor:
    """A new member of staff at a branch."""
    member_of_staff(name, *roles, org=branch(org), staff_no=staff_no or None)
    return again(name)


def again(name: str) -> Actor:
    """The actor of an account as of now."""
    return staff_actor(User.objects.select_related("org").get(username=name), NOW)


def agree(checker: Actor, request: ChangeRequest, **options: Any) -> ChangeRequest:
    return deciding.approve(
        checker,
        request.pk,
        options.get("version", request.version),
        reason="seen",
        at=options.get("at", LATER),
    )


def reread(request: ChangeRequest) -> ChangeRequest:
    """The request as it is stored."""
    with database_role("engine"):
        return ChangeRequest.objects.get(pk=request.pk)


def moves(request: ChangeRequest) -> list[str]:
    """The request's steps, oldest first."""
    with database_role("engine"):
        return list(Step.objects.filter(request=request).order_by("pk").values_list("move", flat=True))


def logged(prefix: str) -> list[str]:
    """The operations of the log that begin so, oldest first."""
    found = OperationLog.objects.filter(action__startswith=prefix).order_by("id")
    return list(found.values_list("action", flat=True))
