"""Names: keys, parts, search terms and what is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.names import PREFIX, TERMS, name_key, query_terms, search_terms, split_name
from customers.rules.organisation_names import organisation_key, without_place
from customers.rules.pinyin import syllables
from customers.rules.surnames import COMPOUND, READINGS

_HAN = st.text("赵钱孙李欧阳娜单雄吕布曾国藩张三丰䶮𬎆·・", min_size=0, max_size=8)
_NAMES = st.one_of(_HAN, st.text(max_size=20), st.text("ABC abcÉßØ'-.,·", max_size=20))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张 三", "张三"),
        ("張國榮", "张国荣"),
        ("阿不都・热合曼", "阿不都·热合曼"),
        ("阿不都.热合曼", "阿不都·热合曼"),
        ("ｓｍｉｔｈ,  John", "SMITH JOHN"),
        ("O'Brien-Smith", "OBRIEN SMITH"),
        ("José Ñúñez", "JOSE NUNEZ"),
        ("", ""),
    ],
)
def test_key(name: str, key: str) -> None:
    assert name_key(name) == key


@given(_NAMES)
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
    assert organisation_key(organisation_key(name)) == organisation_key(name)


@pytest.mark.parametrize(
    ("name", "surname", "given"),
    [
        ("张三丰", "张", "三丰"),
        ("欧阳娜娜", "欧阳", "娜娜"),
        ("欧阳明", "欧阳", "明"),
        ("欧阳", "欧", "阳"),
        ("阿不都·热合曼", "", "阿不都·热合曼"),
        ("John Fitzgerald Smith", "Smith", "John Fitzgerald"),
        ("Smith, John", "Smith", "John"),
        ("Cher", "", "Cher"),
        ("", "", ""),
    ],
)
def test_split(name: str, surname: str, given: str) -> None:
    assert split_name(name) == (surname, given)


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("张三", {"张三", "ZHANGSAN", "SANZHANG", "ZS"}),
        ("张三丰", {"张三", "张三丰", "ZHANGSANFENG", "SANFENGZHANG", "ZSF"}),
        ("单雄", {"单雄", "SHANXIONG", "XIONGSHAN", "SX", "DANXIONG", "DX"}),
        ("吕布", {"吕布", "LVBU", "BULV", "LB", "LYUBU", "BULYU"}),
        ("仇英", {"仇英", "QIUYING", "YINGQIU", "QY", "CHOUYING", "CY"}),
        (
            "阿不都·热合曼",
            {"阿不", "阿不都", "阿不都热", "阿不都热合", "阿不都热合曼", "ABUDOUREHEMAN", "ABDRHM"},
        ),
        ("Ann Li", {"ANN", "LI", "ANNLI", "LIANN", "AN"}),
        ("䶮", {"YAN"}),
        ("", set()),
    ],
)
def test_search_terms(name: str, terms: set[str]) -> None:
    assert set(search_terms(name)) == terms


@given(_NAMES)
def test_terms_are_few_distinct_and_not_too_short(name: str) -> None:
    terms = search_terms(name)
    assert len(terms) == len(set(terms)) <= TERMS
    assert all(len(term) > 1 for term in terms)


@given(st.text("赵钱孙李欧阳娜单雄吕布曾国藩张三丰", min_size=2, max_size=4), st.integers(2, 4))
def test_a_chinese_name_is_found_by_what_people_type(name: str, typed: int) -> None:
    terms = set(search_terms(name))
    sounds = syllables(name)
    for text in (name[:typed], " ".join(name), " ".join(sounds).lower()):
        assert set(query_terms(text)) <= terms | {"".join(sounds)}
    assert query_terms(name[:typed])[0] in terms


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张三丰", "zhang sanfeng"),
        ("张三丰", "Zhang San Feng"),
        ("张三丰", "sanfeng zhang"),
        ("张三丰", "zsf"),
        ("张三丰", "z s f"),
        ("張三豐", "张三"),
        ("单雄", "shan xiong"),
        ("吕布", "lv bu"),
        ("吕布", "lyu bu"),
        ("曾国藩", "zeng guofan"),
        ("阿不都·热合曼", "阿不都热合曼"),
        ("阿不都·热合曼", "阿不都•热"),
        ("Mitchell Green", "green mit"),
        ("Mitchell Green", "MITCHELL"),
        ("Lin Dan", "dan lin"),
        ("Jean-Luc O'Neill", "oneill jean"),
        ("José Núñez", "nunez"),
        ("Bartholomew Featherstonehaugh", "featherstonehaugh"),
        ("深圳市腾讯计算机系统有限公司", "腾讯"),
        ("深圳市腾讯计算机系统有限公司", "深圳市腾讯"),
        ("深圳市腾讯计算机系统有限公司", "深圳市腾讯计算机系统有限公司"),
        ("深圳市腾讯计算机系统有限公司", "腾讯计算机系统有限公司"),
        ("深圳市腾讯计算机系统有限公司", "tengxun"),
    ],
)
def test_found(name: str, typed: str) -> None:
    asked = query_terms(typed)
    assert asked
    assert set(asked) <= set(search_terms(name))


@pytest.mark.parametrize("typed", ["", "x", "张", "13800138000", "11010519491231002", "·", "12 34"])
def test_what_is_no_name_asks_for_nothing(typed: str) -> None:
    assert query_terms(typed) == []


@given(_NAMES)
def test_what_is_asked_for_is_never_longer_than_what_is_stored(typed: str) -> None:
    assert all(len(term) > 1 for term in query_terms(typed))
    assert all(len(term) <= PREFIX for term in query_terms(typed)[1:])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("北京海淀科技（集团）股份有限公司", "北京海淀科技集团"),
        ("北京海淀科技(集团)有限责任公司", "北京海淀科技集团"),
        ("北京海淀科技集团", "北京海淀科技集团"),
        ("有限公司", "有限公司"),
        ("ABC Trading Co., Ltd.", "ABC TRADING"),
        ("Ａｂｃ　Trading Company Limited", "ABC TRADING"),
        ("Limited", "LIMITED"),
        ("杭州远景中心（普通合伙）", "杭州远景中心"),
    ],
)
def test_organisation_key(name: str, key: str) -> None:
    assert organisation_key(name) == key


def test_the_place_before_a_name() -> None:
    assert without_place("深圳市腾讯计算机系统") == "腾讯计算机系统"
    assert without_place("广东省深圳市腾讯") == "腾讯"
    assert without_place("远景科技") == "远景科技"
    assert without_place("北京") == "北京"


def test_surnames_have_one_or_two_characters() -> None:
    assert all(len(surname) == 2 for surname in COMPOUND)
    assert all(
        set(surname) <= set("".join(READINGS)) and reading.isupper() for surname, reading in READINGS.items()
    )
