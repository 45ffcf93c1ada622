"""A run is seen by those whose branches ordered it, and by head office."""

from datetime import date

import pytest
from django.utils import timezone

from mdm.errors import NotFound
from mdm.run_control import create_run
from mdm.runs import JobRun
from mdm.selectors.runs import get, list_runs
from security.access.actor import Actor, Right
from security.models import Organisation
from tests.factories.security import branch

pytestmark = pytest.mark.django_db


def _actor(org: Organisation) -> Actor:
    right = Right(frozenset({"load.view", "load.run"}), org.pk)
    return Actor(f"at-{org.code}", "staff", (right,), org_code=org.code)


def _run(actor: Actor) -> JobRun:
    return create_run(actor, "load_file", {}, business_date=date(2026, 11, 22), at=timezone.now())


def test_a_branch_sees_its_own_runs_and_those_below() -> None:
    above = branch("1000")
    here, elsewhere = branch("1100", above), branch("1200", above)
    mine, other = _run(_actor(here)), _run(_actor(elsewhere))

    assert [run.pk for run in list_runs(_actor(here)).rows] == [mine.pk]
    assert {run.pk for run in list_runs(_actor(above)).rows} == {mine.pk, other.pk}
    with pytest.raises(NotFound):
        get(_actor(here), other.pk)


def test_a_run_of_the_product_itself_is_seen_by_head_office_only() -> None:
    above = branch("1000")
    here = branch("1100", above)
    run = _run(Actor("system:load", "system", (Right(frozenset({"load.run"}), None),)))

    assert get(_actor(above), run.pk) == run
    with pytest.raises(NotFound):
        get(_actor(here), run.pk)
