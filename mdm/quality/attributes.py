"""Rules of attributes, as their definitions tell them: the same online and in bulk; free where there are none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from mdm.codes import get as code_list
from mdm.errors import Text
from mdm.extension.attributes import Attribute, current
from mdm.extension.kinds import Kind
from mdm.quality.rules import NO_PARAMS, Context, Dimension, Flaw, Params, RowRule, Severity
from mdm.subjects import Expected, Row, registry

#: Whether a value breaks a rule of its attribute: None where it does not, else what fills the message.
Broken = Callable[[Attribute, Any], Params | None]
_TYPES: dict[str, type] = {Kind.WHOLE: int, Kind.AMOUNT: Decimal, Kind.DAY: date, Kind.FLAG: bool}


def _missing(attribute: Attribute, value: Any) -> Params | None:
    needed = attribute.told.required and attribute.told.kind != Kind.FLAG
    return NO_PARAMS if needed and value in (None, "") else None


def _other_kind(attribute: Attribute, value: Any) -> Params | None:
    return None if value in (None, "") or _fits(attribute, value) else NO_PARAMS


def _too_long(attribute: Attribute, value: Any) -> Params | None:
    limit = attribute.told.length
    return {"limit": limit} if _is_text(attribute, value) and len(value) > limit else None


def _outside(attribute: Attribute, value: Any) -> Params | None:
    if value in (None, "") or not _fits(attribute, value):
        return None
    least, most = attribute.limits
    fine = (least is None or value >= least) and (most is None or value <= most)
    told = {"least": attribute.told.minimum or "…", "most": attribute.told.maximum or "…"}
    return None if fine or attribute.told.kind in (Kind.TEXT, Kind.CODE, Kind.FLAG) else told


def _ill_formed(attribute: Attribute, value: Any) -> Params | None:
    """A text that is too long is told so by X02 alone: patterns are cheap for those up to the length."""
    wanted = attribute.pattern
    if wanted is None or not _is_text(attribute, value) or len(value) > attribute.told.length:
        return None
    return None if wanted.fullmatch(value) else NO_PARAMS


def _no_code(attribute: Attribute, value: Any) -> Params | None:
    if attribute.told.kind != Kind.CODE or not value or not isinstance(value, str):
        return None
    return None if value in code_list(attribute.list_name) else NO_PARAMS


def _is_text(attribute: Attribute, value: Any) -> bool:
    return attribute.told.kind == Kind.TEXT and isinstance(value, str) and bool(value)


def _fits(attribute: Attribute, value: Any) -> bool:
    """Whether a value is of the kind; of numbers, a truth value is none."""
    wanted = _TYPES.get(attribute.told.kind, str)
    return isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))


def _check(broken: Broken, always: bool, _row: Row, context: Context) -> Sequence[Flaw]:
    """The places of a bundle where the rule is broken, as severe as each definition says (or `always` refused)."""
    return [
        Flaw(a.key, params=params, severity=_severity(a, always), facet=facet, row=index)
        for facet, attributes in current().by_facet.items()
        for index, row in enumerate(context.bundle.rows(facet))
        for a, params in _found(broken, attributes, row)
    ]


def _severity(attribute: Attribute, always: bool) -> Severity:
    return Severity.BLOCK if always else Severity(attribute.told.severity)


def _found(broken: Broken, attributes: Sequence[Attribute], row: Row) -> Iterator[tuple[Attribute, Params]]:
    for attribute in attributes:
        unread = attribute.key in (row.get("raw_values") or ())
        params = _unread(broken, attribute) if unread else broken(attribute, row.get(attribute.key))
        if params is not None:
            yield attribute, params


def _unread(broken: Broken, attribute: Attribute) -> Params | None:
    """A text that could not be read is kept, and V21 or V24 tells of it; refused where the definition refuses."""
    concerned = broken is (_no_code if attribute.told.kind == Kind.CODE else _other_kind)
    return NO_PARAMS if concerned and attribute.told.severity == "BLOCK" else None


def _rule(code: str, dimension: Dimension, message: Text, broken: Broken, always: bool = False) -> RowRule:
    check = partial(_check, broken, always)
    return RowRule(code, dimension, Severity.WARN, (), message, check, needed=_some)


def _some() -> bool:
    """Whether the bank has any attribute in force."""
    return bool(current().by_facet)


#: Rule -> what breaks it; the impact of a definition is counted by these too.
BROKEN: dict[str, Broken] = {
    "X01": _missing,
    "X02": _too_long,
    "X03": _outside,
    "X04": _ill_formed,
    "X05": _no_code,
    "X06": _other_kind,
}
RULES = (
    _rule("X01", Dimension.COMPLETENESS, _("The bank wants this value."), _missing),
    _rule("X02", Dimension.VALIDITY, _("The text is longer than %(limit)s characters."), _too_long),
    _rule("X03", Dimension.VALIDITY, _("The value is not from %(least)s to %(most)s."), _outside),
    _rule("X04", Dimension.VALIDITY, _("The text is not of the form that the bank wants."), _ill_formed),
    _rule("X05", Dimension.VALIDITY, _("This is not a code of the bank's list."), _no_code),
    _rule("X06", Dimension.VALIDITY, _("The value is of another kind."), _other_kind, always=True),
)


def broken_rules(attribute: Attribute, value: Any) -> list[str]:
    """The rules that a value breaks."""
    return [code for code, broken in BROKEN.items() if broken(attribute, value) is not None]


def expected(rows: Mapping[str, Sequence[Row]], _day: date) -> list[Expected]:
    """The attributes that the bank wants of what a customer has: of each row, or of one of those that are one."""
    return [
        Expected(facet, a.label, (all if registry.facet(facet).multiple else any)(_told(a, rows[facet])))
        for facet, attributes in current().by_facet.items()
        for a in attributes
        if a.told.required and rows.get(facet)
    ]


def _told(attribute: Attribute, rows: Sequence[Row]) -> list[bool]:
    return [_missing(attribute, row.get(attribute.key)) is None for row in rows]
