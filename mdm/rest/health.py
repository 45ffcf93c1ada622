"""Whether this process lives, whether it can serve, and its figures: for balancers and monitors.

Answers name parts, never addresses or errors: these pages ask nobody for a token.
"""

import logging
from collections.abc import Callable
from functools import cache
from ipaddress import ip_address
from typing import Any

import boto3
import redis
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.db import Error as DatabaseError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from mdm.conf import conf
from mdm.errors import Unavailable
from security.crypto.agent_client import agent_client
from security.crypto.providers import provider_name

#: Seconds a part may take to answer.
PATIENCE = 2
#: Headers by which a proxy says that it asks for somebody else.
_FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")
_DOWN = (DatabaseError, redis.RedisError, BotoCoreError, ClientError)
_log = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; asks no other part, so that a database outage restarts nothing."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 where every part answers, 503 with the parts that do not."""
    parts = {name: answers(name) for name in PARTS}
    told = {name: "ok" if up else "down" for name, up in parts.items()} | _keys()
    ok = set(told.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ok else "down", "parts": told}, status=200 if ok else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures for this machine only; anyone else, and any proxy, is told that nothing is here."""
    address = request.META.get("REMOTE_ADDR") or "127.0.0.1"
    if any(name in request.META for name in _FORWARDED) or not ip_address(address).is_loopback:
        raise Http404
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def answers(name: str) -> bool:
    """Whether the part of PARTS called `name` answers in time."""
    try:
        PARTS[name]()
    except _DOWN:
        _log.warning("not ready: %s does not answer", name)
        return False
    return True


def _keys() -> dict[str, str]:
    """Whether the root key is open, where an agent holds it."""
    if provider_name(conf) != "agent":
        return {}
    try:
        return {"keys": "sealed" if agent_client(conf).status()["sealed"] else "ok"}
    except Unavailable:
        return {"keys": "down"}


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    _valkey().ping()


def _store() -> None:
    _s3().head_bucket(Bucket=conf.s3["bucket"])


@cache
def _valkey() -> redis.Redis:
    return redis.Redis.from_url(conf.valkey_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


@cache
def _s3() -> Any:
    limits = Config(
        connect_timeout=PATIENCE,
        read_timeout=PATIENCE,
        retries={"max_attempts": 0},
        s3={"addressing_style": "path"},
    )
    return boto3.client(
        "s3",
        endpoint_url=conf.s3["endpoint"],
        aws_access_key_id=conf.s3["access_key"],
        aws_secret_access_key=conf.s3["secret_key"],
        region_name="us-east-1",
        config=limits,
    )


PARTS: dict[str, Callable[[], None]] = {"database": _database, "cache": _cache, "store": _store}
