"""A test that is named for a door, watched while it runs: it must open the door (`audited_doors.DOORS`).

Before the request that opens it the same request is sent once while the log takes no row: it must be answered by an
error, and no table may be other than before. Requests of a browser are served by other threads beside one another,
and are watched only.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import LimitedStream
from django.core.signals import got_request_exception
from django.db import connection
from django.http import HttpRequest
from django.test.signals import template_rendered
from django.urls import Resolver404

from tests.support.audited_doors import DOORS
from tests.support.doors import UNSAFE, door_at
from tests.support.log_rows import newest, operations_since
from tests.support.refusing_log import changed, refusing_log, versions

Serve = Callable[[BaseHandler, HttpRequest], Any]

#: Tables that a request may change although what it asked for could not be logged, and why.
BESIDES = {
    "security_guesscounter": "a guess counts before it is judged, and stays counted",
    "security_keyuse": "how often a key was used counts whatever becomes of what it was used for",
    "security_signinstate": "when somebody was last here, told by every request",
}
#: Signing in is done in steps by Django and allauth; where its row cannot be written, the browser is given no session.
SIGNING_IN = {
    "mfa_authenticator": "a code that was shown is used up",
    "security_session": "a row whose key nobody was told",
    "security_user": "when the password was last right",
}
SIGN_IN_DOORS = ("mdm.backoffice.site.PanoramaSite.login", "mdm.backoffice.login.second_step")
OUTSIDE = "the log was written to outside of a transaction"


@cache
def doors_by_test() -> dict[str, frozenset[str]]:
    """Test -> the doors that it must open."""
    tests = {opened.test for opened in DOORS.values()}
    return {test: frozenset(door for door, one in DOORS.items() if one.test == test) for test in tests}


class Watch:
    """What one test opens; what was wrong with it."""

    def __init__(self, doors: frozenset[str]) -> None:
        self.doors, self.opened, self.faults = doors, set[str](), list[str]()

    def serve(self, serve: Serve, handler: BaseHandler, request: HttpRequest) -> Any:
        """The answer to a request, rehearsed where it may open one of the doors."""
        door = _door(request)
        if door not in self.doors - self.opened:
            return serve(handler, request)
        besides = {*BESIDES, *(SIGNING_IN if door in SIGN_IN_DOORS else ())}
        wrong = _rehearsed(serve, handler, request, besides) if _alone(request) else ""
        mark = newest()
        answer = serve(handler, request)
        if answer.status_code < 400 and DOORS[door].done(operations_since(mark)):
            self.opened.add(door)
            self.faults += [f"{door}: {wrong}"] if wrong else []
        return answer


@contextmanager
def watching(doors: frozenset[str]) -> Iterator[Watch]:
    """Every request of this process is seen by a watch while the block runs."""
    watch, serve = Watch(doors), BaseHandler.get_response
    BaseHandler.get_response = lambda handler, request: watch.serve(serve, handler, request)  # type: ignore[method-assign]
    try:
        yield watch
    finally:
        BaseHandler.get_response = serve  # type: ignore[method-assign]


def _door(request: HttpRequest) -> str:
    try:
        return door_at(request.path_info, request.method or "")
    except (Resolver404, StopIteration):
        return ""


def _alone(request: HttpRequest) -> bool:
    """Whether it changes something, and nobody else asks for anything meanwhile."""
    unsafe = (request.method or "").lower() in UNSAFE
    return unsafe and threading.current_thread() is threading.main_thread()


def _rehearsed(serve: Serve, handler: BaseHandler, request: Any, besides: set[str]) -> str:
    """What is wrong with how the request ends where the log takes no row; empty for nothing."""
    raw = request._stream.read()
    request._stream = LimitedStream(BytesIO(raw), len(raw))
    again = type(request)({**request.environ, "wsgi.input": BytesIO(raw)})
    again._dont_enforce_csrf_checks = getattr(request, "_dont_enforce_csrf_checks", False)
    before = versions()
    with refusing_log(), _unseen():
        status = serve(handler, again).status_code
        moved = {OUTSIDE} if _broken() else changed(before, but=besides)
    if moved:
        return f"changed all the same: {sorted(moved)} ({status})"
    return "" if status >= 500 else f"answered {status} without a row in the log"


def _broken() -> bool:
    """Whether the test's own transaction has failed: what was done before the failure cannot be told from it."""
    from psycopg import pq

    return bool(connection.connection.info.transaction_status == pq.TransactionStatus.INERROR)


@contextmanager
def _unseen() -> Iterator[None]:
    """Nothing of what happens is told to the test's client or to its logs."""
    signals: list[Any] = [got_request_exception, template_rendered]
    kept = [signal.receivers for signal in signals]
    for signal in signals:
        signal.receivers = []
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        for signal, receivers in zip(signals, kept, strict=True):
            signal.receivers = receivers
