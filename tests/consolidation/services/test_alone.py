"""Consolidations of different days never run at the same time."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.core.management import call_command

from consolidation.services.alone import alone
from consolidation.services.matching import consolidate
from mdm.errors import Duplicate
from mdm.runs import JobRun
from tests.consolidation.services.acting import LATER, run, told
from tests.factories.customers import DAY, store
from tests.factories.security import everything
from tests.support.racing import two_racers

pytestmark = pytest.mark.django_db(transaction=True)


def other_day() -> None:
    consolidate(everything("desk"), business_date=DAY + timedelta(days=1), full=False, at=LATER)


def busy(_done: int, _total: int) -> None:
    """In the middle of a run, another process starts one of another day."""
    with two_racers() as (other, _), pytest.raises(Duplicate) as refused:
        other.do(other_day)
    assert refused.value.code == "run.busy"


def test_a_run_of_another_day_is_refused_while_one_is_under_way() -> None:
    store([told("A-1"), told("A-2")])
    assert run(full=True, tell=busy).merged == 1
    assert JobRun.objects.count() == 1, "the refused one leaves no run behind"


def test_the_next_one_runs_when_it_has_ended() -> None:
    run(full=True)
    with two_racers() as (other, _):
        other.do(other_day)


def test_a_run_that_fails_gives_the_lock_back() -> None:
    def fall(_done: int, _total: int) -> None:
        raise RuntimeError("the worker is told to stop")

    store([told("A-1"), told("A-2")])
    with pytest.raises(RuntimeError):
        run(full=True, tell=fall)
    with two_racers() as (other, _):
        other.do(other_day)


def test_the_command_says_that_the_lock_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    with two_racers() as (other, _), ExitStack() as held:
        other.do(lambda: held.enter_context(alone("consolidate")))
        with pytest.raises(SystemExit) as ended:
            call_command("consolidate", "--json")
        other.do(held.close)
    assert ended.value.code == 4
    assert '"run.busy"' in capsys.readouterr().out
