"""Rules, findings, fixes, and the book in which the apps enter them.

A rule on one record is Python and runs online and in bulk; a rule across records is SQL over a
relation called `{rows}`, which is one record online and a staging table in bulk (design, idea 4).
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from django.utils.functional import lazy

from mdm.codes.tables.customer import PERSON_TYPES
from mdm.errors import FieldError, Text
from mdm.subjects import Bundle, Row

Params = Mapping[str, str | int]


class Severity(StrEnum):
    """BLOCK rejects the record; WARN and INFO keep it and raise an issue."""

    BLOCK = "BLOCK"
    WARN = "WARN"
    INFO = "INFO"


class Dimension(StrEnum):
    """The six dimensions of data quality."""

    VALIDITY = "VALIDITY"
    COMPLETENESS = "COMPLETENESS"
    UNIQUENESS = "UNIQUENESS"
    CONSISTENCY = "CONSISTENCY"
    TIMELINESS = "TIMELINESS"
    ACCURACY = "ACCURACY"


class Audience(StrEnum):
    """Whom a rule is about."""

    ALL = "ALL"
    PERSONS = "PERSONS"
    ORGANISATIONS = "ORGANISATIONS"


def audience_of(party_type: str) -> Audience:
    """Persons (also those who trade) or organisations."""
    return Audience.PERSONS if party_type in PERSON_TYPES else Audience.ORGANISATIONS


#: No parameters; never written to.
NO_PARAMS: Params = MappingProxyType({})


class Flaw(NamedTuple):
    """What a check found on one field of the row it was given; texts and severity default to the rule's.

    `params` fill the message; they never hold the value of a sensitive field. A check of the bundle
    as a whole says at which `facet` and `row` (its index) the fault is.
    """

    field: str
    message: Text | None = None
    params: Params = NO_PARAMS
    severity: Severity | None = None
    facet: str = ""
    row: int = 0


#: What a check answers when there is nothing to say.
FINE: tuple[Flaw, ...] = ()


class Context(NamedTuple):
    """What a check may look at besides its row.

    `texts` are all texts of the bundle, `unread` the rows with texts that could not be converted.
    """

    bundle: Bundle
    business_date: date
    texts: list[str]
    unread: list[tuple[str, int, Row]]


Check = Callable[[Row, Context], Sequence[Flaw]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one place. Safe to log and to show: it never holds the value."""

    rule: str
    version: int
    severity: Severity
    dimension: Dimension
    facet: str
    slot: str
    index: int
    field: str
    message: Text
    params: Params = dataclasses.field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in the reader's language."""
        return str(self.message) % self.params if self.params else str(self.message)

    @property
    def lazy_text(self) -> Text:
        """The message in the language of whoever reads it later."""
        return lazy(lambda: self.text, str)()

    @property
    def pointer(self) -> str:
        """JSON Pointer of the place inside the bundle's facets."""
        return "/" + "/".join(str(part) for part in (self.facet, self.index, self.field) if part != "")

    def as_field_error(self) -> FieldError:
        """The finding as one refused place of a `ServiceError`."""
        return FieldError(self.pointer, self.rule, self.lazy_text)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule on one row of the facets it names; on the bundle as a whole, once, if it names none.

    `kinds` restricts it to rows of these types or kinds (`row["type"]`, else `row["kind"]`). `needed` is asked once
    for each version of the model dictionary: a rule that would find nothing then costs nothing.
    """

    code: str
    dimension: Dimension
    severity: Severity
    facets: tuple[str, ...]
    message: Text
    check: Check
    version: int = 1
    audience: Audience = Audience.ALL
    kinds: frozenset[str] = frozenset()
    needed: Callable[[], bool] | None = None


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule on texts of every facet, or only of the (facet, field) pairs in `only`.

    A text that `pattern` (a regular expression) finds something in breaks the rule. So that fine
    bundles cost one search for all rules, say as well what every such text has: one of `signs`
    (the inside of a character class), an `opening` (a regular expression for its begin), or one of
    `words` (lower case).
    """

    code: str
    severity: Severity
    message: Text
    pattern: str
    signs: str = ""
    opening: str = ""
    words: tuple[str, ...] = ()
    only: frozenset[tuple[str, str]] = frozenset()
    version: int = 1
    dimension: Dimension = Dimension.VALIDITY


@dataclass(frozen=True, slots=True)
class AcrossRule:
    """A rule across records: SQL that selects `(customer_id, row_id, field)` from `{rows}`.

    `{rows}` holds rows of `facet`; other tables may be joined. `params` gives the named parameters.
    `about` names the facet that a finding is shown with, where that is another.
    """

    code: str
    dimension: Dimension
    severity: Severity
    facet: str
    message: Text
    sql: str
    version: int = 1
    params: Callable[[], Mapping[str, Any]] = dict
    about: str = ""


@dataclass(frozen=True, slots=True)
class AcrossFinding:
    """What a rule across rows found on one row; `row_id` is None where the customer as such is meant."""

    rule: AcrossRule
    customer_id: int
    row_id: int | None
    field: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe automatic correction of a row of some facets, or of all where it names none.

    `apply(row, bundle, facet)` gives the new values of fields, or nothing; it must be
    idempotent. A text that cannot be kept in its field goes into `raw_values` of the answer. `needed` looks
    at all texts of a bundle at once, so that rows are looked at only where there is something to mend.
    """

    code: str
    facets: tuple[str, ...]
    apply: Callable[[Row, Bundle, str], Mapping[str, Any] | None]
    version: int = 1
    needed: Callable[[list[str]], bool] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a fix changed. The values are clear text, kept out of `repr`; store them sealed or not at all."""

    rule: str
    version: int
    facet: str
    slot: str
    index: int
    field: str
    before: Any = dataclasses.field(repr=False)
    after: Any = dataclasses.field(repr=False)

    @property
    def reason(self) -> str:
        """The reason of the change in history."""
        return f"DQ:{self.rule}@{self.version}"


AnyRule = RowRule | TextRule | AcrossRule


class RuleBook:
    """All rules and fixes that the apps entered, found by facet and audience."""

    def __init__(self) -> None:
        self.rules: dict[str, AnyRule] = {}
        self.fixes: list[Fix] = []
        self.revision = 0

    def register(self, *rules: AnyRule) -> None:
        """Enter rules; a code stands for one rule, so entering it twice is a ValueError."""
        for rule in rules:
            if rule.code in self.rules:
                raise ValueError(f"rule {rule.code} is taken")
            self.rules[rule.code] = rule
        self.revision += 1

    def register_fix(self, *fixes: Fix) -> None:
        """Enter fixes; they run in the order in which they were entered."""
        self.fixes += fixes
        self.revision += 1

    @property
    def row_rules(self) -> list[RowRule]:
        return [rule for rule in self.rules.values() if isinstance(rule, RowRule)]

    @property
    def text_rules(self) -> list[TextRule]:
        return [rule for rule in self.rules.values() if isinstance(rule, TextRule)]

    def across_rules(self, facet: str) -> list[AcrossRule]:
        """The rules across the rows of one facet."""
        return [rule for rule in self.rules.values() if isinstance(rule, AcrossRule) and rule.facet == facet]


def slot_of(row: Row) -> str:
    """Which row of the source record this is: its slot, else its kind or type."""
    return str(row.get("slot") or row.get("kind") or row.get("type") or "")


#: The book of this process, filled in `AppConfig.ready`.
book = RuleBook()
