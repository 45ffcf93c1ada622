"""The customers app: registers subjects 1, 3 and 4 and how their sealed values are found."""

from collections.abc import Iterator

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mdm.subjects import Bundle, Facet, Lookup, Subject, registry


class CustomersConfig(AppConfig):
    """Customer, contact, address."""

    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers import models, rules
        from customers.models.derived import customer_columns, settle_paths
        from customers.selectors.search import read_contact, register_reader
        from customers.services.locking import lock
        from mdm.quality.rules import book

        rules.register(book)
        customer = Facet(
            models.Customer,
            "customer",
            derive=customer_columns,
            settle=settle_paths,
            settled=frozenset({"org_path"}),
            lock=lock,
        )
        registry.register(
            Subject(
                1,
                "customer",
                _("Basic information"),
                (
                    customer,
                    Facet(models.CustomerName, "customer_name", "kind", multiple=True),
                    Facet(models.PersonProfile, "person_profile"),
                    Facet(models.OrganisationProfile, "organisation_profile"),
                ),
            )
        )
        phone = Facet(models.Phone, "phone", "kind", multiple=True)
        email = Facet(models.Email, "email", "kind", multiple=True)
        registry.register(Subject(3, "contact", _("Contact"), (phone, email)))
        address = Facet(models.Address, "address", "kind", multiple=True)
        registry.register(Subject(4, "address", _("Addresses"), (address,)))
        registry.register_lookup(Lookup("PHONE", 4, phone_texts))
        registry.register_lookup(Lookup("EMAIL", 5, email_texts))
        register_reader(read_contact)


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
