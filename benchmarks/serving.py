"""Calling the web application in this process, as a server would, without a network between."""

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from mdm.rest import throttling
from security.access.actor import system_actor
from security.models import Organisation
from security.services import clients

#: What a client system needs to see everything that a panorama tells.
SCOPES = ("customer.view", "customer.history")


def issued_token(at: datetime, name: str = "benchmark", scopes: Sequence[str] = SCOPES) -> str:
    """The token of a new client system of head office."""
    actor = system_actor("benchmark", ["user.manage"])
    org = Organisation.objects.filter(parent=None).earliest("id")
    return clients.issue(actor, name, name="Benchmark", org_code=org.code, scopes=scopes, at=at).token


class Caller:
    """A client system that asks again and again, without a limit on how often."""

    def __init__(self, token: str) -> None:
        from mdm.wsgi import application

        throttling.QUOTA = 10**9  # type: ignore[attr-defined]  # the name that it reads
        self._application = application
        self._environ = {
            "REQUEST_METHOD": "GET",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {token}",
            "HTTP_ACCEPT_LANGUAGE": "zh-hans",
            "wsgi.url_scheme": "http",
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def get(self, path: str) -> bytes:
        """The body of a 200; RuntimeError for any other answer."""
        told: list[str] = []

        def start(
            status: str, headers: list[tuple[str, str]], failure: Any = None, /
        ) -> Callable[[bytes], object]:
            told.append(status)
            return lambda _data: None

        environ = {**self._environ, "PATH_INFO": path, "wsgi.input": BytesIO(), "wsgi.errors": BytesIO()}
        answer = self._application(environ, start)
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        if not told[0].startswith("200"):
            raise RuntimeError(f"{path}: {told[0]} {body[:300]!r}")
        return body
