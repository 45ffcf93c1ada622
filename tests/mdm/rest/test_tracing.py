"""The id of a request."""

import re

import pytest

from mdm.rest.tracing import new_trace_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_the_trace_id_of_a_traceparent_is_taken_over() -> None:
    assert new_trace_id(f"00-{TRACE}-00f067aa0ba902b7-01") == TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        TRACE,
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01\n",
        "110101199003078515",
    ],
)
def test_anything_else_gives_a_new_id(header: str) -> None:
    first, second = new_trace_id(header), new_trace_id(header)
    assert first != second
    assert TRACE not in (first, second)
    assert re.fullmatch(r"[0-9a-f]{32}", first)
