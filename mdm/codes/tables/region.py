"""Administrative divisions of China: GB/T 2260 codes, also retired ones, with the years they were valid.

The data is python-stdnum's `cn/loc.dat` (years since 1980). Chinese names are official; English ones
are romanised from them with the kind of division translated.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from mdm.codes.labels import Language, label, reader_language
from mdm.codes.lists import Code, CodeList, define_later, get
from mdm.codes.pinyin import reading_of_phrase

_LINE = re.compile(r'^(?:(\d\d) province|  (\d{4}) county)="(.*)"$')
_VERSION = re.compile(r"^(?:\[(\d*)-(\d*)\])?(.*)$")
_KINDS = {
    "特别行政区": " SAR",
    "壮族自治区": " Autonomous Region",
    "回族自治区": " Autonomous Region",
    "维吾尔自治区": " Autonomous Region",
    "自治区": " Autonomous Region",
    "自治州": " Autonomous Prefecture",
    "自治县": " Autonomous County",
    "自治旗": " Autonomous Banner",
    "林区": " Forestry District",
    "地区": " Prefecture",
    "省": " Province",
    "市": " City",
    "盟": " League",
    "旗": " Banner",
    "县": " County",
    "区": " District",
}
#: Romanised names that are not their characters' pinyin (ISO 3166-2:CN), or whose reading differs.
_ROMANISED = {
    "内蒙古": "Inner Mongolia",
    "西藏": "Tibet",
    "陕西": "Shaanxi",
    "香港": "Hong Kong",
    "澳门": "Macao",
}
#: City names in the data that are a bracket of the counting, not a place.
_BRACKETS = ("市辖区", "县", "省直辖", "自治区直辖")


class Place(NamedTuple):
    """The three levels of a region code in Chinese; a level the code does not reach is empty."""

    province: str
    city: str
    district: str


class RegionList(CodeList):
    """The regions; English labels are romanised when asked for."""

    def label(self, code: str, language: Language | None = None, on: date | None = None) -> str:
        entry = self.version(code, on)
        if entry is None:
            return code
        return entry.zh if (language or reader_language()) == "zh" else romanised(entry.zh)


@lru_cache(maxsize=8192)
def romanised(name: str) -> str:
    """A region's Chinese name in Latin letters: 海淀区 is Haidian District."""
    kind = next((suffix for suffix in _KINDS if name.endswith(suffix) and name != suffix), "")
    stem = name.removesuffix(kind)
    latin = _ROMANISED.get(stem) or reading_of_phrase(stem).capitalize()
    return latin + _KINDS.get(kind, "")


def _read() -> RegionList:
    return RegionList("region", label("行政区划", "Administrative division"), _codes(), {})


def _codes() -> Iterator[Code]:
    province = ""
    text = (files("stdnum") / "cn" / "loc.dat").read_text(encoding="utf-8")
    for found in filter(None, map(_LINE.match, text.splitlines())):
        province = found[1] or province
        for version in found[3].split(",") if found[2] else ():
            yield _code(province + found[2], version)


def _code(code: str, version: str) -> Code:
    """A code from `[1983-1999]name`: both years belong to its validity, either may be open."""
    begin, end, name = _VERSION.match(version).groups()  # type: ignore[union-attr]  # matches any text
    since = date(int(begin), 1, 1) if begin else date.min
    until = date(int(end) + 1, 1, 1) if end else date.max
    return Code(code, name, "", since, until)


define_later("region", _read)


def place(code: str, on: date | None = None) -> Place:
    """Province, city and district that a region code names; empty for an unknown code."""
    regions = get("region")
    province, city, district = (
        regions.label(part, "zh", on) if part in regions else ""
        for part in (code[:2] + "0000", code[:4] + "00", code)
    )
    if code[2:] == "0000":
        return Place(province, "", "")
    city = "" if city.startswith(_BRACKETS) else city
    return Place(province, city, district if code[4:] != "00" else "")


def same_place(written: str, official: str) -> bool:
    """Whether a written name means the official one: the kind of division may be left out (北京, 北京市)."""
    return len(written) > 1 and (
        official.startswith(written) or written.startswith(official) or _stem(written) == _stem(official)
    )


def _stem(name: str) -> str:
    kind = next((suffix for suffix in _KINDS if name.endswith(suffix) and len(name) > len(suffix) + 1), "")
    return name.removesuffix(kind)
