"""The alarm rules a bank starts with: which use of clear values is unusual. Rows of `AlertRule`, then its own."""

from dataclasses import dataclass, field
from typing import Any

from security.models import AlertRule


@dataclass(frozen=True, slots=True)
class RuleSeed:
    """A rule as shipped; kinds are explained in `security.services.alerts`."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    threshold: int = 1
    minutes: int = 60
    settings: dict[str, Any] = field(default_factory=dict)


RULES: tuple[RuleSeed, ...] = (
    RuleSeed("reveal.many", "REVEALS", "短时间内多次查看明文", "Many clear values in an hour", 10, 60),
    RuleSeed(
        "reveal.customers",
        "CUSTOMERS",
        "一日内查看多名客户明文",
        "Clear values of many customers in a day",
        15,
        1440,
    ),
    RuleSeed(
        "reveal.same", "SAME_CUSTOMER", "反复查看同一客户明文", "The same customer again and again", 5, 1440
    ),
    RuleSeed(
        "reveal.night",
        "OUT_OF_HOURS",
        "非工作时间查看明文",
        "Clear values out of hours",
        settings={"begin": "07:30", "end": "20:00", "days": [0, 1, 2, 3, 4, 5]},
    ),
    RuleSeed(
        "reveal.branch", "OTHER_BRANCH", "查看其他机构客户明文", "Clear values of another branch's customer"
    ),
    RuleSeed(
        "reveal.relative", "OWN_RELATIVE", "查看本人或亲属明文", "Clear values of oneself or a relative"
    ),
    RuleSeed("reveal.protected", "PROTECTED", "查看受保护客户明文", "Clear values of a protected customer"),
    RuleSeed(
        "reveal.quota",
        "QUOTA",
        "达到每日明文查看上限",
        "The day's quota of clear values is used up",
        50,
        1440,
    ),
    RuleSeed(
        "protected.lookup",
        "LOOKUP",
        "未授权者查询受保护客户",
        "A protected customer asked for without right",
        1,
        60,
    ),
    RuleSeed("reveal.file", "FILE", "下载明文文件", "A file of clear values was taken away"),
    RuleSeed(
        "account.recovered",
        "RECOVERY",
        "重置账户的密码或第二因素",
        "Password or second factors of an account were reset",
    ),
    RuleSeed("breakglass.open", "BREAKGLASS", "启用应急访问", "Emergency access was opened"),
)


def seed_rules() -> int:
    """Create the shipped rules that are missing; returns how many were made."""
    made = [
        AlertRule.objects.get_or_create(
            code=rule.code,
            defaults={
                "kind": rule.kind,
                "name_zh": rule.name_zh,
                "name_en": rule.name_en,
                "threshold": rule.threshold,
                "minutes": rule.minutes,
                "settings": rule.settings,
            },
        )[1]
        for rule in RULES
    ]
    return sum(made)
