"""Screening: every rule on one bundle, rules across many rows, and the safe fixes before them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mdm.extension.attributes import Stamp, current
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

#: Checks with their rules, in the order in which they were entered.
_Checks = tuple[tuple[Check, RowRule], ...]


@dataclass(frozen=True, slots=True)
class _Fixes:
    """Fixes by facet, and those of every other facet."""

    by_facet: dict[str, tuple[Fix, ...]]
    anywhere: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A book laid out for speed.

    `checks` holds, for each audience, the checks by facet and kind of row, filled as kinds are met.
    `sign`, `opening` and `words` find in all texts of a bundle at once whether a text rule may be broken;
    `needed` whether it takes all `fixes` or those that `always` look at every row.
    """

    revision: tuple[int, Stamp]
    rules: tuple[RowRule, ...]
    checks: dict[Audience, dict[tuple[str, str], _Checks]]
    sign: re.Pattern[str]
    opening: re.Pattern[str]
    words: tuple[str, ...]
    texts: tuple[tuple[re.Pattern[str], TextRule], ...]
    fixes: _Fixes
    always: _Fixes
    needed: tuple[Callable[[list[str]], bool], ...]

    def checks_for(self, audience: Audience, facet: str, kind: str) -> _Checks:
        """The checks of a kind of row, put together the first time it is met."""
        found = tuple(
            (rule.check, rule)
            for rule in self.rules
            if facet in (rule.facets or ("",))
            and rule.audience in (Audience.ALL, audience)
            and (not rule.kinds or kind in rule.kinds)
        )
        known = self.checks[audience]
        if len(known) < _KINDS:
            known[(facet, kind)] = found
        return found

    def fixes_for(self, texts: list[str]) -> _Fixes:
        """The fixes that a bundle of these texts may need."""
        return self.fixes if any(needed(texts) for needed in self.needed) else self.always


#: Kinds of rows remembered for each audience; more are met only where kinds are no codes.
_KINDS = 1000


class Engine:
    """Runs the rules and the fixes of one book."""

    def __init__(self, rules: RuleBook) -> None:
        self.book = rules
        self._plan: _Plan | None = None

    @property
    def plan(self) -> _Plan:
        """The book laid out for speed; again when something was entered, or the model dictionary is another."""
        revision = (self.book.revision, current().stamp)
        if self._plan is None or self._plan.revision != revision:
            self._plan = _lay_out(self.book, revision)
        return self._plan

    def screened(self, bundle: Bundle, business_date: date) -> list[Finding]:
        """`cleanse`, then `screen`; the texts are gathered once.

        What was mended stands among them as it was, too: at worst the rules look more closely, in vain.
        """
        texts = _texts_of(bundle)
        texts += [change.after for change in self._cleanse(bundle, texts) if type(change.after) is str]
        return self._screen(bundle, business_date, texts)

    def screen(self, bundle: Bundle, business_date: date) -> list[Finding]:
        """All findings on one bundle that `cleanse` has seen before; an empty list if it is fine."""
        return self._screen(bundle, business_date, _texts_of(bundle))

    def _screen(self, bundle: Bundle, business_date: date, texts: list[str]) -> list[Finding]:
        plan = self.plan
        audience = audience_of(bundle.party_type)
        known = plan.checks[audience]
        context = _context(bundle, business_date, texts)
        findings = _screen_texts(plan, context)
        whole = known.get(("", "")) or plan.checks_for(audience, "", "")
        for check, rule in whole:
            if flaws := check({}, context):
                findings += [_finding(rule, flaw, flaw.facet, flaw.row, context) for flaw in flaws]
        for facet, rows in bundle.facets.items():
            for index, row in enumerate(rows):
                kind = row.get("type") or row.get("kind") or ""
                checks = known.get((facet, kind))
                for check, rule in plan.checks_for(audience, facet, kind) if checks is None else checks:
                    if flaws := check(row, context):
                        findings += [_finding(rule, flaw, facet, index, context) for flaw in flaws]
        return findings

    def cleanse(self, bundle: Bundle) -> list[Change]:
        """Apply the safe fixes to the bundle, in place, and tell what they changed."""
        return self._cleanse(bundle, _texts_of(bundle))

    def _cleanse(self, bundle: Bundle, texts: list[str]) -> list[Change]:
        fixes = self.plan.fixes_for(texts)
        changes: list[Change] = []
        for facet, rows in bundle.facets.items():
            own = fixes.by_facet.get(facet, fixes.anywhere)
            for index, row in enumerate(rows):
                for fix in own:
                    if updates := fix.apply(row, bundle, facet):
                        changes += _apply(fix, updates, facet, index, row)
        return changes


def _texts_of(bundle: Bundle) -> list[str]:
    return [v for rows in bundle.facets.values() for row in rows for v in row.values() if type(v) is str]


def _context(bundle: Bundle, business_date: date, texts: list[str]) -> Context:
    facets = bundle.facets.items()
    unread = [(f, n, row) for f, rows in facets for n, row in enumerate(rows) if "raw_values" in row]
    return Context(bundle, business_date, texts, unread)


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
    """The text rules: a search over all texts joined, field by field only where that found something."""
    joined = "\n" + "\n".join(context.texts)
    if not _is_suspicious(plan, joined, len(context.texts)):
        return []
    return [
        _finding(rule, Flaw(field), facet, index, context)
        for facet, index, field, text in _texts(context.bundle)
        for pattern, rule in plan.texts
        if (not rule.only or (facet, field) in rule.only) and pattern.search(text)
    ]


def _is_suspicious(plan: _Plan, joined: str, texts: int) -> bool:
    if plan.sign.search(joined) or plan.opening.search(joined) or joined.count("\n") > max(texts, 1):
        return True
    lower = joined.lower()
    for word in plan.words:  # noqa: SIM110 (a generator costs more than the search)
        if word in lower:
            return True
    return False


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


def _lay_out(rules: RuleBook, revision: tuple[int, Stamp]) -> _Plan:
    text_rules = rules.text_rules
    signs = "".join(rule.signs for rule in text_rules)
    openings = "|".join(rule.opening for rule in text_rules if rule.opening)
    return _Plan(
        revision=revision,
        rules=tuple(rule for rule in rules.row_rules if rule.needed is None or rule.needed()),
        checks={audience: {} for audience in Audience},
        sign=re.compile(f"[{signs}]" if signs else r"(?!)"),
        opening=re.compile(rf"\n(?:{openings})" if openings else r"(?!)", re.MULTILINE),
        words=tuple(word for rule in text_rules for word in rule.words),
        texts=tuple((re.compile(rule.pattern), rule) for rule in text_rules),
        fixes=_fixes(rules.fixes),
        always=_fixes([fix for fix in rules.fixes if fix.needed is None]),
        needed=tuple(fix.needed for fix in rules.fixes if fix.needed is not None),
    )


def _fixes(entered: Iterable[Fix]) -> _Fixes:
    """Those of every facet come before a facet's own."""
    fixes = sorted(entered, key=lambda fix: bool(fix.facets))
    facets = {facet for fix in fixes for facet in fix.facets}
    by_facet = {facet: tuple(f for f in fixes if not f.facets or facet in f.facets) for facet in facets}
    return _Fixes(by_facet, tuple(fix for fix in fixes if not fix.facets))


texts.register(book)
_engine = Engine(book)


def screen(bundle: Bundle, business_date: date) -> list[Finding]:
    """All findings of the registered rules on one bundle that `cleanse` has seen before."""
    return _engine.screen(bundle, business_date)


def screened(bundle: Bundle, business_date: date) -> list[Finding]:
    """Fix what is safe to fix in `bundle`, in place, and return what the registered rules find."""
    return _engine.screened(bundle, business_date)


def cleanse(bundle: Bundle) -> list[Change]:
    """Apply the registered safe fixes to the bundle, in place, and tell what they changed."""
    return _engine.cleanse(bundle)
