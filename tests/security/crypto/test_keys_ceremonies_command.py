"""Ceremonies and unsealing at a terminal: the same line twice, by two persons who prove who they are."""

import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mdm.conf import Conf
from security.crypto import keyring
from security.crypto.backends import sm2
from security.crypto.shares import read_share
from security.crypto.sm2_formats import private_to_der
from security.management.commands import keys
from security.models import DataKey, KeyCeremony
from tests.factories.security import PASSWORD, member_of_staff
from tests.security.crypto.rings import fresh_keys, purpose
from tests.security.crypto.test_agent import Running
from tests.support.database_roles import database_role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Path]:
    """Two key officers, and a file with the password they share in tests."""
    with database_role("engine"), fresh_keys():
        keyring.make_missing("system:test", keys.timezone.now())
        for name in ("wang", "li"):
            member_of_staff(name, "key_officer")
        (tmp_path / "secret").write_text(PASSWORD + "\n")
        yield tmp_path / "secret"


def run(*told: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("keys", *told, "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue())
    assert {"level", "version", "values", "reencrypted", "seconds"} <= set(result)
    return result


def refusal_of(*told: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as refusal:
        run(*told)
    return refusal.value.returncode, str(refusal.value).split(":")[0]


def test_the_same_line_by_two_persons_makes_and_puts_into_use(two: Path) -> None:
    with purpose("test.terminal"):
        keyring.current("test.terminal")
        told = ["--secrets", str(two), "--reason", "yearly", "--settle", "0"]
        create = ["create", "--purpose", "test.terminal", *told]
        assert run(*create, "--actor", "wang")["state"] == "proposed"
        assert refusal_of(*create, "--actor", "wang") == (5, "key.same_person")
        done = run(*create, "--actor", "li")
        assert (done["state"], done["version"]) == ("done", 2)
        key = str(DataKey.objects.get(purpose="test.terminal", version=2).pk)
        for name, state in (("li", "proposed"), ("wang", "done")):
            assert run("activate", "--key", key, *told, "--actor", name)["state"] == state
        assert keyring.current("test.terminal").version == 2
        revoked = run("revoke", "--key", key, *told, "--actor", "wang")
        assert (revoked["state"], revoked["left"]) == ("done", ["test.terminal"])
        assert keyring.current("test.terminal").version == 3


def test_who_does_not_prove_it_does_nothing(two: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not the password\n")
    told = ["create", "--purpose", "store.objects", "--reason", "x"]
    assert refusal_of(*told, "--actor", "wang", "--secrets", str(tmp_path / "wrong")) == (
        5,
        "key.person_refused",
    )
    assert refusal_of(*told, "--actor", "nobody", "--secrets", str(two)) == (5, "key.person_refused")
    assert refusal_of(*told, "--secrets", str(two)) == (5, "key.person_refused")
    assert not KeyCeremony.objects.exists()


def test_a_proposal_is_taken_back_and_usage_is_told(two: Path) -> None:
    told = ["--secrets", str(two), "--reason", "x", "--actor", "wang"]
    begun = run("create", "--level", "L2", "--domain", "object-store", *told)
    assert run("withdraw", "--ceremony", str(begun["ceremony"]), *told)["state"] == "withdrawn"
    for wrong in (["withdraw"], ["activate"], ["create"], ["reshare"]):
        assert refusal_of(*wrong, *told)[0] == 2


def test_in_production_nobody_rotates_alone(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        keys, "conf", Conf({**keys.conf.environ, "PANORAMA_ENV": "production"}, keys.conf.var)
    )
    for told in (["--purpose", "store.objects"], ["--level", "L2", "--all"], ["--level", "L1"]):
        assert refusal_of("rotate", *told, "--settle", "0") == (5, "key.two_persons")
    assert set(DataKey.objects.values_list("version", flat=True)) == {1}


def test_shares_are_given_at_a_terminal_and_taken_back(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(tmp_path)
    try:
        monkeypatch.setattr(keys, "conf", running.conf)
        for number, sealed in ((1, True), (2, True), (3, False)):
            (tmp_path / "share").write_text(running.shares[number])
            assert run("unseal", "--secrets", str(tmp_path / "share"))["sealed"] is sealed
        (tmp_path / "share").write_text("QQQQ")
        assert refusal_of("unseal", "--secrets", str(tmp_path / "share")) == (5, "key.share_unreadable")
        assert run("seal")["sealed"] is True
    finally:
        running.stop()


@pytest.mark.openssl
def test_the_first_shares_go_to_files_and_one_to_its_custodian_only(
    two: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, private, public = sm2().generate(), tmp_path / "li.der", tmp_path / "li.pem"
    private.write_bytes(private_to_der(pair))
    derive = ["openssl", "pkey", "-inform", "DER", "-in", str(private), "-pubout", "-out", str(public)]
    subprocess.run(derive, check=True)
    told = {"PANORAMA_ROOT_KEY_PROVIDER": "agent", "PANORAMA_ROOT_KEY_FILE": str(tmp_path / "root")}
    monkeypatch.setattr(keys, "conf", Conf(told, tmp_path))
    holders = ["--holder", "wang", "--holder", "li", "--holder", "zhao"]
    assert refusal_of("init", "--needed", "2", *holders)[0] == 2
    somewhere = [*holders, "--shares-dir", str(tmp_path / "s")]
    for wrong in (f"li={private}", f"nobody={public}", "li=nowhere", "li"):
        assert refusal_of("init", "--needed", "2", *somewhere, "--custodian-key", wrong)[0] == 2
    assert not (tmp_path / "root").exists()
    assert not (tmp_path / "s").exists()
    made = run(
        "init",
        "--needed",
        "2",
        *holders,
        "--custodian-key",
        f"li={public}",
        "--shares-dir",
        str(tmp_path / "s"),
    )
    files = [Path(name) for name in made["shares"]]
    assert [file.name for file in files] == ["share-1-wang.txt", "share-2-li.sm2", "share-3-zhao.txt"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    opened = subprocess.run(
        ["openssl", "pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", str(private), "-in", str(files[1])],
        check=True,
        capture_output=True,
    )
    assert read_share(opened.stdout.decode()).number == 2
    assert read_share(files[0].read_text()).number == 1
