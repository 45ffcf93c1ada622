"""How often a client may call: one token bucket for each, kept in Valkey.

Without Valkey reads and changes pass: the limit protects the service, and a cache that is down must not
take the service down with it. What tells clear values or takes data away (`CLOSED`) does not pass.
"""

import logging
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any, cast

import redis
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from mdm.conf import conf
from mdm.rest.operations import operation_of
from mdm.rest.refusals import Refusal
from security.access.client_limits import QUOTA
from security.models import ApiClient

if TYPE_CHECKING:
    from redis.commands.core import Script
    from rest_framework.views import APIView

#: The seconds in which as many requests grow again as a client may save up.
WINDOW = int(conf.get("API_QUOTA_SECONDS", "60"))
#: Scopes of what tells clear values, or takes data away: without a limit there is none of it.
CLOSED = frozenset(
    {"clear.read", "reject.read", "audit.export", "customer.export", "export.run", "history.certify"}
)
_ATTRIBUTE = "panorama_bucket"
_log = logging.getLogger(__name__)

#: Takes one token from the bucket; returns whether there was one, and the tokens left in thousandths.
_TAKE = """
local quota, window, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1] or quota), tonumber(kept[2] or now)
tokens = math.min(quota, tokens + math.max(0, now - at) * quota / window)
local taken = 0
if tokens >= 1 then tokens = tokens - 1; taken = 1 end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('EXPIRE', KEYS[1], math.ceil(window) + 1)
return {taken, math.floor(tokens * 1000)}
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left for a client after this request."""

    taken: bool
    tokens: float
    quota: int = QUOTA

    @property
    def wait(self) -> int:
        """Whole seconds until the next token."""
        return max(1, ceil((1 - self.tokens) * WINDOW / self.quota)) if self.tokens < 1 else 0

    @property
    def full_in(self) -> int:
        """Whole seconds until the bucket is full."""
        return ceil((self.quota - self.tokens) * WINDOW / self.quota)


class ClientThrottle(BaseThrottle):
    """Refuses with 429 and Retry-After once a client's bucket is empty."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiClient):
            return True
        quota = request.auth.quota or QUOTA
        bucket = take(request.auth.client_id, timezone.now().timestamp(), quota)
        setattr(request, _ATTRIBUTE, bucket)
        if bucket is None and _is_closed(request, view):
            raise Refusal(
                "rate.unknown",
                _("How often this was asked for cannot be counted at the moment."),
                headers={"Retry-After": "30"},
            )
        if bucket and not bucket.taken:
            raise Refusal("rate.limited", _("Too many requests."), headers={"Retry-After": str(bucket.wait)})
        return True


def _is_closed(request: Request, view: "APIView") -> bool:
    """Whether the operation is one that passes only under a limit."""
    declared = operation_of(view, request.method or "")
    return declared is not None and declared.scope in CLOSED


def take(client_id: str, now: float, quota: int = QUOTA) -> Bucket | None:
    """Take one token of a client's bucket at `now` (seconds); None where Valkey does not answer."""
    try:
        taken, thousandths = cast(
            Any, _script()(keys=[f"panorama:bucket:{client_id}"], args=[quota, WINDOW, now])
        )
    except redis.RedisError:
        _log.warning("rate limits are off: the cache does not answer")
        return None
    return Bucket(bool(taken), int(thousandths) / 1000, quota)


@cache
def _script() -> "Script":
    client = redis.Redis.from_url(conf.valkey_url, socket_timeout=0.2, socket_connect_timeout=0.2)
    return client.register_script(_TAKE)


def headers(request: Request) -> dict[str, str]:
    """The rate limit headers (IETF draft httpapi-ratelimit-headers-10) of a counted request."""
    bucket: Bucket | None = getattr(request, _ATTRIBUTE, None)
    if bucket is None:
        return {}
    return {
        "RateLimit-Policy": f'"client";q={bucket.quota};w={WINDOW}',
        "RateLimit": f'"client";r={int(bucket.tokens)};t={bucket.full_in}',
    }
