"""Using the staff screens without a browser; every page is held against the house's rules for pages."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from security.authentication.freshness import prove
from security.models import User
from tests.support.audited import left_a_row

BACKEND = "security.authentication.backend.StaffBackend"
#: What a strict content security policy would block.
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


@dataclass
class Screens:
    """A browser without scripts, signed in as `user`."""

    user: User | None = None
    language: str = "en"
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __post_init__(self) -> None:
        self.client.cookies["panorama_language"] = self.language
        if self.user is not None:
            self.client.force_login(self.user, backend=BACKEND)
            self.prove(timezone.now())

    def prove(self, at: datetime) -> None:
        """Whoever sits here showed at `at` who they are."""
        session = self.client.session
        prove(session, at)
        session.save()

    def get(self, address: str, **query: str) -> "Seen":
        return Seen.of(self.client.get(address, query))

    def post(self, address: str, follow: Any = False, **form: Any) -> "Seen":
        def send() -> Any:
            return self.client.post(address, form, follow=follow)

        return Seen.of(left_a_row("POST", address, send, _done))

    def search(self, term: str) -> "Seen":
        return self.post("/search/", follow=True, term=term)


def _done(answer: Any) -> bool:
    """Whether a form was taken: then the browser is led on, and not to signing in or proving who sits there."""
    chain = getattr(answer, "redirect_chain", [])
    led = chain[0][0] if chain else answer.headers.get("Location", "")
    return bool(led) and not led.startswith(("/login/", "/prove/"))


@dataclass(frozen=True)
class Seen:
    """An answer."""

    status: int
    html: str
    location: str
    response: HttpResponse

    @classmethod
    def of(cls, response: Any) -> "Seen":
        html = b"".join(response.streaming_content) if response.streaming else response.content
        text = html.decode()
        if response.headers.get("Content-Type", "").startswith("text/html") and text:
            assert not INLINE.findall(text), INLINE.findall(text)
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        return cls(response.status_code, text, response.headers.get("Location", ""), response)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return _SPACE.sub(" ", unescape(_TAGS.sub(" ", self.html)))

    def value(self, name: str) -> str:
        """The value of the input called `name`."""
        found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', self.html)
        assert found, name
        value = re.search(r'value="([^"]*)"', found[0])
        return unescape(value[1]) if value else ""
