"""Online is a batch of one: the same bundles through the counter and through a file leave the same picture."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction

from batch.synthetic.generator import Made, Recipe, customers
from customers.models import Customer
from customers.services import onboarding
from mdm.errors import Invalid
from security.access.actor import Actor, Right
from security.access.roles import PERMISSIONS
from tests.factories.customers import HOME, bundle_of
from tests.factories.files import load, write
from tests.factories.security import NOW
from tests.support.database_roles import database_role
from tests.support.pictures import Picture, differences, picture

pytestmark = pytest.mark.usefixtures("bank")
TELLER = Actor(
    "teller1",
    "staff",
    (Right(frozenset(PERMISSIONS), None),),
    user_id=7,
    org_code=HOME,
    channel="COUNTER",
    request_id="r",
)
#: What only a file can do: say something in a column that its kind of customer has no field for.
ONLY_IN_FILES = {"value.not_applicable", "value.incomplete"}


def bundles(rows: int, seed: int) -> list[Made]:
    """Generated customers at the home branch."""
    made = customers(Recipe(rows=rows, seed=seed, duplicates=0.2, errors=0.15))
    return [
        replace(one, fields={**one.fields, "source_key": one.source_key, "branch_code": HOME}) for one in made
    ]


def by_file(made: list[Made], folder: Path) -> tuple[Picture, int]:
    """The picture that a load leaves, and how many rows it refused."""
    with transaction.atomic():
        loaded = load(write(folder / "core.csv", [one.fields for one in made]))
        seen = picture()
        transaction.set_rollback(True)
    seen["issues"] = [issue for issue in seen["issues"] if issue[5] not in ONLY_IN_FILES]
    return seen, loaded.counts.rejected


def at_the_counter(made: list[Made]) -> tuple[Picture, int]:
    """The picture that creating one after the other leaves, as the web's role, and how many were refused."""
    refused = 0
    with transaction.atomic(), database_role("app"):
        for one in made:
            try:
                assert onboarding.create(TELLER, bundle_of(one), at=NOW).outcome in ("CREATED", "SUSPECT")
            except Invalid:
                refused += 1
        seen = picture()
        transaction.set_rollback(True)
    return seen, refused


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_customers_by_both_doors_are_the_same(tmp_path: Path, seed: int) -> None:
    made = [one for one in bundles(70, seed) if _readable(one)]

    file, rejected = by_file(made, tmp_path)
    counter, refused = at_the_counter(made)

    assert rejected == refused
    assert len(file["customer"]) >= 50
    assert len(file["issues"]) >= 5
    assert differences(file, counter) == {}
    assert Customer.objects.count() == 0


def _readable(one: Made) -> bool:
    """Whether the line has a key and a kind of customer, without which a file has no bundle at all."""
    try:
        bundle_of(one)
    except Invalid:
        return False
    return not any("|!" in value or not value.isprintable() for value in one.fields.values())
