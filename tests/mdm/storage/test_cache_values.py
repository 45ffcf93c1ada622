"""What lies in the cache is data: it comes back as it was, and nothing that somebody plants there acts."""

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import redis
from django.core.cache import cache, caches

from mdm.conf import conf
from mdm.storage import cache as kept
from mdm.storage.cache_values import NearCache

KEY = "panorama:test:values"


#: What nobody keeps near: its key names no version.
SHARED = "branches:test:values"


@pytest.fixture(autouse=True)
def clean() -> Any:
    _forgotten()
    yield
    _forgotten()


def _forgotten() -> None:
    cache.delete_many([KEY, SHARED])
    caches["near"].clear()


class Planted:
    """A pickle that makes a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("value", [b"", b"\x00b\xff", "林", 7, -1, True, None, 1.5, ["a", 2], {"a": [None]}])
def test_a_value_comes_back_as_it_was(value: object) -> None:
    cache.set(KEY, value, 30)
    found = cache.get(KEY, "none")
    assert (type(found), found) == (type(value), value)


def test_numbers_can_be_counted_with() -> None:
    cache.set(KEY, 7, 30)
    assert cache.incr(KEY) == 8


@pytest.mark.parametrize("value", [{1, 2}, object()])
def test_what_is_no_data_is_not_kept(value: object) -> None:
    with pytest.raises(TypeError):
        cache.set(KEY, value, 30)


@pytest.mark.parametrize("before", [b"", b"b", b"j"])
def test_what_somebody_plants_in_the_cache_does_not_act(tmp_path: Path, before: bytes) -> None:
    made = tmp_path / "made"
    assert pickle.loads(pickle.dumps(Planted(made))) is None
    made.rmdir()
    store: Any = redis.Redis.from_url(conf.valkey_url)
    store.set(cache.make_key(KEY), before + pickle.dumps(Planted(made)), ex=30)
    cache.get(KEY)
    assert not made.exists()


def test_what_was_not_written_here_is_computed_anew() -> None:
    store: Any = redis.Redis.from_url(conf.valkey_url)
    store.set(cache.make_key(KEY), pickle.dumps(b"old"), ex=30)
    with kept.switched(on=True):
        assert kept.remember(KEY, lambda: b"new") == b"new"
        assert kept.remember(KEY, lambda: b"newer") == b"new"


def _never() -> bytes:
    raise AssertionError("computed although it was kept")


def test_what_a_process_has_just_had_it_gives_again_without_asking() -> None:
    with kept.switched(on=True):
        kept.remember(KEY, lambda: b"one")
        cache.delete(KEY)
        assert kept.remember(KEY, _never) == b"one"
        caches["near"].clear()
        assert kept.remember(KEY, lambda: b"two") == b"two"


def test_what_another_process_kept_is_found_and_then_near() -> None:
    cache.set(KEY, b"theirs", 30)
    with kept.switched(on=True):
        assert kept.remember(KEY, _never) == b"theirs"
        cache.delete(KEY)
        assert kept.remember(KEY, _never) == b"theirs"


def test_what_may_be_forgotten_is_near_to_nobody() -> None:
    with kept.switched(on=True):
        kept.remember(SHARED, lambda: ["one"])
        kept.forget(SHARED)
        assert kept.remember(SHARED, lambda: ["two"]) == ["two"]


def test_with_the_cache_off_nothing_is_near_either() -> None:
    with kept.switched(on=True):
        kept.remember(KEY, lambda: b"one")
    with kept.switched(on=False):
        assert kept.remember(KEY, lambda: b"two") == b"two"


def test_what_has_run_out_goes_when_the_next_is_kept() -> None:
    near = caches["near"]
    near.set("old", b"masked", -1)
    assert any("old" in key for key in near._cache)
    near.set("new", b"masked", 60)
    assert [key for key in near._cache if "old" in key] == []


def test_nothing_large_is_kept_near() -> None:
    near = caches["near"]
    near.set("large", bytes(NearCache.LARGEST + 1), 60)
    near.set("small", bytes(NearCache.LARGEST), 60)
    assert (near.get("large"), len(near.get("small"))) == (None, NearCache.LARGEST)


def test_a_process_keeps_no_more_than_a_few_hundred() -> None:
    with kept.switched(on=True):
        for number in range(500):
            kept.remember(f"panorama:test:{number}", lambda: b"x")
    near = caches["near"]
    held = sum(near.get(f"panorama:test:{number}") is not None for number in range(500))
    assert 0 < held <= 200
    cache.delete_many([f"panorama:test:{number}" for number in range(500)])
