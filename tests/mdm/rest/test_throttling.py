"""One token bucket a client, in the real Valkey."""

from unittest.mock import patch

import pytest
import redis

from mdm.conf import conf
from mdm.rest import throttling
from mdm.rest.throttling import WINDOW, take
from security.access.client_limits import QUOTA
from tests.support.api import Api

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def empty_buckets() -> None:
    redis.Redis.from_url(conf.valkey_url).flushdb()


def test_a_full_bucket_holds_the_quota_and_no_more() -> None:
    buckets = [take("one", NOW) for _ in range(QUOTA + 1)]
    assert [bucket.taken for bucket in buckets if bucket] == [True] * QUOTA + [False]


def test_the_bucket_fills_with_time() -> None:
    for _ in range(QUOTA):
        take("one", NOW)
    refused = take("one", NOW)
    assert refused is not None
    assert not refused.taken
    later = take("one", NOW + refused.wait)
    assert later is not None
    assert later.taken
    full = take("one", NOW + 10 * WINDOW)
    assert full is not None
    assert full.tokens == QUOTA - 1


def test_a_clock_that_goes_back_gives_nothing() -> None:
    for _ in range(QUOTA):
        take("one", NOW)
    early = take("one", NOW - 3600)
    assert early is not None
    assert not early.taken


def test_clients_do_not_take_from_one_another() -> None:
    for _ in range(QUOTA):
        take("one", NOW)
    other = take("two", NOW)
    assert other is not None
    assert other.taken


def test_buckets_leave_the_cache_by_themselves() -> None:
    take("one", NOW)
    valkey = redis.Redis.from_url(conf.valkey_url)
    assert 0 < int(valkey.ttl("panorama:bucket:one")) <= WINDOW + 1


@pytest.mark.django_db
def test_answers_tell_the_limit_and_refuse_beyond_it(api: Api) -> None:
    with patch.object(throttling, "QUOTA", 2):
        first, second, third = (api.get("me") for _ in range(3))
    assert first.headers["RateLimit-Policy"] == f'"client";q=2;w={WINDOW}'
    assert first.headers["RateLimit"].startswith('"client";r=1;t=')
    assert second.status == 200
    assert (third.status, third.code) == (429, "rate.limited")
    assert 1 <= int(third.headers["Retry-After"]) <= WINDOW


@pytest.mark.django_db
def test_without_valkey_everybody_passes(api: Api) -> None:
    nowhere = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    script = nowhere.register_script(throttling._TAKE)
    with patch.object(throttling, "_script", lambda: script):
        told = api.get("me")
    assert told.status == 200
    assert "RateLimit" not in told.headers
