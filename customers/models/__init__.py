"""Models of the customer and its descriptive subjects."""

from customers.models.address import Address
from customers.models.agreement import Agreement
from customers.models.base import CustomerFacet, optional
from customers.models.certificate import HistoryCertificate
from customers.models.contact import ChannelPreference, Consent, Email, FurtherContact, Phone
from customers.models.customer import Customer, CustomerName, OrganisationProfile, PersonProfile
from customers.models.document import Document
from customers.models.event import CustomerEvent
from customers.models.financial import ExpectedActivity, FinancialStatement, Income
from customers.models.mark import AccessMark, MarkKind
from customers.models.rating import Rating, Restriction
from customers.models.relationship import Relationship
from customers.models.saved_view import SavedView
from customers.models.subscription import OF_CUSTOMERS, BranchSubscription, NoticeKind, Subscription
from customers.models.tombstone import ErasedKey, Tombstone

__all__ = [
    "OF_CUSTOMERS",
    "AccessMark",
    "Address",
    "Agreement",
    "BranchSubscription",
    "ChannelPreference",
    "Consent",
    "Customer",
    "CustomerEvent",
    "CustomerFacet",
    "CustomerName",
    "Document",
    "Email",
    "ErasedKey",
    "ExpectedActivity",
    "FinancialStatement",
    "FurtherContact",
    "HistoryCertificate",
    "Income",
    "MarkKind",
    "NoticeKind",
    "OrganisationProfile",
    "PersonProfile",
    "Phone",
    "Rating",
    "Relationship",
    "Restriction",
    "SavedView",
    "Subscription",
    "Tombstone",
    "optional",
]
