"""Models of the customer and its descriptive subjects."""

from customers.models.address import Address
from customers.models.base import CustomerFacet
from customers.models.contact import Email, Phone
from customers.models.customer import Customer, CustomerName, OrganisationProfile, PersonProfile

__all__ = [
    "Address",
    "Customer",
    "CustomerFacet",
    "CustomerName",
    "Email",
    "OrganisationProfile",
    "PersonProfile",
    "Phone",
]
