"""Which country's customs a bundle's local writings follow."""

from functools import cache

from mdm import codes
from mdm.subjects import Bundle

HOME = "CN"


def region_of(bundle: Bundle) -> str:
    """Alpha-2 code of the country whose local numbers the customer writes: that of the first address."""
    country = bundle.first("address").get("country")
    return alpha2(country) if country else HOME


@cache
def alpha2(country: str) -> str:
    """The alpha-2 code of an alpha-3 code; home where there is none."""
    aliases = codes.get("country").aliases.items()
    return next((alias for alias, code in aliases if code == country and alias.isalpha()), HOME)
