"""The cache: every key of the product in one place. It only saves time: without it everything still works.

A cache that does not answer is left alone for a few seconds, so that it costs one short wait now and then
and not one a request.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar, cast

from django.core.cache import cache, caches
from redis.exceptions import RedisError

from mdm.conf import conf

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MISSING = object()

#: Key prefix -> seconds it is kept. A key is written `<prefix>:<rest>`; an unknown prefix is an error.
#: Nothing sensitive is cached except masked JSON, whose keys name version, mask profile and language.
LIFETIMES = {"branches": 60, "notices": 15, "panorama": 900}
#: Key prefix -> seconds for which a process keeps the newest values itself and asks nobody. Only where a key names the
#: version of all that its value depends on: nothing can be stale then.
NEAR = {"panorama": 60}
#: Seconds for which a cache that did not answer is not asked again.
REST = 5.0


class _Switch:
    """Whether the cache is used: not where it is turned off, not while it rests."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self.asleep_until = 0.0

    def usable(self) -> bool:
        return self.on and monotonic() >= self.asleep_until

    def failed(self, error: RedisError) -> None:
        """Remember that it did not answer."""
        self.asleep_until = monotonic() + REST
        _log.warning("cache.down", extra={"reason": type(error).__name__})


_switch = _Switch(on=conf.get("CACHE", "on") != "off")


def remember(key: str, compute: Callable[[], T]) -> T:
    """The cached value of `key` (bytes or JSON, not None), computed and kept where there is none; KeyError for an
    unknown prefix."""
    prefix = key.partition(":")[0]
    seconds, near = LIFETIMES[prefix], NEAR.get(prefix)
    if near is None or not _switch.usable():
        return _shared(key, compute, seconds)
    found = caches["near"].get(key, _MISSING)
    if found is _MISSING:
        found = _shared(key, compute, seconds)
        caches["near"].set(key, found, near)
    return cast(T, found)


def _shared(key: str, compute: Callable[[], T], seconds: int) -> T:
    """The value that all processes share."""
    found = _get(key)
    if found is not _MISSING:
        return cast(T, found)
    value = compute()
    _set(key, value, seconds)
    return value


def forget(key: str) -> None:
    """Drop a key; call it on commit of what made it stale. It is tried even while the cache rests."""
    try:
        cache.delete(key)
    except RedisError as down:
        _switch.failed(down)


def in_use() -> bool:
    """Whether it is worth finding out a key."""
    return _switch.usable()


@contextmanager
def switched(*, on: bool) -> Iterator[None]:
    """Inside the block the cache is on, and asked at once, or off, whatever the configuration says."""
    before = _switch.on
    _switch.on, _switch.asleep_until = on, 0.0
    try:
        yield
    finally:
        _switch.on = before


def _get(key: str) -> object:
    if not _switch.usable():
        return _MISSING
    try:
        found = cache.get(key, _MISSING)
        return _MISSING if found is None else found  # None: not written by us
    except RedisError as down:
        _switch.failed(down)
        return _MISSING


def _set(key: str, value: object, seconds: int) -> None:
    if not _switch.usable():
        return
    try:
        cache.set(key, value, seconds)
    except RedisError as down:
        _switch.failed(down)
