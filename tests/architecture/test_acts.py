"""Every task and every command is run: what changes something writes its row, and without it nothing is changed."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.db import DatabaseError

from security.access.roles import seed_roles
from security.crypto import keyring
from security.models import OperationLog
from tests.architecture.acts import COMMANDS, ELSEWHERE, TASKS, Known, Row
from tests.factories import customers
from tests.factories.security import NOW
from tests.security.crypto.rings import fresh_keys
from tests.support.database_roles import database_role
from tests.support.doors import commands, tasks
from tests.support.refusing_log import changed, refusing_log, versions

ACTS = TASKS | COMMANDS


def acts(*, writing: bool) -> list[object]:
    chosen = [(name, known) for name, known in sorted(ACTS.items()) if (known.row is not None) is writing]
    return [pytest.param(known, id=name, marks=_marks(known)) for name, known in chosen]


def _marks(known: Known) -> list[pytest.MarkDecorator]:
    return [pytest.mark.django_db(transaction=known.committed)]


@pytest.fixture(autouse=True)
def bank(request: pytest.FixtureRequest, objects: dict[str, str]) -> Iterator[None]:
    """A small bank, seen as workers and operators see it."""
    known = request.getfixturevalue("known") if "known" in request.fixturenames else None
    if known is None:
        yield
        return
    request.getfixturevalue("db")
    with database_role("engine"), fresh_keys() if known.committed else nullcontext():
        if known.committed:
            keyring.make_missing("system:test", NOW)
        customers.bank()
        seed_roles()
        yield


def newest() -> int:
    return OperationLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def rows_after(mark: int) -> set[Row]:
    columns = ("action", "actor", "channel", "subject", "result")
    return {Row(*told) for told in OperationLog.objects.filter(pk__gt=mark).values_list(*columns)}


@pytest.mark.parametrize("known", acts(writing=True))
def test_what_changes_something_writes_its_row(known: Known, tmp_path: Path) -> None:
    call, mark = known.act(tmp_path), newest()
    call()
    assert known.row in rows_after(mark), rows_after(mark)


@pytest.mark.parametrize("known", acts(writing=True))
def test_what_cannot_be_logged_is_not_done(known: Known, tmp_path: Path) -> None:
    call, before = known.act(tmp_path), versions()
    with refusing_log():
        with pytest.raises((DatabaseError, SystemExit)):
            call()
        assert changed(before, but=known.besides) == set()


@pytest.mark.parametrize("known", acts(writing=False))
def test_what_writes_no_row_changes_nothing(known: Known, tmp_path: Path) -> None:
    call, before, mark = known.act(tmp_path), versions(), newest()
    call()
    assert changed(before, but=known.besides) == set()
    assert rows_after(mark) == set()


def test_no_task_and_no_command_is_left_out() -> None:
    """A new one fails here until somebody says how it is made to do something."""
    assert tasks() == set(TASKS)
    assert commands() == {words.split()[0] for words in COMMANDS} | set(ELSEWHERE)
