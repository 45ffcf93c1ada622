"""A load says in its reason which fields it kept as staff had made them, and the next load reads them there."""

import pytest

from mdm.bulk.last_told import keeping, kept_in, load_reason
from mdm.bulk.stamp import Stamp
from mdm.bulk.tables import built_in_fields
from mdm.subjects import registry
from tests.factories.customers import DAY
from tests.factories.security import NOW, everything

#: The bank's own attributes of one facet, beside the built-in fields.
OWN = [f"attribute_of_the_bank_{at}" for at in range(40)]


@pytest.mark.parametrize("name", [facet.name for facet in registry.facets()])
def test_every_field_that_was_kept_is_named_however_many(name: str) -> None:
    model = registry.facet(name).model
    names = sorted([field.attname for field in built_in_fields(model)] + OWN)
    stamp = Stamp(everything(), NOW, keeping(load_reason(10**12), names), DAY)

    reason = stamp.history("~")["history_change_reason"]

    assert kept_in({"history_change_reason": reason}) == set(names)
    column = model.history.model._meta.get_field("history_change_reason")  # type: ignore[attr-defined]
    assert len(reason) <= column.max_length
