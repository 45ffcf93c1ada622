"""A typed text is taken apart into a name and what else is known; nothing is made of what is neither."""

from datetime import date

import pytest

from customers.rules.search_text import KINDS, Piece, born, places, put_together, says_what_it_is, take_apart


@pytest.mark.parametrize(
    ("typed", "words", "known"),
    [
        ("张伟 138 1980", "张伟", [("phone", "138"), ("year_or_ends", "1980")]),
        ("张伟，1980-05-12", "张伟", [("born", "1980-05-12")]),
        ("张伟 1980年5月12日", "张伟", [("born", "1980年5月12日")]),
        ("zhang wei 002x", "zhang wei", [("ends", "002X")]),
        ("张伟 ０５１２", "张伟", [("ends", "0512")]),
        ("华信科技 深圳", "华信科技", [("place", "深圳")]),
        ("Huaxin Shenzhen", "Huaxin", [("place", "Shenzhen")]),
        ("深圳 华信 海淀区", "华信", [("place", "深圳"), ("place", "海淀区")]),
        ("张伟 生日:1980 尾号：1234", "张伟", [("born", "1980"), ("ends", "1234")]),
        ("13912345670 张伟 branch:1100", "13912345670 张伟", [("branch", "1100")]),
    ],
)
def test_a_name_and_what_is_known(typed: str, words: str, known: list[tuple[str, str]]) -> None:
    told = take_apart(typed)
    assert told is not None
    assert (told.words, list(told.known)) == (words, [Piece(*one) for one in known])


@pytest.mark.parametrize(
    "typed", ["张伟", "1980", "138 1980", "zhang wei", "core_customer:4711", "李 1980", ""]
)
def test_what_is_no_combination(typed: str) -> None:
    assert take_apart(typed) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1980", date(1980, 1, 1), date(1980, 12, 31)),
        ("198002", date(1980, 2, 1), date(1980, 2, 29)),
        ("1980-12", date(1980, 12, 1), date(1980, 12, 31)),
        ("19800512", date(1980, 5, 12), date(1980, 5, 12)),
    ],
)
def test_the_days_that_a_birth_means(text: str, first: date, last: date) -> None:
    assert born(text) == (first, last)


@pytest.mark.parametrize("text", ["19801301", "1780", "138", "", "99991231", "二〇〇〇"])
def test_what_is_no_birth(text: str) -> None:
    assert born(text) is None


def test_places_in_both_languages_with_and_without_their_kind() -> None:
    assert places("深圳") == places("深圳市") == places("shenzhen") == {"4403"}
    assert places("广东") == {"44"}
    assert "110108" in places("海淀")
    assert places("张伟") == frozenset()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("张伟 1980", False),
        ("张伟 born:1980", True),
        ("张伟 1980 尾号：１２３４", True),
        ("a:b 1980", False),
        ("born: 1980", False),
    ],
)
def test_whether_a_piece_says_what_it_is(typed: str, says: bool) -> None:
    assert says_what_it_is(typed) is says


def test_what_is_told_apart_is_read_back() -> None:
    told = dict(zip(KINDS, ("1980-05-12", "002X", "138", "深圳", "1100"), strict=True))
    back = take_apart(put_together("张伟", told))
    assert back is not None
    assert (back.words, {one.kind: one.value for one in back.known}) == ("张伟", told)
    assert put_together("张伟", {}) == "张伟"
