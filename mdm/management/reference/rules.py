"""`rules.md`: every rule of data quality, every safe fix, and what decides about duplicates."""

from typing import Any

from consolidation.matching import rules as matching
from consolidation.matching import vetoes
from consolidation.matching.blocking import KEYS, Key
from consolidation.matching.policy import Policy
from consolidation.matching.records import PERSON
from mdm.codes import get
from mdm.management.reference.markdown import chinese, code, codes, english, first_line, table, whole
from mdm.quality.rules import AcrossRule, AnyRule, Fix, RowRule, TextRule, book

_LEAD = """\
Before the rules, safe fixes run. A rule of severity BLOCK refuses the record; WARN and INFO keep it and
open an issue on its customer. The same rules run for a screen, the API and a file. A code never changes
its meaning; `version` grows when a rule judges differently."""
_MATCHING = """\
Pairs of customers that share a candidate key are compared field by field. A written rule or the learned
score (M14) gives a class: A1 merges by itself, A2 (strong) and B (possible) open a case for a person, C
is no pair. A veto keeps an A1 from merging and opens a case instead. The rules are in
`consolidation/matching/rules.py`, the thresholds in `consolidation/matching/policy.py`."""


def page() -> str:
    """Rules, fixes, matching."""
    duplicates = ("## Duplicates", _MATCHING, _policy(), _vetoes(), _keys())
    return whole("Rules", _LEAD, _rules(), _fixes(), *duplicates)


def _rules() -> str:
    rows = [_row(rule) for rule in sorted(book.rules.values(), key=lambda rule: rule.code)]
    heads = ("code", "version", "severity", "dimension", "about", "中文", "English")
    return f"## Quality rules ({len(rows)})\n\n" + table(heads, rows)


def _row(rule: AnyRule) -> tuple[Any, ...]:
    message = rule.message
    told = (chinese(message), english(message))
    return (code(rule.code), rule.version, str(rule.severity), rule.dimension.lower(), _about(rule), *told)


def _about(rule: AnyRule) -> str:
    """Which rows a rule looks at."""
    match rule:
        case RowRule():
            kinds = f" of {_types(rule.kinds)}" if rule.kinds else ""
            whom = "" if rule.audience == "ALL" else f", {rule.audience.lower()} only"
            return (codes(rule.facets) or "the record as a whole") + kinds + whom
        case TextRule():
            return codes(f"{facet}.{field}" for facet, field in sorted(rule.only)) or "every text"
        case AcrossRule():
            return f"{code(rule.facet)}, across customers"


def _types(kinds: frozenset[str]) -> str:
    """Document types; of nearly all of them those that are left out."""
    rest = get("credential_type").known - kinds
    if len(rest) < len(kinds) / 4:
        return f"every type but {', '.join(sorted(rest))}"
    return f"type {', '.join(sorted(kinds))}"


def _fixes() -> str:
    rows = [(code(f.code), f.version, codes(f.facets) or "every facet", _does(f)) for f in book.fixes]
    lead = "A fix changes the form of a value, never its meaning; what it cannot keep goes to `raw_values`."
    return f"## Safe fixes\n\n{lead}\n\n" + table(("code", "version", "facets", "what it does"), rows)


def _does(fix: Fix) -> str:
    """What a fix does: what its function says of itself, else what is said here."""
    return first_line(fix.apply.__doc__) or FIX_TEXTS[fix.code]


#: Fixes whose functions say nothing of themselves.
FIX_TEXTS = {
    "F01": "Spaces trimmed and single, marks without width dropped, full-width letters and digits as ASCII.",
    "F04": "Numbers that can be read in E.164, the extension apart.",
}


def _policy() -> str:
    policy = Policy()
    named = {
        "auto": "M14 merges persons from this probability on",
        "strong": "M14 opens a case of class A2",
        "possible": "M14 opens a case of class B",
        "max_group": "customers that automatic merges make one at most",
        "generic_limit": "a telephone, e-mail, number or address held by more records proves nothing",
        "max_run": "records that may share a candidate key",
    }
    rows = [(code(name), getattr(policy, name), said) for name, said in named.items()]
    told = f"### Policy, version {policy.version}\n\n" + table(("name", "value", "meaning"), rows)
    return told + f"\n\nRules: {codes(filter(None, matching.RULES))}; classes: {codes(matching.CLASSES)}."


def _vetoes() -> str:
    found = [*vetoes.VETOES, vetoes.GROUP_SIZE, vetoes.AMBIGUOUS]
    rows = [(code(name), VETO_TEXTS[name]) for name in found]
    return "### Vetoes\n\n" + table(("veto", "holds when"), rows)


#: What each veto of `consolidation.matching.vetoes` says, for people.
VETO_TEXTS = {
    "PARTY": "one is a person, the other an organisation",
    "NEVER_MATCH": "somebody decided that they are not the same, or took their merge back",
    "NUMBERS": "both have a proven number of the same exclusive kind, and they differ",
    "SEX": "their sexes are verified and differ",
    "BIRTH": "their birth dates, proven by documents, are too far apart",
    "NAMES": "one number stands with names of persons that are not even similar",
    "PROFILE": "given name and birth date differ and no number says otherwise",
    "CLOSED": "one of them is closed",
    "DECEASED": "one has died, the other has not",
    "PROTECTED": "one of them is protected",
    "GROUP_SIZE": "together they would be more customers than the policy lets become one",
    "AMBIGUOUS": "two different customers claim the same record almost equally",
}


def _keys() -> str:
    lead = "Records that share one of these are compared; those marked serve single new records too."
    heads = ("of", "key", "columns of the signature", "online")
    return f"### Candidate keys\n\n{lead}\n\n" + table(heads, map(_key, KEYS))


def _key(key: Key) -> tuple[str, ...]:
    party = "person" if key.party == PERSON else "organisation"
    columns = codes(column.removesuffix("*") for column in key.columns)
    return party, code(key.name), columns, "yes" if key.online else ""
