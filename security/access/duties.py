"""Separation of duties as shipped (domain 5.1): pairs of rights that one person does not hold together.

Rows of `DutyPair`, seeded once and then the bank's own. They hold for people; a client system is barred only
from pairs with accounts or keys, and emergency access is allowed by two others, ends by itself and raises an
alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from security.models import DutyPair


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rights, and why they lie in different hands."""

    one: str
    other: str
    why_zh: str
    why_en: str


_DATA = ("系统管理员不得查看客户数据", "Who manages accounts does not see customer data")
_KEYS = ("密钥管理员不得查看客户数据", "Who manages keys does not see customer data")
_CLEAR = ("可查看明文者不得修改客户资料", "Who sees clear values does not change customers")
_ROWS = ("批量操作员不得查看数据内容", "Who runs loads does not see what is in them")

PAIRS: tuple[Pair, ...] = (
    Pair("user.manage", "customer.view", *_DATA),
    Pair("user.manage", "clear.read", *_DATA),
    Pair("user.manage", "customer.change", *_DATA),
    Pair("user.manage", "reject.read", *_DATA),
    Pair("user.manage", "key.manage", "密钥管理与系统管理须分离", "Keys and accounts lie in different hands"),
    Pair("user.manage", "approval.access", "授权与复核须分离", "Who gives rights does not approve them"),
    Pair(
        "user.manage",
        "breakglass.allow",
        "授权与应急放行须分离",
        "Who gives rights does not allow emergency access",
    ),
    Pair("key.manage", "customer.view", *_KEYS),
    Pair("key.manage", "clear.read", *_KEYS),
    Pair("key.manage", "load.run", "密钥管理与批量操作须分离", "Keys and loads lie in different hands"),
    Pair("load.run", "customer.view", *_ROWS),
    Pair("load.run", "reject.read", *_ROWS),
    Pair("load.run", "approval.load", "批量提交与批量复核须分离", "Who delivers files does not approve them"),
    Pair("clear.read", "customer.create", *_CLEAR),
    Pair("clear.read", "customer.change", *_CLEAR),
    Pair("clear.read", "credential.change", *_CLEAR),
    Pair("clear.read", "document.change", *_CLEAR),
    Pair(
        "customer.protect",
        "customer.change",
        "设置保护者不得修改客户资料",
        "Who protects customers does not change them",
    ),
    Pair("customer.create", "merge.run", "柜面建档与归并须分离", "Who creates customers does not merge them"),
    Pair(
        "consolidate.run",
        "approval.merge",
        "运行归并与复核归并须分离",
        "Who runs consolidation does not approve merges",
    ),
    Pair(
        "breakglass.ask",
        "breakglass.allow",
        "应急申请与放行须分离",
        "Who may ask for emergency access does not allow it",
    ),
)


def seed_pairs() -> int:
    """Create the shipped pairs that are missing; returns how many were made."""
    made = [
        DutyPair.objects.get_or_create(
            one=pair.one, other=pair.other, defaults={"why_zh": pair.why_zh, "why_en": pair.why_en}
        )[1]
        for pair in PAIRS
    ]
    return sum(made)


def barred_beside(permissions: Iterable[str]) -> frozenset[str]:
    """The permissions that no holder of some others may hold, by the pairs in force."""
    held = set(permissions)
    pairs = DutyPair.objects.filter(active=True).values_list("one", "other")
    return frozenset(b for pair in pairs for a, b in (pair, pair[::-1]) if a in held)


def conflicts(permissions: Iterable[str]) -> list[DutyPair]:
    """The pairs in force that some permissions hold together."""
    held = set(permissions)
    return [pair for pair in DutyPair.objects.filter(active=True) if {pair.one, pair.other} <= held]
