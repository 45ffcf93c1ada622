"""Patterns: what a bank writes is kept, what a text could keep a worker busy with is not."""

import re

import pytest

from mdm.extension.patterns import is_cheap


@pytest.mark.parametrize(
    "pattern",
    [
        "[0-9]{8}",
        "(CN|US|GB)-[A-Z0-9]{2,6}",
        "([0-9]{4}-){3}[0-9]{4}",
        r"[\u4e00-\u9fff·]{2,40}",
        r"\d+(\.\d{1,2})?",
        r"[A-Z0-9._-]+@[A-Z0-9-]+\.[A-Z]{2,6}",
        r"[]^-]?\(.*\)",
        "",
    ],
)
def test_a_plain_pattern_is_kept(pattern: str) -> None:
    assert is_cheap(pattern, 100)


@pytest.mark.parametrize(
    "pattern",
    [
        "(A|AA)+",
        "((A+)B?)+",
        "A*A*A*A*A*C",
        "(a+)+",
        "(a*){2,}",
        "(A|AA){40}",
        "A?" * 50 + "A" * 50,
        "(A?A?){30}B",
        "((((A{99}){99}){99}){99}){99}",
        "(){9999}" * 2,
        "A{99999999999}",
        "A{2,1}",
        r"(A)\1",
        "(?=A)A",
        "A*+",
        "(A",
        "A)",
        "[A",
        "*",
        "A" * 201,
    ],
)
def test_what_is_costly_or_no_plain_pattern_is_refused(pattern: str) -> None:
    assert not is_cheap(pattern, 100)


def test_the_dearest_of_what_is_kept_is_cheap_indeed() -> None:
    """Nearly all the ways that are allowed, every one of them tried."""
    pattern = "A*A*A{0,8}B"
    assert is_cheap(pattern, 100)
    assert re.fullmatch(pattern, "A" * 100) is None
