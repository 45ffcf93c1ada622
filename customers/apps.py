"""The customers app: registers its subjects and how their sealed values are found."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mdm.subjects import Bundle, Facet, Lookup, Subject, registry

if TYPE_CHECKING:
    from mdm.history.models import SubjectModel


class CustomersConfig(AppConfig):
    """The customer and what describes it."""

    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers import rules
        from customers.selectors import search_terms, watching
        from customers.selectors.duties import duties
        from customers.selectors.relations import RELATED
        from customers.services import following, rescreening
        from customers.services.name_tokens import register_name_holder
        from mdm.quality.rules import book

        rules.register(book)
        register_operations()
        register_work()
        for subject in (basic(), *described()):
            registry.register(subject)
        registry.register_lookup(Lookup("PHONE", 4, phone_texts))
        registry.register_lookup(Lookup("EMAIL", 5, email_texts))
        registry.register_lookup(Lookup("ACCOUNT", 6, account_texts))
        registry.register_lookup(Lookup(RELATED, 7, related_texts))
        registry.register_lookup(Lookup("AGREEMENT", 8, agreement_texts))
        register_readers()
        register_name_holder()
        search_terms.register_own_holding()
        registry.obligations.append(duties)
        registry.followers.append(rescreening.note_all)
        watching.register()
        following.register()


def basic() -> Subject:
    """Subject 1: the customer's own row first, to which all others refer."""
    from customers import models
    from customers.models.derived import customer_columns, settle_paths
    from customers.rules.lifecycle import held_back
    from customers.services.locking import lock
    from mdm.codes.tables.customer import PERSON_TYPES

    settled = frozenset({"org_path"})
    customer = Facet(
        models.Customer,
        "customer",
        derive=customer_columns,
        settle=settle_paths,
        settled=settled,
        lock=lock,
        holding=held_back,
    )
    facets = (
        customer,
        Facet(models.CustomerName, "customer_name", "kind", multiple=True),
        Facet(models.PersonProfile, "person_profile", fits=lambda kind: kind in PERSON_TYPES),
        Facet(
            models.OrganisationProfile,
            "organisation_profile",
            fits=lambda kind: kind != "PERSON",  # who trades has a business
        ),
    )
    return Subject(1, "customer", _("Basic information"), facets)


def register_readers() -> None:
    """Tell search how typed texts are read as contacts, source keys and accounts."""
    from customers.selectors.accounts import read_account, read_agreement
    from customers.selectors.search import (
        read_attributes,
        read_contact,
        read_source_key,
        register_reader,
    )

    for reader in (read_contact, read_source_key, read_account, read_agreement, read_attributes):
        register_reader(reader)


def register_work() -> None:
    """Tell jobs and erasures of documents, and who fills the index of search for attributes."""
    from customers.services.disposing import JOB
    from customers.services.forgetting import forget_documents
    from customers.services.indexing import INDEX_CUSTOMERS, order
    from mdm import erasure, jobs
    from mdm.dictionary import indexing

    jobs.register(JOB)
    jobs.register(INDEX_CUSTOMERS)
    indexing.register(order)
    erasure.register(forget_documents)


def register_operations() -> None:
    """Tell the engine of approvals what may need a second person, and erasure what exports keep."""
    from customers.services import certifying, erasure_requests, exporting, lifecycle_requests, requesting
    from mdm import erasure

    erasure.register(exporting.forget)
    erasure.register(certifying.forget)
    requesting.register_operations()
    erasure_requests.register_operation()
    lifecycle_requests.register_operations()


def described() -> Iterator[Subject]:
    """The subjects that describe a customer, each of rows told apart by their kind."""
    from customers import models
    from customers.rules.contact import follows

    def rows(model: "type[SubjectModel]", name: str, **more: Any) -> Facet:
        return Facet(model, name, "kind", multiple=True, **more)

    contact = (
        rows(models.Phone, "phone", follows=follows),
        rows(models.Email, "email", follows=follows),
        rows(models.FurtherContact, "further_contact", follows=follows),
        rows(models.ChannelPreference, "channel_preference"),
        rows(models.Consent, "consent"),
    )
    financial = (
        rows(models.Income, "income"),
        rows(models.FinancialStatement, "financial_statement"),
        rows(models.ExpectedActivity, "expected_activity"),
    )
    rating = (
        rows(models.Rating, "rating", permission="compliance.change"),
        rows(models.Restriction, "restriction", permission="compliance.change"),
    )
    yield Subject(3, "contact", _("Contact"), contact)
    yield Subject(4, "address", _("Addresses"), (rows(models.Address, "address"),))
    yield Subject(5, "relationship", _("Relations"), (rows(models.Relationship, "relationship"),))
    yield Subject(6, "agreement", _("Agreements"), (agreement(),))
    yield Subject(7, "financial", _("Finances"), financial)
    yield Subject(8, "rating", _("Ratings and restrictions"), rating)
    yield Subject(9, "event", _("Events"), (rows(models.CustomerEvent, "customer_event"), document()))


def agreement() -> Facet:
    """Accounts and contracts, which stand in the way of closing until they are closed."""
    from customers.models import Agreement
    from customers.rules.agreement import is_open

    return Facet(Agreement, "agreement", "kind", multiple=True, live=is_open)


def document() -> Facet:
    """Documents: their rows come with the content that they describe, and in no other way."""
    from customers.models import Document

    return Facet(Document, "document", "kind", multiple=True, permission="document.change", told=False)


def phone_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The telephone numbers of a bundle as search asks for them."""
    from customers.rules.contact import normalise_phone

    for index, row in enumerate(bundle.rows("phone")):
        yield "phone", index, normalise_phone(str(row.get("number") or ""))


def email_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The e-mail addresses of a bundle as search asks for them."""
    from customers.rules.contact import normalise_email

    for index, row in enumerate(bundle.rows("email")):
        yield "email", index, normalise_email(str(row.get("address") or ""))


def account_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The accounts and cards of a bundle as search asks for them: digits and letters only."""
    from customers.rules.agreement import normalise_account

    for index, row in enumerate(bundle.rows("agreement")):
        number = normalise_account(str(row.get("account_no") or ""))
        if number:
            yield "agreement", index, number


def agreement_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The numbers of a bundle's agreements as search asks for them: digits and letters only."""
    from customers.rules.agreement import normalise_account

    for facet in ("agreement", "agency_agreement"):
        for index, row in enumerate(bundle.rows(facet)):
            if number := normalise_account(str(row.get("agreement_no") or "")):
                yield facet, index, number


def related_texts(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The customers that a bundle names, so that relations are found from their other end."""
    for index, row in enumerate(bundle.rows("relationship")):
        number = str(row.get("other_no") or "").strip().upper()
        if number:
            yield "relationship", index, number
