"""The layouts the product knows by name; a new file interface is one more entry."""

from django.utils.translation import gettext_lazy as _

from batch.layouts.core_customer import CORE_CUSTOMER, CORE_CUSTOMER_GB18030
from batch.layouts.febrl import FEBRL
from batch.layouts.layout import Layout
from mdm.errors import NotFound

_LAYOUTS = {layout.name: layout for layout in (CORE_CUSTOMER, CORE_CUSTOMER_GB18030, FEBRL)}


def layout(name: str) -> Layout:
    """The layout called `name`; NotFound `layout.unknown` where there is none."""
    try:
        return _LAYOUTS[name]
    except KeyError:
        raise NotFound("layout.unknown", _("There is no layout of this name.")) from None


def layouts() -> list[Layout]:
    """Every layout, by name."""
    return sorted(_LAYOUTS.values(), key=lambda known: known.name)
