"""The log holds nothing personal, whoever writes it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from mdm.logs import (
    HIDDEN,
    SHARED,
    ScrubbingFormatter,
    configure,
    drop_query,
    drop_quoted_rows,
    scrub,
)

PERSONAL = [
    "110101199003078515",
    "11010119900307851X",
    "110101900307851",
    "13800138000",
    "+8613800138000",
    "+86 138-0013-8000",
    "138 0013 8000",
    "6222021234567890123",
    "6222 0212 3456 7890 123",
    "zhang.san@example.com",
    "91350211M000100Y43",
    "E12345678",
    "EA1234567",
    "上海市浦东新区世纪大道100号5栋301室",
    "pan_core-bank.0123456789abcdefghijABCDEFGHIJ0123456789abc",
    "pat_0123456789abcdefghijABCDEFGHIJ-_0123456789a",
]
HARMLESS = [
    "C12345678906",
    "run 4711 loaded 20000 rows in 12.3 s",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "2026-11-22T07:31:34.123456Z",
    "/api/v1/customers/C13800138006/phones/42",
    "127.0.0.1:8000",
    "request e1234567-89ab-4cde-8f01-1234567890ab ended",
    "12345678-1234-4234-8234-123456789012",
]


@pytest.mark.parametrize("value", PERSONAL)
@pytest.mark.parametrize(
    "around", ["{}", "value={} ok", '"{}"', "({})", "/customers/{}/", "姓名{}，", "x,{},y"]
)
def test_personal_data_is_taken_out(value: str, around: str) -> None:
    line = around.format(value)
    assert value not in scrub(line)
    assert HIDDEN in scrub(line)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_needed_to_find_an_error_stays(text: str) -> None:
    assert scrub(text) == text


def test_beside_a_reference_and_in_a_token_that_looks_like_one_nothing_is_left() -> None:
    reference = "e1234567-89ab-4cde-8f01-1234567890ab"
    assert scrub(f"{reference} E12345678") == f"{reference} {HIDDEN}"
    assert scrub(f"Authorization: Bearer {reference}") == f"Authorization: {HIDDEN}"
    assert scrub(f"{reference}@example.com") == HIDDEN


def test_the_row_that_a_database_error_quotes_is_taken_out() -> None:
    text = "IntegrityError: duplicate key\nDETAIL:  Key (full_name)=(王小明) already exists.\nnext line"
    event = drop_quoted_rows(None, "error", {"exception": text, "code": 500})
    assert event == {"exception": f"IntegrityError: duplicate key\n{HIDDEN}\nnext line", "code": 500}


def test_a_long_line_is_scrubbed_in_time_that_grows_with_its_length() -> None:
    from time import perf_counter

    begun = perf_counter()
    scrub("上" * 20_000 + "1 " * 20_000 + "a" * 20_000 + "." * 20_000)
    assert perf_counter() - begun < 5


def test_search_terms_stay_out_of_request_lines() -> None:
    event = drop_query(None, "info", {"request": "GET /admin/?q=王小明", "event": "request_started"})
    assert event["request"] == "GET /admin/"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a logger writes through our formatter in production form."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        ScrubbingFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                drop_quoted_rows,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=list(SHARED),
        )
    )
    logger = logging.getLogger("panorama.test")
    logger.addHandler(handler)
    logger.propagate = False
    yield out
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_stays_json_and_loses_the_values_of_its_traceback(written: io.StringIO) -> None:
    try:
        raise ValueError("DETAIL: Key (full_name)=(王小明) is wrong")
    except ValueError:
        logging.getLogger("panorama.test").exception("load of %s failed", "13800138000")
    line = json.loads(written.getvalue())
    assert line["event"] == f"load of {HIDDEN} failed"
    assert "ValueError" in line["exception"]
    assert "王小明" not in written.getvalue()


def test_structlog_is_configured_with_django() -> None:
    assert structlog.is_configured()
    assert logging.getLogger("botocore").level == logging.WARNING


def test_every_handler_of_the_process_scrubs() -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure({})
        ours = [handler for handler in logging.getLogger().handlers if handler not in before]
        assert ours
        assert all(isinstance(handler.formatter, ScrubbingFormatter) for handler in ours)
    finally:
        logging.getLogger().handlers[:] = before
