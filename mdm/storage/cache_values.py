"""How values lie in the caches: bytes and JSON, nothing that acts when it is read; and who asks for them.

Django's own way is a pickle: whoever may write to Valkey would run what they like in every web process. And it makes
a client for every call, which takes twice as long as asking.
"""

import json
from time import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionPool, Redis

_BYTES, _JSON = b"b", b"j"


class PlainSerializer:
    """Whole numbers as they are (Valkey counts with them), bytes and JSON behind a letter that says which."""

    def dumps(self, value: Any) -> bytes | int:
        """What is stored; TypeError for what is neither bytes nor JSON."""
        if type(value) is int:  # a bool is JSON
            return value
        if isinstance(value, bytes):
            return _BYTES + value
        return _JSON + json.dumps(value).encode()

    def loads(self, stored: bytes) -> Any:
        """The value; None, which is as if there were none, for what was not written here."""
        try:
            if stored[:1] == _BYTES:
                return stored[1:]
            return json.loads(stored[1:]) if stored[:1] == _JSON else int(stored)
        except ValueError:
            return None


class KeepingClient(RedisCacheClient):
    """Keeps the client of each server; the pool behind it hands out its connections."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kept: dict[ConnectionPool, Redis] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # the stubs leave it out
        if pool not in self._kept:
            self._kept[pool] = super().get_client(key, write=write)
        return self._kept[pool]


class ValkeyCache(RedisCache):
    """The cache that all processes share."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeepingClient


class NearCache(LocMemCache):
    """What a process has just been told itself: what has run out goes when the next comes, and nothing large stays."""

    #: Bytes.
    LARGEST = 256 * 1024

    def set(self, key: Any, value: Any, *args: Any, **options: Any) -> None:
        """Keep a value; one that is too large is not kept."""
        now = time()
        with self._lock:  # type: ignore[attr-defined]  # the stubs leave these out
            for gone in [kept for kept, end in self._expire_info.items() if end and end <= now]:  # type: ignore[attr-defined]
                self._delete(gone)  # type: ignore[attr-defined]
        if len(value) <= self.LARGEST:
            super().set(key, value, *args, **options)
