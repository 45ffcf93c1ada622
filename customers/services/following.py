"""Customers follow their branch when it moves in the tree, whoever moves it and whatever they may see."""

from customers.models.derived import follow_branches
from customers.selectors.customer import VIEW
from security.access.actor import system_actor
from security.access.scope import in_scope
from security.services.branch_moves import follow


def register() -> None:
    """Listen to moves of branches."""
    follow(_follow)


def _follow(orgs: list[int]) -> int:
    with in_scope(system_actor("branches", [VIEW]), VIEW):
        return follow_branches(orgs)
