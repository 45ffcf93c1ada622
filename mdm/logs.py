"""Logging: structlog for every record, one line each, with personal data taken out of the finished line.

Services never log values; the scrubber is the floor below that rule. It sees the whole line, so it
also covers what libraries, database errors and tracebacks write (domain 5.4: masks apply to logs).
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from mdm.conf import conf
from security.audit.reasons import NUMBERS, blotted

Event = MutableMapping[str, Any]

#: What stands in place of personal data.
HIDDEN = "[hidden]"
#: The row that a database error quotes.
_QUOTED_ROW = re.compile(r"(?:DETAIL|CONTEXT):[^\n]*")
#: Texts that read like a Chinese address.
ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,40}(?:[省市区县镇乡村路街道号楼弄室栋座单元巷][\u4e00-\u9fff0-9A-Za-z\-]{0,30}){2,}"
)
PATTERNS = (*NUMBERS, ADDRESS)


def scrub(text: str) -> str:
    """`text` without anything that looks like personal data or a token."""
    return blotted(text, PATTERNS, HIDDEN)


class ScrubbingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record and takes personal data out of what was rendered."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def drop_query(_logger: Any, _method: str, event: Event) -> Event:
    """Cut the query string off request lines: search terms and filters stay out of the log."""
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def drop_quoted_rows(_logger: Any, _method: str, event: Event) -> Event:
    """Cut out of every text the row that a database error quotes, names included."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _QUOTED_ROW.sub(HIDDEN, value)
    return event


SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    drop_query,
)


def renderer() -> list[Any]:
    """JSON lines in production, readable lines elsewhere; the locals of a traceback never."""
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if not conf.production:
        last = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        drop_quoted_rows,
        last,
    ]


def configure(_settings: dict[str, object]) -> None:
    """Django's LOGGING_CONFIG: everything to standard error through one scrubbing formatter."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_dict_config())


def _dict_config() -> dict[str, Any]:
    level = conf.get("LOG_LEVEL", "INFO")
    quiet = {
        name: {"level": "WARNING"}
        for name in ("botocore", "boto3", "urllib3", "s3transfer", "django.request")
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": ScrubbingFormatter, "processors": renderer(), "foreign_pre_chain": list(SHARED)}
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": quiet,
    }
