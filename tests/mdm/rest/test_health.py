"""What balancers and monitors ask."""

from unittest.mock import patch

import pytest
import redis
from django.test import Client

from mdm.rest import health


def test_a_living_process_says_so_without_a_look_at_anything() -> None:
    answer = Client().get("/healthz/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_process_is_ready_when_every_part_answers(objects: dict[str, str]) -> None:
    answer = Client().get("/healthz/ready")
    parts = {"database": "ok", "cache": "ok", "store": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "parts": parts})
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_a_part_that_does_not_answer_is_named_and_nothing_else(objects: dict[str, str]) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    with patch.object(health, "_valkey", lambda: nowhere):
        answer = Client().get("/healthz/ready")
    parts = {"database": "ok", "cache": "down", "store": "ok"}
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "parts": parts})


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/metrics"])
def test_only_reading_is_answered(path: str) -> None:
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
def test_figures_are_told_on_this_machine() -> None:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert b"django_http_requests" in answer.content
    assert b"panorama_audit_unsealed_seconds 0.0" in answer.content
    assert b"panorama_audit_broken 0.0" in answer.content


@pytest.mark.parametrize(
    "meta",
    [
        {"REMOTE_ADDR": "10.1.2.3"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
    ],
)
def test_figures_are_told_to_nobody_else(meta: dict[str, str]) -> None:
    assert Client().get("/metrics", **meta).status_code == 404  # type: ignore[arg-type]
