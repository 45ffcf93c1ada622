"""Bodies are read within limits."""

import io
import json

import pytest

from mdm.rest.parsers import BODY_LIMIT, DEPTH_LIMIT, LimitedJSONParser, depth
from mdm.rest.refusals import Refusal


def parsed(raw: bytes) -> object:
    return LimitedJSONParser().parse(io.BytesIO(raw))


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("raw", "levels"),
    [
        (b"1", 0),
        (b"{}", 1),
        (b'{"a": [1, {"b": 2}]}', 3),
        (b'{"a": "[[[[{{{{"}', 1),
        (b'{"a": "\\"[[["}', 1),
        (b'["unclosed', 1),
        (b"]]]][[", 0),
    ],
)
def test_depth_counts_brackets_outside_of_texts(raw: bytes, levels: int) -> None:
    assert depth(raw) == levels


def test_the_deepest_allowed_body_is_read() -> None:
    assert parsed(nested(DEPTH_LIMIT)) == json.loads(nested(DEPTH_LIMIT))


@pytest.mark.parametrize(
    "raw",
    [
        nested(DEPTH_LIMIT + 1),
        nested(200_000),
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'\xff\xfe{"a": 1}',
        '{"a": "\u5f20"}'.encode("gb18030"),
    ],
)
def test_what_is_not_one_plain_json_text_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        parsed(raw)
    assert (refused.value.code, refused.value.status) == ("request.malformed", 400)


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(Refusal) as refused:
        parsed(b'"' + b"a" * BODY_LIMIT + b'"')
    assert (refused.value.code, refused.value.status) == ("request.too_large", 413)
