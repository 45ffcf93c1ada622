"""Exact search over values of attributes: what of a bundle is digested, under one kind for all of them."""

from collections.abc import Iterator

from mdm.extension.attributes import Attribute, current, read_text
from mdm.extension.kinds import Kind
from mdm.subjects import Bundle, Lookup

#: The kind in the lookup index; its stored number is never reused.
KIND, NUMBER = "ATTRIBUTE", 9


def attribute_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The values of attributes that search should find, each behind the name of its attribute."""
    for facet, attributes in current().by_facet.items():
        for attribute in attributes:
            if attribute.told.searchable:
                for index, row in enumerate(bundle.rows(facet)):
                    if value := attribute.normalised(row.get(attribute.key)):
                        yield facet, index, _named(attribute, value)


def attribute_readings(text: str) -> Iterator[tuple[Attribute, str]]:
    """How a typed text may be a value of attributes: each with the text that was digested."""
    for attributes in current().by_facet.values():
        for attribute in attributes:
            if attribute.told.searchable and (value := _typed(attribute, text.strip())):
                yield attribute, _named(attribute, value)


def _typed(attribute: Attribute, text: str) -> str:
    """A typed text as its value is digested; empty where it can be none."""
    kind = attribute.told.kind
    if kind in (Kind.WHOLE, Kind.AMOUNT, Kind.DAY):
        return attribute.normalised(read_text(kind, text))
    return attribute.normalised(text)


def _named(attribute: Attribute, value: str) -> str:
    return f"{attribute.told.facet}.{attribute.key}={value}"


LOOKUP = Lookup(KIND, NUMBER, attribute_texts)
