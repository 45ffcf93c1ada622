"""The pictures of the documentation: every one is taken, and it is said in words why not."""

import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from batch.demo.bank import make_bank
from batch.demo.pictures import PICTURES, take
from tests.factories.customers import person, store
from tests.factories.security import NOW
from tests.support.database_roles import database_role

pytestmark = pytest.mark.browser


def quietly(_done: int, _total: int) -> None:
    """Nobody is told."""


def test_every_picture_is_taken(
    transactional_db: None, live_server: Any, browser: Browser, tmp_path: Path
) -> None:
    with database_role("engine"):
        make_bank(NOW)
    store([person(customer=[{"party_type": "PERSON", "org": "110101", "lifecycle_status": "ACTIVE"}])])
    files = take(browser, live_server.url, tmp_path, "11010519491231002X", quietly)
    assert files == [picture.file for picture in PICTURES]
    for file in files:
        assert (tmp_path / file).read_bytes().startswith(b"\x89PNG")


def test_without_the_demonstration_there_are_none(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(SystemExit) as refused:
            call_command("screenshots", url=address, out=tmp_path / "img")
    assert refused.value.code == 1
    assert not (tmp_path / "img").exists()
