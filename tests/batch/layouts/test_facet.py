"""Layouts of single facets follow from the models: what a source may tell, each facet has a file for."""

from pathlib import Path

import pytest

from batch.formats.lines import Record
from batch.layouts.facet import FacetLayout
from batch.layouts.registry import layout, layouts
from batch.pipeline.facet_rows import read
from mdm.errors import Invalid
from mdm.subjects import registry

LAYOUTS = [known for known in layouts() if isinstance(known, FacetLayout)]


def test_every_facet_can_be_delivered() -> None:
    """All nine subjects: the customer's row comes with the customer's file, documents with their pictures."""
    with_files = {known.facet for known in LAYOUTS}
    assert {facet.name for facet in registry.facets()} - with_files == {"customer", "document"}
    assert len({known.name for known in LAYOUTS}) == len(LAYOUTS)


@pytest.mark.parametrize("known", LAYOUTS, ids=lambda known: known.name)
def test_columns_are_fields_that_may_be_told(known: FacetLayout) -> None:
    assert len(set(known.names)) == len(known.names)
    assert set(known.needed) <= set(known.names)
    model = registry.facet(known.facet).model
    operated = model.OPERATED - set(model.FIRST)  # of the states, files tell in which of the first one begins
    if known.name == known.facet and known.facet != "credential_verification":
        assert not operated & set(known.names)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("tax_certification", {"submit", "reopen", "withdraw", "invalidate"}),
        ("investor_assessment", {"submit", "reopen", "revoke"}),
        ("agency_agreement", {"submit", "reopen", "suspend", "resume", "terminate"}),
        ("consent", set()),
    ],
)
def test_steps_are_those_of_the_maker(name: str, steps: set[str]) -> None:
    """What a second person or the clock does, no file does."""
    known = layout(name)
    assert isinstance(known, FacetLayout)
    assert set(known.operations) == {"add", "change", "end"} | steps


def test_a_file_tells_the_columns_that_it_names(tmp_path: Path) -> None:
    path = tmp_path / "consent.csv"
    path.write_text("operation,source_system,customer_no,slot,decision,colour\n", encoding="utf-8")
    assert layout("consent").of(path).names == (
        "operation",
        "source_system",
        "customer_no",
        "slot",
        "decision",
    )
    assert layout("consent").of(tmp_path / "none.csv").names == ("operation", "source_system", "source_key")


def test_values_are_read_by_their_fields() -> None:
    """Dates, codes in words, yes and no, amounts; what is none of its kind is told by column and code."""
    known = layout("channel_preference")
    assert isinstance(known, FacetLayout)
    cells = {
        "operation": "add",
        "source_system": "crm",
        "customer_no": "c1",
        "kind": "营销",
        "allowed": "否",
    }
    told = read(known, Record(2, "", [cells.get(name) for name in known.names]))
    assert (told.number, told.values["kind"], told.values["allowed"]) == ("C1", "MARKETING", False)
    with pytest.raises(Invalid) as refused:
        read(known, Record(2, "", [{**cells, "allowed": "perhaps"}.get(name) for name in known.names]))
    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/allowed", "value.bool")]
