"""Staff pages about customers: search, panorama, history, creating, lists and forms of the subjects."""

from customers.admin import (
    address,
    business,
    contact,
    customer,
    history,
    home,
    onboarding,
    panorama,
    relationship,
    search,
)

__all__ = [
    "address",
    "business",
    "contact",
    "customer",
    "history",
    "home",
    "onboarding",
    "panorama",
    "relationship",
    "search",
]
