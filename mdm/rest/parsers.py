"""Reading bodies within limits: size, depth, no name twice (security reference, section 5)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request

from mdm.rest.refusals import malformed, too_large

#: Bytes of a JSON body.
BODY_LIMIT = 1024 * 1024
#: Levels of objects and lists inside one another.
DEPTH_LIMIT = 20
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class LimitedJSONParser(JSONParser):
    """JSON of at most 1 MiB (unless a resource takes more) and 20 levels, each name once in its object."""

    limit = BODY_LIMIT

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(self.limit + 1)
        if len(raw) > self.limit:
            raise too_large()
        return read_json(raw)


class MergePatchParser(LimitedJSONParser):
    """JSON Merge Patch (RFC 7396)."""

    media_type = "application/merge-patch+json"


class UploadParser(MultiPartParser):
    """multipart/form-data; its size is checked before it is read (`check_length`)."""


def check_length(request: Request, limit: int) -> None:
    """Refuse a body whose announced length is above `limit` bytes, before reading any of it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise too_large()


def depth(raw: bytes) -> int:
    """How many levels deep a JSON text nests; found without recursion, so any text may be asked."""
    level = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        level += 1 if bracket in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def read_json(raw: bytes) -> Any:
    """What a JSON text tells. Refusal `request.malformed` for one that is none, or nests too deep."""
    if depth(raw) > DEPTH_LIMIT:
        raise malformed()
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once_each)
    except ValueError:
        raise malformed() from None


def _no_constant(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def _once_each(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ; two readers of a repeated name would see different things."""
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
