"""Organisations: companies, small firms, businesses of one owner, public bodies; with valid credit codes."""

from datetime import date
from typing import NamedTuple

from batch.synthetic import contacts, names, places
from batch.synthetic.account import ORGANISATION_SEGMENTS, Fields, account
from batch.synthetic.branches import outlets_of
from batch.synthetic.calendar import OPEN, day_text
from batch.synthetic.chance import Chance
from batch.synthetic.documents import Document, Issuer
from mdm.codes.tables.region import romanised

_BRANDS = (
    "华信 中科 恒达 金鼎 瑞丰 天成 盛世 永兴 创新 联合 博远 宏图 远景 东方 新世纪 长城 海纳 智慧 众诚"
    " 鑫源 德润 万通 正大 佳美"
    " 泰和 凯旋 星辰 蓝天 绿洲 云帆 鼎盛 同创 利群 百川 立信 嘉禾 启明 安康 龙腾 飞跃"
).split()
#: Trade in the name, section of GB/T 4754, trade in English, what it does.
_TRADES = (
    ("科技", "I", "Technology", "软件开发；信息系统集成；技术咨询、技术服务"),
    ("信息技术", "I", "Information Technology", "软件开发；数据处理；网络技术服务"),
    ("贸易", "F", "Trading", "日用百货、五金交电的批发和零售；货物进出口"),
    ("商贸", "F", "Commerce", "食品、服装、办公用品的销售"),
    ("建筑工程", "E", "Construction", "建筑工程施工总承包；装饰装修工程"),
    ("机械制造", "C", "Machinery", "通用设备、专用设备的制造和销售"),
    ("食品", "C", "Food", "食品的生产、加工和销售"),
    ("物流", "G", "Logistics", "道路货物运输；仓储服务；国内货运代理"),
    ("餐饮管理", "H", "Catering Management", "餐饮服务；餐饮企业管理"),
    ("房地产开发", "K", "Real Estate", "房地产开发经营；物业管理"),
    ("投资咨询", "L", "Investment Consulting", "投资咨询；企业管理咨询"),
    ("文化传媒", "R", "Culture and Media", "组织文化艺术交流；广告设计、制作、代理、发布"),
    ("农业发展", "A", "Agriculture", "农作物种植；农产品的初加工和销售"),
    ("环保工程", "N", "Environmental Engineering", "环保设备销售；污水处理；环境工程"),
    ("教育咨询", "P", "Education", "教育咨询；文化活动策划"),
    ("医药", "F", "Pharmaceutical", "药品、医疗器械的批发和零售"),
)
_SIZES = ("MICRO",) * 45 + ("SMALL",) * 35 + ("MEDIUM",) * 15 + ("LARGE",) * 5
_STAFF = {"MICRO": 10, "SMALL": 90, "MEDIUM": 600, "LARGE": 8_000}
_ECONOMY_TYPES = ("170",) * 60 + ("150",) * 25 + ("160",) * 8 + ("110",) * 4 + ("300",) * 3
_BODIES = (
    ("INSTITUTION", "实验学校", "P", "12"),
    ("INSTITUTION", "人民医院", "Q", "12"),
    ("SOCIAL_ORG", "商会", "S", "51"),
)
_BODY_SHARE, _TRADER_SHARE = 0.05, 0.12


class _Kind(NamedTuple):
    """What is decided first about an organisation."""

    party_type: str
    name: str
    short_name: str
    english_name: str
    industry: str
    scope: str
    category: str


class Employers:
    """Some organisations that persons say they work for; the latest few hundred, with their telephone."""

    def __init__(self, room: int = 400) -> None:
        self._known: list[tuple[str, str]] = []
        self._room = room

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, chance: Chance, name: str, telephone: str) -> None:
        """Remember one, in the place of another where there is no more room."""
        if len(self._known) < self._room:
            self._known.append((name, telephone))
        else:
            self._known[chance.below(self._room)] = (name, telephone)

    def pick(self, chance: Chance) -> tuple[str, str]:
        """Name and telephone of one."""
        return chance.pick(self._known)


class Organisations:
    """Makes organisations and tells `employers` of them."""

    def __init__(self, chance: Chance, as_of: date, issuer: Issuer, employers: Employers) -> None:
        self._chance, self._issuer, self._employers = chance, issuer, employers
        self._today = as_of.toordinal()

    def organisation(self) -> Fields:
        """One organisation with licence, address, telephone and registered details."""
        chance, home = self._chance, places.residence(self._chance)
        kind = self._kind((home.city or home.province).rstrip("市"))
        age_in_days = 200 + chance.below(9_000)
        established = day_text(self._today - age_in_days)
        telephone = places.landline(chance, home.code)
        fields = {
            "party_type": kind.party_type,
            "name": kind.name,
            "short_name": kind.short_name,
            "english_name": kind.english_name if chance.happens(0.3) else "",
            "nationality": "CHN",
            "work_tel": telephone,
            "branch_code": chance.pick(outlets_of(home.code[:2])),
            "established_on": established,
            "industry": kind.industry,
            "business_scope": kind.scope,
            **self._licence(kind, home.code, established).columns("id"),
            **places.address("residence", home, places.office(chance)),
            **self._size(kind),
            **account(chance, self._today, age_in_days, ORGANISATION_SEGMENTS),
        }
        self._contacts(fields)
        self._employers.add(chance, kind.name, telephone)
        return fields

    def _kind(self, city: str) -> _Kind:
        chance = self._chance
        form = chance.random()
        brand = (
            chance.pick(_BRANDS)
            if chance.happens(0.5)
            else chance.pick(_BRANDS)[0] + chance.pick(_BRANDS)[-1]
        )
        if form < _BODY_SHARE:
            party_type, ending, industry, category = chance.pick(_BODIES)
            return _Kind(
                party_type, f"{city}{brand}{ending}", brand + ending, "", industry, "公共服务", category
            )
        trade, industry, english, scope = chance.pick(_TRADES)
        if form < _BODY_SHARE + _TRADER_SHARE:
            owner = names.surname(chance) + chance.pick("记氏家")
            return _Kind(
                "INDIVIDUAL_BUSINESS", f"{city}{owner}{trade}经营部", owner, "", industry, scope, "92"
            )
        legal_form = "股份有限公司" if chance.happens(0.08) else "有限公司"
        party_type = "CORPORATE" if chance.happens(0.35) else "SME"
        latin_brand = names.latin(brand).title().replace(" ", "")
        english_name = f"{romanised(city)} {latin_brand} {english} Co., Ltd."
        name = f"{city}{brand}{trade}{legal_form}"
        return _Kind(party_type, name, brand + trade, english_name, industry, scope, "91")

    def _licence(self, kind: _Kind, region: str, established: str) -> Document:
        number = self._issuer.social_credit_code(region, kind.category)
        return Document("O01", number, "CHN", "市场监督管理局", established, OPEN)

    def _size(self, kind: _Kind) -> Fields:
        if not kind.category.startswith("91"):
            return {}
        chance = self._chance
        size = chance.pick(_SIZES)
        staff = 1 + chance.below(_STAFF[size])
        return {
            "economy_type": chance.pick(_ECONOMY_TYPES),
            "enterprise_size": size,
            "staff_count": str(staff),
            "registered_capital": f"{(1 + chance.below(staff * 2)) * 10_000}.00",
            "capital_currency": "CNY",
        }

    def _contacts(self, fields: Fields) -> None:
        chance = self._chance
        if chance.happens(0.6):
            fields["mobile"] = contacts.mobile(chance)
        if chance.happens(0.5):
            fields["email"] = contacts.email(chance, names.latin(fields["short_name"]))
