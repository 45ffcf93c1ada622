"""What an order to load says: its key, so that the same order is one run; a file name safe to keep."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from cryptography.hazmat.primitives import hashes

from mdm.logs import scrub

_ODD = re.compile(r"[^A-Za-z0-9._-]")
#: As many digits as a telephone or an identity number has, and no date or serial number of a file.
_LONG_NUMBER = re.compile(r"\d{11,}[Xx]?")


def safe_name(name: str) -> str:
    """A name of ASCII letters, digits, `-`, `_` and `.`, without what may be a person's number or name."""
    return _ODD.sub("_", _LONG_NUMBER.sub("_", scrub(name)))[-200:]


def key_of(job: str, params: Mapping[str, Any], day: date) -> str:
    """What makes two orders the same: file, layout, day, how it is taken, whose branches it may touch, as whom."""
    told = hashes.Hash(hashes.SM3())
    whose = [params["mode"], params["accept_missing"], params["orgs"], *params.get("sources", ())]
    told.update(repr(whose).encode())
    return f"{job}|{params['layout']}|{day}|{params['sm3']}|{told.finalize().hex()[:16]}"
