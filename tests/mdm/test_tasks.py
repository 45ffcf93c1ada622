"""Background work: what is sent, when, and to whom."""

import json
import logging
from collections.abc import Iterator

import pytest
import redis
from django.db import transaction

from mdm.celery import app
from mdm.conf import conf
from mdm.rest.idempotency import RETENTION
from mdm.rest.models import IdempotencyRecord
from mdm.tasks import forget_answers, task
from tests.factories.security import NOW

QUEUE = "panorama"
done: list[int] = []


@task
def note(number: int) -> None:
    """Work that leaves a trace."""
    done.append(number)


@pytest.fixture(autouse=True)
def broker() -> Iterator[redis.Redis]:
    """The real broker, with an empty queue before and after."""
    valkey = redis.Redis.from_url(conf.valkey_url)
    valkey.delete(QUEUE)
    yield valkey
    valkey.delete(QUEUE)
    done.clear()


def waiting(broker: redis.Redis) -> list[dict[str, object]]:
    return [json.loads(message) for message in broker.lrange(QUEUE, 0, -1)]


def test_called_it_is_done_here_and_now(broker: redis.Redis) -> None:
    note(7)
    assert done == [7]
    assert waiting(broker) == []


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_when_the_transaction_commits(broker: redis.Redis) -> None:
    with transaction.atomic():
        note.send(7)
        assert waiting(broker) == []
    (message,) = waiting(broker)
    assert message["headers"]["task"].endswith(".note")  # type: ignore[index]
    assert done == []


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_sends_nothing(broker: redis.Redis) -> None:
    with transaction.atomic():
        note.send(7)
        transaction.set_rollback(True)
    assert waiting(broker) == []


@pytest.mark.parametrize("value", [{"name": "x"}, b"x", None, [1], 1.5])
def test_a_message_carries_ids_only(value: object) -> None:
    with pytest.raises(TypeError):
        note.send(value)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_answers_whose_time_is_over_are_forgotten() -> None:
    IdempotencyRecord.objects.create(client="c", key="k", fingerprint="f", created_at=NOW - RETENTION * 100)
    forget_answers()
    assert not IdempotencyRecord.objects.exists()


def test_scheduled_work_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks)
    assert "mdm.tasks.forget_answers" in scheduled


def test_a_worker_logs_as_everybody_does() -> None:
    before = logging.getLogger().handlers[:]
    app.log.setup_logging_subsystem(loglevel="INFO")
    assert logging.getLogger().handlers == before
