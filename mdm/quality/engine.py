"""Screening: every rule on one bundle, rules across many rows, and the safe fixes before them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mdm.quality import texts
from mdm.quality.rules import (
    Audience,
    Change,
    Check,
    Context,
    Finding,
    Fix,
    Flaw,
    RowRule,
    RuleBook,
    TextRule,
    audience_of,
    book,
    slot_of,
)
from mdm.subjects import Bundle, Row

_Checks = dict[str, tuple[tuple[Check, RowRule], ...]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A book laid out for speed: checks by facet for each audience, one pattern for all text rules."""

    revision: int
    checks: dict[Audience, _Checks]
    suspicious: re.Pattern[str]
    texts: tuple[tuple[re.Pattern[str], TextRule], ...]
    fixes: dict[str, tuple[Fix, ...]]
    fixes_anywhere: tuple[Fix, ...]


class Engine:
    """Runs the rules and the fixes of one book."""

    def __init__(self, rules: RuleBook) -> None:
        self.book = rules
        self._plan: _Plan | None = None

    @property
    def plan(self) -> _Plan:
        """The book laid out for speed; laid out again when something was entered."""
        if self._plan is None or self._plan.revision != self.book.revision:
            self._plan = _lay_out(self.book)
        return self._plan

    def screen(self, bundle: Bundle, business_date: date) -> list[Finding]:
        """All findings on one bundle that `cleanse` has seen before; an empty list if it is fine."""
        plan = self.plan
        checks = plan.checks[audience_of(bundle.party_type)]
        texts = [v for rows in bundle.facets.values() for row in rows for v in row.values() if type(v) is str]
        context = Context(bundle, business_date, texts)
        findings = _screen_texts(plan, context)
        _screen_row(checks.get("", ()), context, findings, "", 0, {})
        for facet, rows in bundle.facets.items():
            if applicable := checks.get(facet):
                for index, row in enumerate(rows):
                    _screen_row(applicable, context, findings, facet, index, row)
        return findings

    def cleanse(self, bundle: Bundle) -> list[Change]:
        """Apply the safe fixes to the bundle, in place, and tell what they changed."""
        plan = self.plan
        changes: list[Change] = []
        for facet, rows in bundle.facets.items():
            fixes = plan.fixes.get(facet, plan.fixes_anywhere)
            for index, row in enumerate(rows):
                for fix in fixes:
                    if updates := fix.apply(row, bundle, facet):
                        changes += _apply(fix, updates, facet, index, row)
        return changes


def _screen_row(
    checks: tuple[tuple[Check, RowRule], ...],
    context: Context,
    findings: list[Finding],
    facet: str,
    index: int,
    row: Row,
) -> None:
    """Run checks on one row (or on the bundle as a whole, where `facet` is empty)."""
    for check, rule in checks:
        if flaws := check(row, context):
            findings += [
                _finding(rule, flaw, facet or flaw.facet, index or flaw.index, context) for flaw in flaws
            ]


def _finding(rule: RowRule | TextRule, flaw: Flaw, facet: str, index: int, context: Context) -> Finding:
    rows = context.bundle.rows(facet)
    return Finding(
        rule=rule.code,
        version=rule.version,
        severity=flaw.severity or rule.severity,
        dimension=rule.dimension,
        facet=facet,
        slot=slot_of(rows[index]) if index < len(rows) else "",
        index=index,
        field=flaw.field,
        message=rule.message if flaw.message is None else flaw.message,
        params=flaw.params,
    )


def _screen_texts(plan: _Plan, context: Context) -> list[Finding]:
    """The text rules: one search over all texts joined, field by field only where that hit."""
    joined = "\n".join(context.texts)
    if not plan.suspicious.search(joined) and joined.count("\n") < max(len(context.texts), 1):
        return []
    return [
        _finding(rule, Flaw(field), facet, index, context)
        for facet, index, field, text in _texts(context.bundle)
        for pattern, rule in plan.texts
        if pattern.search(text)
    ]


def _texts(bundle: Bundle) -> Iterator[tuple[str, int, str, str]]:
    for facet, rows in bundle.facets.items():
        for index, row in enumerate(rows):
            yield from ((facet, index, field, text) for field, text in row.items() if type(text) is str)


def _apply(fix: Fix, updates: Mapping[str, Any], facet: str, index: int, row: Row) -> list[Change]:
    """Write a fix's answer into the row; texts as received join those already kept, the first one stays."""
    slot, changes = slot_of(row), []
    for field, after in updates.items():
        before = row.get(field)
        if field == "raw_values":
            row[field] = {**after, **(before or {})}
        elif before != after:
            changes.append(Change(fix.code, fix.version, facet, slot, index, field, before, after))
            row[field] = after
    return changes


def _lay_out(rules: RuleBook) -> _Plan:
    texts = tuple((re.compile(rule.pattern, re.MULTILINE), rule) for rule in rules.text_rules)
    suspicious = "|".join(f"(?:{rule.pattern})" for _, rule in texts) or r"(?!)"
    fixes = sorted(rules.fixes, key=lambda fix: bool(fix.facets))
    facets = {facet for fix in fixes for facet in fix.facets}
    return _Plan(
        revision=rules.revision,
        checks={audience: _checks_for(rules, audience) for audience in Audience},
        suspicious=re.compile(suspicious, re.MULTILINE),
        texts=texts,
        fixes={facet: tuple(f for f in fixes if not f.facets or facet in f.facets) for facet in facets},
        fixes_anywhere=tuple(fix for fix in fixes if not fix.facets),
    )


def _checks_for(rules: RuleBook, audience: Audience) -> _Checks:
    checks: dict[str, list[tuple[Check, RowRule]]] = {}
    for rule in rules.row_rules:
        if rule.audience in (Audience.ALL, audience):
            for facet in rule.facets or ("",):
                checks.setdefault(facet, []).append((rule.check, rule))
    return {facet: tuple(entries) for facet, entries in checks.items()}


texts.register(book)
_engine = Engine(book)


def screen(bundle: Bundle, business_date: date) -> list[Finding]:
    """All findings of the registered rules on one bundle that `cleanse` has seen before."""
    return _engine.screen(bundle, business_date)


def cleanse(bundle: Bundle) -> list[Change]:
    """Apply the registered safe fixes to the bundle, in place, and tell what they changed."""
    return _engine.cleanse(bundle)
