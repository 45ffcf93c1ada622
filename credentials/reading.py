"""Reading a typed text as a document number, for search."""

from collections.abc import Sequence

from credentials.rules.recognition import equivalents, recognise
from customers.selectors.search import Interpretation, Reading
from mdm.codes import get as code_list
from mdm.codes import label


def read_number(text: str) -> Sequence[Reading]:
    """Every kind of document the text may be a number of, each a look-up of the bare number and its equivalents."""
    names = code_list("credential_type")
    readings = []
    for found in recognise(text):
        told = Interpretation(found.kind, label(names.label(found.kind, "zh"), names.label(found.kind, "en")))
        others = [other.number for other in equivalents(found.kind, found.normalised) if other.sure]
        readings += [(told, "NUMBER", number) for number in (found.normalised, *others)]
    return readings
