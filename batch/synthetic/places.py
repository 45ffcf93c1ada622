"""Addresses in real districts with made-up streets and doors; fixed-line numbers and postcodes to match."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from batch.synthetic.chance import Chance
from mdm.codes import get
from mdm.codes.tables.region import place

#: Province (GB/T 2260): first digits of its postcodes, area code of its capital, digits of a number there.
_PROVINCES = {
    "11": ("10", "010", 8),
    "12": ("30", "022", 8),
    "13": ("05", "0311", 8),
    "14": ("03", "0351", 7),
    "15": ("01", "0471", 7),
    "21": ("11", "024", 8),
    "22": ("13", "0431", 8),
    "23": ("15", "0451", 8),
    "31": ("20", "021", 8),
    "32": ("21", "025", 8),
    "33": ("31", "0571", 8),
    "34": ("23", "0551", 8),
    "35": ("35", "0591", 8),
    "36": ("33", "0791", 8),
    "37": ("25", "0531", 8),
    "41": ("45", "0371", 8),
    "42": ("43", "027", 8),
    "43": ("41", "0731", 8),
    "44": ("51", "020", 8),
    "45": ("53", "0771", 7),
    "46": ("57", "0898", 8),
    "50": ("40", "023", 8),
    "51": ("61", "028", 8),
    "52": ("55", "0851", 8),
    "53": ("65", "0871", 8),
    "54": ("85", "0891", 7),
    "61": ("71", "029", 8),
    "62": ("73", "0931", 7),
    "63": ("81", "0971", 7),
    "64": ("75", "0951", 7),
    "65": ("83", "0991", 7),
}
#: Begin of the region codes of cities where the bank has outlets; most customers live there.
_HOME_CITIES = ("11", "31", "4401", "5101")
_HOME_SHARE = 0.72
_STREET_NAMES = (
    "中山 人民 解放 建设 和平 胜利 新华 文化 光明 长江 黄河 朝阳 东风 迎宾 学府 滨河 工业 科技 花园"
    " 兴华 青年 民主 团结"
    " 复兴 友谊 站前 迎春 振兴 幸福 凤凰"
).split()
_STREET_KINDS = ("路", "路", "街", "大街", "大道", "东路", "西路", "南路", "北路", "巷")
_STREETS = tuple(name + kind for name in _STREET_NAMES for kind in _STREET_KINDS)
_ESTATES = (
    "阳光花园 金色家园 世纪城 翠湖苑 锦绣华庭 碧水湾 紫荆园 城市之光 枫林苑 御景台 和谐家园 东方明珠"
    " 桃源里 水岸新城"
    " 书香苑 丽景花园 银河湾 春江花苑"
).split()


_PARTS = ("country", "region", "province", "city", "district", "detail", "postcode")
_COLUMNS = {prefix: [f"{prefix}_{part}" for part in _PARTS] for prefix in ("residence", "mailing")}


class Region(NamedTuple):
    """One district: its code and the names of its three levels."""

    code: str
    province: str
    city: str
    district: str


@lru_cache(maxsize=1)
def districts() -> tuple[Region, ...]:
    """Every district in force on the mainland."""
    regions = get("region")
    current = (code for code in regions if code[:2] in _PROVINCES and code[4:] != "00")
    found = (Region(code, *place(code)) for code in current if _in_force(code))
    return tuple(
        region for region in found if region.province and region.district not in ("", "市辖区", "县")
    )


def _in_force(code: str) -> bool:
    version = get("region").version(code)
    return version is not None and version.valid_to.year == 9999


@lru_cache(maxsize=1)
def home_districts() -> tuple[Region, ...]:
    """The districts of the cities where the bank has outlets."""
    return tuple(region for region in districts() if region.code.startswith(_HOME_CITIES))


@lru_cache(maxsize=64)
def districts_of(province: str) -> tuple[Region, ...]:
    """The districts of one province (two digits)."""
    return tuple(region for region in districts() if region.code[:2] == province)


def residence(chance: Chance) -> Region:
    """Where a customer lives: mostly where the bank is."""
    return chance.pick(home_districts() if chance.happens(_HOME_SHARE) else districts())


def street_and_door(chance: Chance) -> str:
    """A street and a door: 中山路12号阳光花园3号楼2单元501室."""
    rest, room = divmod(chance.below(20 * 4 * 30 * 4), 4)
    rest, floor = divmod(rest, 30)
    building, entrance = divmod(rest, 4)
    estate = f"{chance.pick(_STREETS)}{1 + chance.below(300)}号{chance.pick(_ESTATES)}"
    return f"{estate}{building + 1}号楼{entrance + 1}单元{floor + 1}{room + 1:02}室"


def written_short(detail: str) -> str:
    """The same street and door as people jot it down: 中山路12号阳光花园3-2-501."""
    return detail.replace("号楼", "-").replace("单元", "-").removesuffix("室")


def office(chance: Chance) -> str:
    """A business address."""
    street = f"{chance.pick(_STREETS)}{1 + chance.below(600)}号"
    return f"{street}{chance.pick('ABCD')}座{1 + chance.below(40)}{1 + chance.below(20):02}室"


@cache
def postcode(region_code: str) -> str:
    """A postcode of the region's province, the same for every address of a district."""
    return _PROVINCES[region_code[:2]][0] + f"{int(region_code[2:]) * 7 % 10_000:04}"


def landline(chance: Chance, region_code: str) -> str:
    """A fixed-line number that exists in the capital of the region's province: 010-62345678."""
    _, area, digits = _PROVINCES[region_code[:2]]
    return f"{area}-{chance.pick('678')}{chance.digits(digits - 1)}"


def address(prefix: str, region: Region, detail: str) -> Mapping[str, str]:
    """The columns of a mainland address."""
    code, province, city, district = region
    parts = ("CHN", code, province, city or province, district, detail, postcode(code))
    return dict(zip(_COLUMNS[prefix], parts, strict=True))
