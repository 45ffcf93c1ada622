"""The cache: every key of the product in one place. It only saves time: without it everything still works."""

import logging
from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MISSING = object()

#: Key prefix -> seconds it is kept. A key is written `<prefix>:<rest>`; an unknown prefix is an error.
#: Nothing sensitive is cached except masked JSON, whose keys name version, mask profile and language.
LIFETIMES = {"branches": 60}


def remember(key: str, compute: Callable[[], T]) -> T:
    """The cached value of `key`, computed and kept where there is none; KeyError for an unknown prefix."""
    seconds = LIFETIMES[key.partition(":")[0]]
    found = _get(key)
    if found is not _MISSING:
        return cast(T, found)
    value = compute()
    _set(key, value, seconds)
    return value


def forget(key: str) -> None:
    """Drop a key; call it on commit of what made it stale."""
    try:
        cache.delete(key)
    except RedisError as down:
        _log.warning("cache.down", extra={"reason": type(down).__name__})


def _get(key: str) -> object:
    try:
        return cache.get(key, _MISSING)
    except RedisError as down:
        _log.warning("cache.down", extra={"reason": type(down).__name__})
        return _MISSING


def _set(key: str, value: object, seconds: int) -> None:
    try:
        cache.set(key, value, seconds)
    except RedisError as down:
        _log.warning("cache.down", extra={"reason": type(down).__name__})
