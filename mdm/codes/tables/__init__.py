"""The tables of the code lists, one module a theme; importing one defines its lists."""

from importlib import import_module

_TABLES = (
    "country",
    "currency",
    "region",
    "customer",
    "person",
    "ethnicity",
    "organisation",
    "credential",
    "contact",
    "agreement",
    "rating",
    "relationship",
    "special",
    "document",
)


def load() -> None:
    """Define every list of the product."""
    for table in _TABLES:
        import_module(f"{__name__}.{table}")
