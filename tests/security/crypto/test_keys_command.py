"""`manage.py keys`: what it tells, and what it refuses."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mdm.conf import Conf
from security.crypto import keyring
from security.crypto.providers import root_provider
from security.crypto.purposes import register, registered_purposes
from security.management.commands import keys
from security.models.keys import DataKey
from tests.security.crypto.rings import purpose
from tests.security.crypto.test_keyring import run_sql

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("keys", *arguments, "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())
    assert {"level", "version", "values", "reencrypted", "seconds"} <= set(result)
    assert out.getvalue().count("\n") == 1
    return result


def refusal_of(*arguments: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        call_command("keys", *arguments, stdout=io.StringIO())
    return refusal.value.returncode, str(refusal.value)


def test_init_makes_every_missing_key_once() -> None:
    with purpose("test.command"):
        first = run("init", "--actor", "officer")
        assert first["level"] == "L3"
        assert first["values"] >= 1
        assert DataKey.objects.get(purpose="test.command").created_by == "officer"
        assert run("init")["values"] == 0


def test_init_makes_the_sealed_root_key_and_never_replaces_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = Conf(
        {"PANORAMA_ENV": "production", "PANORAMA_ROOT_PASSPHRASE": "long enough words"}, tmp_path
    )
    monkeypatch.setattr(keys, "conf", production)
    run("init")
    made = root_provider(production).info()
    run("init")
    assert root_provider(production).info() == made
    monkeypatch.setattr(
        keys, "conf", Conf({**production.environ, "PANORAMA_ROOT_PASSPHRASE": ""}, tmp_path / "b")
    )
    code, text = refusal_of("init")
    assert code == 5
    assert text.startswith("key.passphrase_short")


def test_status_tells_every_key_and_no_key_material() -> None:
    run("init")
    result = run("status")
    assert {named.name for named in registered_purposes()} <= {key["purpose"] for key in result["keys"]}
    assert result["root"] == {
        "provider": "environment",
        "version": 1,
        "check": keyring.keyring.root.info().check,
    }
    assert all(len(key["check"]) == 6 for key in [*result["keys"], *result["domains"]])
    out = io.StringIO()
    call_command("keys", "status", stdout=out)
    assert "store.objects" in out.getvalue()
    for key in (keyring.current("store.objects"), keyring.current(registered_purposes()[0].name)):
        assert key.key.hex() not in out.getvalue() + json.dumps(result)


def test_rotate_one_purpose() -> None:
    before = keyring.current("store.objects")
    result = run("rotate", "--purpose", "store.objects")
    assert (result["level"], result["version"]) == ("L3", before.version + 1)
    assert (result["values"], result["reencrypted"]) == (0, 0)
    assert keyring.by_id(before.key_id).key == before.key


def test_rotate_one_domain() -> None:
    key = keyring.current("store.objects")
    result = run("rotate", "--level", "L2", "--domain", "object-store")
    assert (result["level"], result["reencrypted"]) == ("L2", 0)
    assert result["version"] >= 2
    assert result["values"] >= 1
    assert keyring.current("store.objects").key == key.key


def test_rotate_all_leaves_digest_keys() -> None:
    run("init")
    digests = set(DataKey.objects.filter(algorithm="HMAC-SM3").values_list("pk", "state"))
    assert run("rotate", "--all", "--settle", "0")["version"] >= 2
    assert set(DataKey.objects.filter(algorithm="HMAC-SM3").values_list("pk", "state")) == digests
    assert run("rotate", "--level", "L2", "--all")["values"] >= len(registered_purposes())


@pytest.mark.parametrize(
    "arguments",
    [
        ["rotate"],
        ["rotate", "--purpose", "nobody.knows"],
        ["rotate", "--level", "L2"],
        ["rotate", "--level", "L2", "--domain", "nobody"],
    ],
)
def test_what_to_rotate_must_be_named(arguments: list[str]) -> None:
    assert refusal_of(*arguments)[0] == 2


def test_unknown_actions_are_refused() -> None:
    assert "burn" in refusal_of("burn")[1]


def test_digest_keys_are_refused() -> None:
    register("index.TEST_COMMAND", "blind-index", "HMAC-SM3")
    code, text = refusal_of("rotate", "--purpose", "index.TEST_COMMAND")
    assert code == 5
    assert "key.rotation_unsupported" in text


def test_a_changed_key_row_is_refused() -> None:
    with purpose("test.status"):
        keyring.current("test.status")
        run_sql("UPDATE security_datakey SET version = 7 WHERE purpose = 'test.status'")
        code, text = refusal_of("status")
        assert code == 5
        assert "key.row_tampered" in text
