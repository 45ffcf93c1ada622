"""`manage.py services` as an operator types it: result line, exit codes, refusal."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdm import embedded
from mdm.conf import Conf, usable_var

ROOT = Path(__file__).parents[2]
DOWN = {"postgres": "down", "valkey": "down", "s3": "down"}
UP = {"postgres": "up", "valkey": "up", "s3": "up"}


@pytest.fixture
def var() -> Iterator[Path]:
    folder = embedded.private_var("panorama-test-own-")
    yield folder
    shutil.rmtree(folder)


def services(var: Path, action: str, *options: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that knows nothing of this session's services."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PANORAMA_")}
    return subprocess.run(
        [sys.executable, "manage.py", "services", action, *options],
        cwd=ROOT,
        env={**inherited, "PANORAMA_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_up_status_down_tell_the_three_services_and_their_success(var: Path) -> None:
    for action, code, states in (("status", 1, DOWN), ("up", 0, UP), ("status", 0, UP), ("down", 0, DOWN)):
        told = services(var, action, "--json")
        assert (told.returncode, json.loads(told.stdout)) == (code, states), told.stderr
    assert services(var, "down").stdout.split() == ["postgres", "down", "valkey", "down", "s3", "down"]


def test_down_refuses_what_belongs_to_a_demo(var: Path) -> None:
    with embedded.running(var, kind="demo", durable=False):
        told = services(var, "down", "--json")
        assert (told.returncode, json.loads(told.stdout)["error"]) == (5, "embedded.owned")
        assert embedded.status(var) == UP


def test_an_unknown_action_is_a_usage_error(var: Path) -> None:
    assert services(var, "restart").returncode == 2


def test_settings_come_from_the_running_services_and_the_environment_wins(var: Path) -> None:
    with embedded.running(var, durable=False, objects_later=True) as instance:
        conf = Conf.from_environment({"PANORAMA_VAR": str(var), "PANORAMA_DB_ROLE": "app"})
        assert conf.database == {
            "host": instance.addresses["DB_HOST"],
            "port": "5432",
            "name": "panorama",
            "user": "panorama_app",
            "password": instance.addresses["DB_PASSWORD_APP"],
        }
        assert conf.valkey_url == instance.addresses["VALKEY_URL"]
        assert conf.s3["secret_key"] == instance.addresses["S3_SECRET_KEY"]
        own = Conf.from_environment({"PANORAMA_VAR": str(var), "PANORAMA_S3_BUCKET": "elsewhere"})
        assert own.s3["bucket"] == "elsewhere"


def test_a_folder_that_the_server_cannot_enter_is_left_for_one_in_var_tmp(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = var / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    elsewhere = usable_var(private / "deep" / "var")
    assert elsewhere.parent == Path("/var/tmp")
    assert elsewhere.name.startswith("panorama-")
    assert usable_var(private / "other") != elsewhere
    assert usable_var(var / "open") == var / "open"
    assert private.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert usable_var(private / "deep" / "var") == private / "deep" / "var"
