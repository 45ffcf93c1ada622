"""The layouts the product knows by name; a new file interface is one more entry."""

from functools import cache

from django.utils.translation import gettext_lazy as _

from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.facet import facet_layouts
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from mdm.errors import NotFound


@cache
def _layouts() -> dict[str, Layout]:
    """By name; those of single facets follow from what the apps have registered."""
    return {known.name: known for known in (CORE_CUSTOMER, CORE_CUSTOMER_GB18030, FEBRL, *facet_layouts())}


def layout(name: str) -> Layout:
    """The layout called `name`; NotFound `layout.unknown` where there is none."""
    try:
        return _layouts()[name]
    except KeyError:
        raise NotFound("layout.unknown", _("There is no layout of this name.")) from None


def layouts() -> list[Layout]:
    """Every layout, by name."""
    return sorted(_layouts().values(), key=lambda known: known.name)
