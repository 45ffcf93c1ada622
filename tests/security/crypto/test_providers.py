"""The root key: made privately and once, sealed by a passphrase, refused where it must not be."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto.algorithms import WrongTag
from security.crypto.providers import HeldRoot, root_provider, wrap, write_once
from security.crypto.root_file import make_root_file, open_by_passphrase

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
    part = next(one for one in (record["seal"], record["roots"][0]) if entry in one)
    part[entry] = part[entry] // 2 + 2 if isinstance(part[entry], int) else "00" + part[entry][2:]
    path.write_text(json.dumps(record))
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_by_passphrase(path, SECRET)


@pytest.mark.parametrize("content", ["", "{}", "[]", "not json", '{"sealed": "zz"}'])
def test_what_is_no_root_key_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "root").write_text(content)
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_by_passphrase(tmp_path / "root", SECRET)


def test_a_wrong_passphrase_is_refused(tmp_path: Path) -> None:
    make_root_file(tmp_path / "root", SECRET)
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        open_by_passphrase(tmp_path / "root", SECRET + "x")


def test_a_file_of_the_first_format_opens_and_takes_further_versions(tmp_path: Path) -> None:
    """As version 1.0 of the product wrote it: one version, sealed and bound by hand here."""
    path, key = tmp_path / "root", bytes(range(16))
    record = {"format": "panorama-root-1", "version": 1, "n": 2**14, "r": 8, "p": 1, "salt": "ab" * 16}
    stretched = Scrypt(salt=bytes.fromhex("ab" * 16), length=16, n=2**14, r=8, p=1).derive(SECRET.encode())
    sealed = wrap(stretched, key, json.dumps(record, sort_keys=True).encode())
    path.write_text(json.dumps({**record, "sealed": sealed.hex()}))
    opened = open_by_passphrase(path, SECRET)
    assert [root.info() for root in opened.roots()] == [HeldRoot("file", key).info()]
    opened.add()
    found = open_by_passphrase(path, SECRET).roots()
    assert [root.info().version for root in found] == [1, 2]
    assert found[0].info() == HeldRoot("file", key).info()
    assert json.loads(path.read_text())["format"] == "panorama-root-2"


def test_a_root_key_that_came_from_the_environment_is_rotated_outside(tmp_path: Path) -> None:
    one, two = "0123456789abcdeffedcba9876543210", "fedcba98765432100123456789abcdef"
    with pytest.raises(Unavailable, match=r"key\.root_fixed"):
        root_provider(settings(tmp_path, ROOT_KEY=one)).generate()
    root = root_provider(settings(tmp_path, ROOT_KEY=f"{one},{two}"))
    assert (root.info().version, root.at(1).info().check) == (
        2,
        HeldRoot("x", bytes.fromhex(one)).info().check,
    )


def test_another_version_that_was_added_meanwhile_is_found(tmp_path: Path) -> None:
    here, there = root_provider(settings(tmp_path)), root_provider(settings(tmp_path))
    made = there.generate()
    assert made.version == 2
    assert here.info().version == 1
    assert here.at(2).info() == made
    assert here.at(2).unwrap(there.wrap(b"k" * 16, b"b"), b"b") == b"k" * 16


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
