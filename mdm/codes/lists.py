"""Code lists: what a coded field may hold, with labels in two languages and validity dates.

The tables in `mdm.codes.tables` call `define`; models take their choices, rules their valid values
and the loader its translation of foreign codes from here, so that a code is written once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.functional import Promise

from mdm.codes.labels import Language, label, reader_language


@dataclass(frozen=True, slots=True)
class Code:
    """One version of one code: valid from `valid_from`, up to and without `valid_to`."""

    code: str
    zh: str
    en: str
    valid_from: date = date.min
    valid_to: date = date.max

    def valid(self, on: date) -> bool:
        return self.valid_from <= on < self.valid_to


class CodeList:
    """A named list of codes; a code that was renamed has several versions, oldest first."""

    def __init__(self, name: str, title: Promise | str, codes: Iterable[Code], aliases: Mapping[str, str]):
        self.name = name
        self.title = title
        self.versions: dict[str, tuple[Code, ...]] = {}
        for code in codes:
            self.versions[code.code] = (*self.versions.get(code.code, ()), code)
        self.aliases = {_fold(alias): code for alias, code in aliases.items()}

    def __contains__(self, code: object) -> bool:
        return code in self.versions

    def __iter__(self) -> Iterator[str]:
        return iter(self.versions)

    def __len__(self) -> int:
        return len(self.versions)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every code that is or was in the list."""
        return frozenset(self.versions)

    def version(self, code: str, on: date | None = None) -> Code | None:
        """The version of `code` in force `on` that day; else its newest; None for an unknown code."""
        versions = self.versions.get(code)
        if not versions:
            return None
        in_force = (entry for entry in versions if on is not None and entry.valid(on))
        return next(in_force, versions[-1])

    def label(self, code: str, language: Language | None = None, on: date | None = None) -> str:
        """What `code` is called, in the reader's language by default; the code itself if unknown."""
        entry = self.version(code, on)
        if entry is None:
            return code
        return entry.zh if (language or reader_language()) == "zh" else entry.en

    def valid(self, code: str, on: date | None = None) -> bool:
        """Whether the list has `code`, and on the day `on` if one is given."""
        versions = self.versions.get(code, ())
        return bool(versions) if on is None else any(entry.valid(on) for entry in versions)

    @cached_property
    def dated(self) -> bool:
        """Whether some code is not in force on every day."""
        return any(
            c.valid_from > date.min or c.valid_to < date.max for v in self.versions.values() for c in v
        )

    def choices(self, on: date | None = None) -> list[tuple[str, Promise]]:
        """Pairs with labels in the reader's language: of the codes in force `on` that day, else of all."""
        told = ((code, self.version(code, on)) for code in self.versions if self.valid(code, on))
        return [(code, label(entry.zh, entry.en)) for code, entry in told if entry]

    def resolve(self, text: str, source_system: str = "") -> str | None:
        """The code that `text` stands for in the source's own codes, our codes, other standards' or names."""
        theirs = mapping(source_system, self.name).get(text.strip()) if source_system else None
        return theirs or (text if text in self.versions else self._by_name.get(_fold(text)))

    @cached_property
    def _by_name(self) -> dict[str, str]:
        """Other spellings of codes; a code beats an alias, an alias a label."""
        labels = {_fold(name): c.code for v in self.versions.values() for c in v for name in (c.zh, c.en)}
        return labels | self.aliases | {_fold(code): code for code in self.versions}


def _fold(text: str) -> str:
    return text.strip().upper()


_lists: dict[str, CodeList] = {}
_makers: dict[str, Callable[[], CodeList]] = {}
_mappings: dict[tuple[str, str], dict[str, str]] = {}
_revision = 0


def define(name: str, zh: str, en: str, table: str) -> CodeList:
    """Add a list from lines `code|Chinese|English[|other code,other code…[|from[|until]]]`.

    `from` is the first day on which the code is in force, `until` the first on which it no longer is (ISO 8601); a
    code that is renamed has a line for each version, oldest first.
    """
    codes: list[Code] = []
    aliases: dict[str, str] = {}
    for line in filter(None, table.splitlines()):
        code, zh_label, en_label, others, since, until = (line.split("|") + [""] * 3)[:6]
        codes.append(Code(code, zh_label, en_label, *_validity(since, until)))
        aliases.update({other: code for other in others.split(",") if other})
    _lists[name] = CodeList(name, label(zh, en), codes, aliases)
    return _lists[name]


def _validity(since: str, until: str) -> tuple[date, date]:
    return (
        date.fromisoformat(since) if since else date.min,
        date.fromisoformat(until) if until else date.max,
    )


def define_later(name: str, make: Callable[[], CodeList]) -> None:
    """Add a list that is read when it is first asked for (a long one)."""
    _makers[name] = make


def get(name: str) -> CodeList:
    """The list called `name`; KeyError where there is none."""
    if name not in _lists:
        _lists[name] = _makers[name]()
    return _lists[name]


def names() -> list[str]:
    """The names of the product's lists, sorted; those of the bank's own attributes are `facet.x_name`, and not told."""
    return sorted(name for name in _lists.keys() | _makers.keys() if "." not in name)


def choices(name: str) -> list[tuple[str, Promise]]:
    """Choices of a model field from the list called `name`."""
    return get(name).choices()


def mapping(source_system: str, name: str) -> dict[str, str]:
    """How one source system writes the codes of a list: its code to ours; empty where it uses ours."""
    return _mappings.get((source_system, name), {})


def register_mapping(source_system: str, name: str, codes: Mapping[str, str]) -> None:
    """Tell how a source system writes the codes of a list.

    ValueError for a code of ours that is not one, and where a translated code would be translated
    again (their 1 is our 2, their 2 is our 3): such a source's layout must translate while parsing.
    """
    merged = {**mapping(source_system, name), **codes}
    unknown = sorted(set(codes.values()) - get(name).known)
    if unknown:
        raise ValueError(f"{name} has no code {', '.join(unknown)}")
    twice = sorted(ours for ours in merged.values() if merged.get(ours, ours) != ours)
    if twice:
        raise ValueError(f"{source_system} writes {', '.join(twice)} of {name} with another meaning")
    _mappings[(source_system, name)] = merged
    global _revision  # noqa: PLW0603 (a counter beside what it counts)
    _revision += 1


def revision() -> int:
    """A number that changes when a mapping is told, for whoever keeps something derived from mappings."""
    return _revision
