"""Shares of the root key: enough open it, fewer say nothing, a wrong one is named before there are enough."""

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.errors import Invalid, Unavailable
from security.crypto.root_file import (
    OpenRootFile,
    key_from_shares,
    make_shared_root_file,
    open_by_passphrase,
    read_root_file,
)
from security.crypto.shares import Share, combined, read_share, split

HOLDERS = ["wang", "li", "zhao", "sun", "zhou"]


def refusal_of(file: Path, text: str) -> str:
    with pytest.raises(Invalid) as refusal:
        read_root_file(file).accept(read_share(text))
    return refusal.value.code


@given(key=st.binary(min_size=16, max_size=16), needed=st.integers(2, 6), more=st.integers(0, 4))
@settings(max_examples=25, deadline=None)
def test_any_enough_shares_give_the_key_back_and_one_fewer_another(
    key: bytes, needed: int, more: int
) -> None:
    shares = split(key, needed, needed + more)
    for chosen in list(combinations(shares, needed))[:12]:
        assert combined(list(chosen)) == key
    assert combined(shares[: needed - 1]) != key


@pytest.mark.parametrize(("needed", "total"), [(1, 5), (0, 0), (4, 3), (2, 17)])
def test_numbers_that_make_no_sense_are_refused(needed: int, total: int) -> None:
    with pytest.raises(Invalid, match=r"key\.share_numbers"):
        split(bytes(16), needed, total)


@given(st.binary(min_size=16, max_size=16))
@settings(max_examples=25, deadline=None)
def test_a_share_is_typed_in_any_case_with_or_without_hyphens(key: bytes) -> None:
    for share in split(key, 3, 5):
        text = share.text()
        assert read_share(text) == share
        assert read_share(f"  {text.lower().replace('-', ' ')}\n") == share


def test_every_single_wrong_character_is_noticed() -> None:
    text = split(bytes(16), 3, 5)[0].text()
    wrong = 0
    for at, letter in enumerate(text):
        for other in "ABQZ7" if letter != "-" else "":
            if other != letter:
                with pytest.raises(Invalid, match=r"key\.share_unreadable"):
                    read_share(text[:at] + other + text[at + 1 :])
                wrong += 1
    assert wrong > 200


@pytest.mark.parametrize("text", ["", "-", "hello", "A" * 69, "1234-5678", "é" * 69])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match=r"key\.share_unreadable"):
        read_share(text)


def test_a_share_shows_itself_to_nobody_by_accident() -> None:
    share = split(b"k" * 16, 2, 2)[0]
    assert share.part.hex() not in repr(share)
    assert share.text() not in repr(share)


def test_a_wrong_share_is_told_from_a_foreign_one(tmp_path: Path) -> None:
    shares = make_shared_root_file(tmp_path / "root", 3, HOLDERS)
    foreign = make_shared_root_file(tmp_path / "other", 3, HOLDERS)
    right = shares[1]
    assert read_root_file(tmp_path / "root").accept(right) == right
    assert refusal_of(tmp_path / "root", foreign[1].text()) == "key.share_foreign"
    changed = Share(right.needed, right.number, right.seal, bytes(16))
    assert refusal_of(tmp_path / "root", changed.text()) == "key.share_wrong"
    renumbered = Share(right.needed, 1, right.seal, right.part)
    assert refusal_of(tmp_path / "root", renumbered.text()) == "key.share_wrong"
    assert refusal_of(tmp_path / "root", Share(3, 9, right.seal, right.part).text()) == "key.share_wrong"


def test_the_file_tells_nothing_that_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "root"
    shares = make_shared_root_file(path, 3, HOLDERS)
    file, text = read_root_file(path), path.read_text()
    assert json.loads(text)["seal"]["holders"] == HOLDERS
    assert all(share.part.hex() not in text and share.text() not in text for share in shares)
    for chosen in combinations(shares, 2):
        with pytest.raises(Unavailable, match=r"key\.root_wrong"):
            file.opened(combined(list(chosen)))
    key = key_from_shares(file, shares[2:])
    assert len(file.opened(key)) == 1


def test_a_shared_file_is_not_opened_by_a_passphrase_nor_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "root"
    make_shared_root_file(path, 3, HOLDERS)
    before = path.read_bytes()
    assert make_shared_root_file(path, 3, HOLDERS) == []
    assert path.read_bytes() == before
    with pytest.raises(Unavailable, match=r"key\.sealed"):
        open_by_passphrase(path, "long enough words")


def _with_another_first_byte(text: str) -> str:
    return f"{int(text[:2], 16) ^ 1:02x}{text[2:]}"


@pytest.mark.parametrize("change", ["needed", "holders", "id", "version", "sealed"])
def test_a_changed_shared_file_does_not_open(tmp_path: Path, change: str) -> None:
    path = tmp_path / "root"
    shares = make_shared_root_file(path, 3, HOLDERS)
    record = json.loads(path.read_text())
    part = record["roots"][0] if change in ("version", "sealed") else record["seal"]
    fixed = {"needed": 2, "holders": ["x"], "version": 2}
    part[change] = fixed[change] if change in fixed else _with_another_first_byte(part[change])
    path.write_text(json.dumps(record))
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        OpenRootFile(path, combined(shares[:3]), "agent")


def test_new_shares_open_the_same_root_key_and_the_old_ones_nothing(tmp_path: Path) -> None:
    path = tmp_path / "root"
    old = make_shared_root_file(path, 3, HOLDERS)
    opened = OpenRootFile(path, combined(old[:3]), "agent")
    opened.add()
    before = [root.info() for root in opened.roots()]
    new = opened.reshare(2, ["chen", "wu"])
    assert [root.info() for root in OpenRootFile(path, combined(new), "agent").roots()] == before
    with pytest.raises(Unavailable, match=r"key\.root_wrong"):
        OpenRootFile(path, combined(old[:3]), "agent")
    assert refusal_of(path, old[0].text()) == "key.share_foreign"
    assert [root.info() for root in opened.roots()] == before


def test_versions_are_added_and_removed_but_never_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "root"
    opened = OpenRootFile(path, combined(make_shared_root_file(path, 2, ["a", "b"])), "agent")
    opened.add()
    opened.remove(1)
    assert [root.info().version for root in opened.roots()] == [2]
    for version in (1, 2):
        with pytest.raises(Invalid, match=r"key\.version_unknown"):
            opened.remove(version)
    opened.add()
    assert [root.info().version for root in opened.roots()] == [2, 3]
