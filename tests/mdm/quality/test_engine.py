"""The engine on a book of its own: which rules run where, what findings and changes say."""

from collections.abc import Sequence
from datetime import date

import pytest
from django.utils.translation import gettext_lazy as _

from mdm.quality.engine import Engine
from mdm.quality.rules import (
    FINE,
    Audience,
    Context,
    Dimension,
    Fix,
    Flaw,
    RowRule,
    RuleBook,
    Severity,
    TextRule,
)
from mdm.subjects import Bundle, Row
from tests.mdm.quality.bundles import TODAY


def _always(_row: Row, _context: Context) -> Sequence[Flaw]:
    return (Flaw("number", params={"limit": 7}),)


def _rule(code: str, **more: object) -> RowRule:
    facets = more.pop("facets", ("phone",))
    return RowRule(code, Dimension.VALIDITY, Severity.WARN, facets, _("Over %(limit)s."), _always, **more)  # type: ignore[arg-type]


def _bundle(party_type: str = "PERSON") -> Bundle:
    phones = [{"kind": "MOBILE", "number": "1"}, {"slot": "second", "kind": "FAX", "number": "2"}]
    return Bundle("test", "1", party_type, {"phone": phones, "email": [{"kind": "WORK", "address": "a"}]})


def _engine(*rules: RowRule | TextRule) -> Engine:
    book = RuleBook()
    book.register(*rules)
    return Engine(book)


def test_a_finding_names_the_place_and_never_the_value() -> None:
    first, second = _engine(_rule("R1", version=3)).screen(_bundle(), TODAY)
    assert (first.rule, first.version, first.severity, first.facet) == ("R1", 3, Severity.WARN, "phone")
    assert (first.slot, first.index, second.slot, second.index) == ("MOBILE", 0, "second", 1)
    assert first.pointer == "/phone/0/number"
    assert first.text == "Over 7."
    error = second.as_field_error()
    assert (error.pointer, error.code, error.detail) == ("/phone/1/number", "R1", "Over 7.")


def test_rules_run_on_their_facets_kinds_and_audience_only() -> None:
    faxes = _rule("R1", kinds=frozenset({"FAX"}))
    firms = _rule("R2", audience=Audience.ORGANISATIONS)
    both = _rule("R3", facets=("phone", "email"))
    engine = _engine(faxes, firms, both)
    assert [(f.rule, f.facet, f.index) for f in engine.screen(_bundle(), TODAY)] == [
        ("R3", "phone", 0),
        ("R1", "phone", 1),
        ("R3", "phone", 1),
        ("R3", "email", 0),
    ]
    assert [f.rule for f in engine.screen(_bundle("CORPORATE"), TODAY)].count("R2") == 2


def test_a_rule_without_facets_looks_at_the_whole_once() -> None:
    def check(row: Row, context: Context) -> Sequence[Flaw]:
        assert row == {}
        rows = context.bundle.rows("phone")
        return (Flaw("kind", facet="phone", row=len(rows) - 1, severity=Severity.BLOCK, message="last"),)

    whole = RowRule("R1", Dimension.ACCURACY, Severity.INFO, (), _("text"), check)
    (found,) = _engine(whole).screen(_bundle(), TODAY)
    assert (found.facet, found.index, found.slot, found.severity, found.text) == (
        "phone",
        1,
        "second",
        Severity.BLOCK,
        "last",
    )


def test_a_rule_sees_the_business_date() -> None:
    def check(_row: Row, context: Context) -> Sequence[Flaw]:
        return (Flaw("number"),) if context.business_date > TODAY else FINE

    engine = _engine(RowRule("R1", Dimension.TIMELINESS, Severity.INFO, ("email",), _("text"), check))
    assert engine.screen(_bundle(), TODAY) == []
    assert len(engine.screen(_bundle(), date(2027, 1, 1))) == 1


def test_a_rule_entered_later_runs_too_and_no_code_twice() -> None:
    engine = _engine(_rule("R1"))
    assert len(engine.screen(_bundle(), TODAY)) == 2
    engine.book.register(_rule("R2"))
    assert len(engine.screen(_bundle(), TODAY)) == 4
    with pytest.raises(ValueError, match="R1 is taken"):
        engine.book.register(_rule("R1"))


@pytest.mark.parametrize(
    ("rule", "text", "broken"),
    [
        (TextRule("T", Severity.WARN, _("m"), "[xy]", signs="xy"), "bax", True),
        (TextRule("T", Severity.WARN, _("m"), "[xy]", signs="xy"), "ba", False),
        (TextRule("T", Severity.WARN, _("m"), r"\Aab", opening="ab"), "abc", True),
        (TextRule("T", Severity.WARN, _("m"), r"\Aab", opening="ab"), "cab", False),
        (TextRule("T", Severity.WARN, _("m"), "(?i:foo)", words=("foo",)), "a FOO", True),
        (
            TextRule("T", Severity.WARN, _("m"), "o", words=("o",), only=frozenset({("phone", "x")})),
            "o",
            False,
        ),
    ],
)
def test_text_rules(rule: TextRule, text: str, broken: bool) -> None:
    bundle = _bundle()
    bundle.facets["email"][0]["address"] = text
    found = _engine(rule).screen(bundle, TODAY)
    assert [(f.facet, f.field) for f in found] == ([("email", "address")] if broken else [])


def test_a_line_end_does_not_hide_an_opening() -> None:
    rule = TextRule("T", Severity.WARN, _("m"), r"\x00", signs="\x00")
    bundle = _bundle()
    bundle.facets["email"][0]["address"] = "a\nb"
    assert _engine(rule).screen(bundle, TODAY) == []


def _fixing(*fixes: Fix) -> Engine:
    book = RuleBook()
    book.register_fix(*fixes)
    return Engine(book)


def test_fixes_change_the_bundle_and_tell_what_they_changed() -> None:
    fix = Fix(
        "F1", ("phone",), lambda row, bundle, facet: {"number": row["number"] + "!", "kind": row["kind"]}, 2
    )
    bundle = _bundle()
    changes = _fixing(fix).cleanse(bundle)
    assert [row["number"] for row in bundle.rows("phone")] == ["1!", "2!"]
    assert [(c.facet, c.slot, c.index, c.field, c.before, c.after) for c in changes] == [
        ("phone", "MOBILE", 0, "number", "1", "1!"),
        ("phone", "second", 1, "number", "2", "2!"),
    ]
    assert changes[0].reason == "DQ:F1@2"
    assert "1!" not in repr(changes[0])


def test_fixes_of_all_facets_run_before_those_of_one() -> None:
    of_one = Fix("F1", ("phone",), lambda row, bundle, facet: {"trail": row.get("trail", "") + "one "})
    of_all = Fix("F2", (), lambda row, bundle, facet: {"trail": row.get("trail", "") + f"all:{facet} "})
    bundle = _bundle()
    _fixing(of_one, of_all).cleanse(bundle)
    assert bundle.first("phone")["trail"] == "all:phone one "
    assert bundle.first("email")["trail"] == "all:email "


def test_texts_as_received_are_kept_and_the_first_stays() -> None:
    fix = Fix(
        "F1", ("email",), lambda row, bundle, facet: {"kind": None, "raw_values": {"kind": "new", "x": "y"}}
    )
    bundle = _bundle()
    bundle.first("email")["raw_values"] = {"kind": "first"}
    changes = _fixing(fix).cleanse(bundle)
    assert bundle.first("email")["raw_values"] == {"kind": "first", "x": "y"}
    assert [change.field for change in changes] == ["kind"]
