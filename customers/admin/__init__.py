"""Staff pages about customers: search, panorama, history, creating, lists and forms of the subjects."""

from customers.admin import (
    access,
    address,
    business,
    changes,
    contact,
    customer,
    erasing,
    exporting,
    history,
    home,
    onboarding,
    panorama,
    relationship,
    revealing,
    search,
)

__all__ = [
    "access",
    "address",
    "business",
    "changes",
    "contact",
    "customer",
    "erasing",
    "exporting",
    "history",
    "home",
    "onboarding",
    "panorama",
    "relationship",
    "revealing",
    "search",
]
