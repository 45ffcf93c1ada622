"""The root key: made privately and once, sealed by a passphrase, refused where it must not be."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto.algorithms import WrongTag
from security.crypto.providers import HeldRoot, make_root_file, open_root_file, root_provider, write_once

SECRET = "correct horse battery staple"


def settings(var: Path, **environ: str) -> Conf:
    return Conf({f"PANORAMA_{name}": value for name, value in environ.items()}, var)


def refusal_of(conf: Conf) -> str:
    with pytest.raises(Unavailable) as refusal:
        root_provider(conf)
    return refusal.value.code


def test_first_use_makes_a_private_key_file(tmp_path: Path) -> None:
    first = root_provider(settings(tmp_path)).info()
    path = tmp_path / "keys" / "root.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert root_provider(settings(tmp_path)).info() == first
    assert list(path.parent.iterdir()) == [path]


def test_of_many_first_uses_one_key_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: root_provider(settings(tmp_path)).info(), range(64)))
    assert len(found) == 1


def test_the_environment_gives_the_key(tmp_path: Path) -> None:
    info = root_provider(settings(tmp_path, ROOT_KEY="0123456789abcdeffedcba9876543210")).info()
    assert (info.provider, info.version, len(info.check)) == ("environment", 1, 6)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("text", ["zz", "0123", "01" * 15, "01" * 17])
def test_a_root_key_of_wrong_form_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal_of(settings(tmp_path, ROOT_KEY=text)) == "key.root_wrong"


def test_production_refuses_the_environment_provider(tmp_path: Path) -> None:
    conf = settings(tmp_path, ENV="production", ROOT_KEY_PROVIDER="environment", ROOT_KEY="01" * 16)
    assert refusal_of(conf) == "key.provider_refused"


def test_production_without_a_root_key_file_is_refused(tmp_path: Path) -> None:
    assert refusal_of(settings(tmp_path, ENV="production", ROOT_PASSPHRASE=SECRET)) == "key.root_missing"


def test_unknown_providers_are_refused(tmp_path: Path) -> None:
    assert refusal_of(settings(tmp_path, ROOT_KEY_PROVIDER="cloud")) == "key.provider_unknown"


def test_the_sealed_file_opens_with_its_passphrase(tmp_path: Path) -> None:
    conf = settings(tmp_path, ENV="production", ROOT_PASSPHRASE=SECRET)
    path = tmp_path / "keys" / "root.sealed.json"
    assert make_root_file(path, SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    root = root_provider(conf)
    assert root.unwrap(root.wrap(b"k" * 16, b"bound"), b"bound") == b"k" * 16
    assert root_provider(conf).info() == root.info()


def test_a_passphrase_file_serves_as_well(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    make_root_file(tmp_path / "root", SECRET)
    names = {"ROOT_KEY_FILE": str(tmp_path / "root"), "ROOT_PASSPHRASE_FILE": str(tmp_path / "secret")}
    assert root_provider(settings(tmp_path, ENV="production", **names)).info().provider == "file"


def test_an_existing_root_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "root"
    make_root_file(path, SECRET)
    before = path.read_bytes()
    assert not make_root_file(path, SECRET)
    assert path.read_bytes() == before


@pytest.mark.parametrize("entry", ["salt", "sealed", "version", "n"])
def test_a_changed_root_key_file_is_refused(tmp_path: Path, entry: str) -> None:
    path = tmp_path / "root"
    make_root_file(path, SECRET)
    record = json.loads(path.read_text())
    record[entry] = record[entry] // 2 + 2 if isinstance(record[entry], int) else "00" + record[entry][2:]
    path.write_text(json.dumps(record))
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_root_file(path, SECRET)


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"sealed": "zz"}'])
def test_what_is_no_root_key_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "root").write_text(content)
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_root_file(tmp_path / "root", SECRET)


def test_a_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    make_root_file(tmp_path / "root", SECRET)
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_root_file(tmp_path / "root", SECRET + "x")


def test_short_passphrases_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"key\.passphrase_short"):
        make_root_file(tmp_path / "root", "too short")


def test_wrapped_keys_are_bound(tmp_path: Path) -> None:
    root = HeldRoot("test", b"r" * 16)
    with pytest.raises(WrongTag):
        root.unwrap(root.wrap(b"k" * 16, b"one"), b"other")


def test_write_once_leaves_no_drafts(tmp_path: Path) -> None:
    assert write_once(tmp_path / "file", "first")
    assert not write_once(tmp_path / "file", "second")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]
