"""What the live server is at work on: a request that outlives its test would write behind the emptying of the tables,
and hold locks that it waits for (a picture or a part of a page that a closed window had asked for)."""

import threading
from typing import Any

from django.core.servers.basehttp import ServerHandler

_changed = threading.Condition()
_at_work: list[str] = []


def watch_requests() -> None:
    """Know from here on what the live server serves; an idle connection is nothing."""
    serve = ServerHandler.run

    def watched(handler: ServerHandler, application: Any) -> None:
        address = str(handler.base_env["PATH_INFO"])
        with _changed:
            _at_work.append(address)
        try:
            serve(handler, application)
        finally:
            with _changed:
                _at_work.remove(address)
                _changed.notify_all()

    ServerHandler.run = watched  # type: ignore[method-assign]


def let_requests_end(seconds: float = 300) -> None:
    """Wait until the live server has nothing to do."""
    with _changed:
        assert _changed.wait_for(lambda: not _at_work, seconds), f"these do not end: {_at_work}"
