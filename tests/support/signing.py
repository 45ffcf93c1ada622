"""Signing requests as a client system does, independently of the server's own code.

`canonical` is written out once more here, from the description in docs/howto, so that both agree by
what they say and not by sharing a function.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.test import Client

from security.crypto.backends import Sm2Key, sm2

Json = Any


@dataclass(frozen=True)
class Sent:
    """One signed request, every part of which a test may change afterwards."""

    method: str = "GET"
    path: str = "/api/v1/me"
    query: str = ""
    host: str = "testserver"
    content_type: str = ""
    body: bytes = b""
    client: str = "core-bank"
    key: str = "k1"
    timestamp: str = field(default_factory=lambda: str(int(time.time())))
    nonce: str = field(default_factory=lambda: secrets.token_hex(16))
    signature: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    authorization: str = ""

    def canonical(self) -> bytes:
        parts = [
            self.method,
            quote(self.path, safe="/:~"),
            "&".join(sorted(self.query.split("&"))),
            self.host,
            self.content_type,
            hashlib.new("sm3", self.body).hexdigest(),
            self.timestamp,
            self.nonce,
            self.client,
            self.key,
        ]
        return "\n".join(parts).encode()

    def signed(self, key: "bytes | Sm2Key") -> "Sent":
        if isinstance(key, Sm2Key):
            return replace(self, signature=sm2().sign(key, self.canonical()))
        return replace(self, signature=hmac.digest(key, self.canonical(), "sm3"))

    def header(self) -> str:
        told = base64.b64encode(self.signature).decode()
        return self.authorization or (
            f'Panorama-Signature client="{self.client}", key="{self.key}", timestamp="{self.timestamp}", '
            f'nonce="{self.nonce}", signature="{told}"'
        )

    def send(self, **environ: Any) -> "Answer":
        address = self.path + (f"?{self.query}" if self.query else "")
        headers = {"Authorization": self.header(), "Accept-Language": "en", "Host": self.host, **self.headers}
        asked = Client(raise_request_exception=False).generic(
            self.method, address, self.body, self.content_type, headers=headers, **environ
        )
        return Answer(asked.status_code, json.loads(asked.content or b"{}"), dict(asked.headers))


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str]

    @property
    def told(self) -> tuple[int, str]:
        return self.status, str(self.body.get("code", ""))
