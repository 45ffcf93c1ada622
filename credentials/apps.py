"""The credentials app: registers subject 2 and how numbers are found."""

from collections.abc import Iterator

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from mdm.subjects import Bundle, Facet, Lookup, Subject, registry


class CredentialsConfig(AppConfig):
    """Identity documents and numbers."""

    name = "credentials"
    verbose_name = _("Credentials")

    def ready(self) -> None:
        from credentials import models, rules
        from credentials.reading import read_number
        from credentials.rules.completeness import expected
        from credentials.rules.lifecycle import follows
        from credentials.rules.telling import told_of_holder
        from credentials.selectors.duties import duties
        from credentials.services.complete import follow, follow_all
        from credentials.services.guarding import guard
        from credentials.services.lifecycle import RIGHT
        from customers.ports import provide_settling, provide_telling
        from customers.selectors.saved_views import register_list
        from customers.selectors.search import register_reader
        from mdm.quality.rules import book

        rules.register(book)
        register_operations()
        facets = (
            Facet(models.Credential, "credential", "type", True, RIGHT, guard=guard, follows=follows),
            Facet(
                models.CredentialVerification, "credential_verification", "method", True, RIGHT, told=False
            ),
        )
        registry.register(Subject(2, "credential", _("Credentials"), facets))
        register_list("documents_due", frozenset({"band", "org"}), "customer.view")
        registry.register_lookup(Lookup("CREDENTIAL", 2, typed_numbers))
        registry.register_lookup(Lookup("NUMBER", 3, bare_numbers))
        register_reader(read_number)
        provide_telling(told_of_holder)
        registry.expectations.append(expected)
        registry.obligations.append(duties)
        registry.followers.append(follow_all)
        provide_settling(follow)


def register_operations() -> None:
    """Tell the engine of approvals what may need a second person, and the scheduler of the nightly clock."""
    from credentials.services import requests
    from credentials.services.clock import DOCUMENTS
    from credentials.services.complete import AML_ELEMENTS
    from credentials.services.integrity import INTEGRITY
    from mdm import jobs

    requests.register_operations()
    jobs.register(DOCUMENTS)
    jobs.register(AML_ELEMENTS)
    jobs.register(INTEGRITY)


def typed_numbers(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """Type, country and normalised number: what names one person."""
    from credentials.rules.telling import tell

    for index, row in enumerate(bundle.rows("credential")):
        if number := tell(bundle, row).number:
            yield "credential", index, f"{row['type']}|{row.get('issuing_country') or ''}|{number}"


def bare_numbers(bundle: Bundle) -> Iterator[tuple[str, int, str]]:
    """The number alone and its equivalents (15 and 18 digits …): what search asks for."""
    from credentials.rules.recognition import equivalents
    from credentials.rules.telling import tell

    for index, row in enumerate(bundle.rows("credential")):
        number = tell(bundle, row).number
        others = [other.number for other in equivalents(str(row["type"]), number) if other.sure]
        for text in sorted({number, *others} - {""}):
            yield "credential", index, text
