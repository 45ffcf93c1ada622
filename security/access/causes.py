"""Why clear values may be asked for (domain 5.4), and which causes need the number of a document."""

from django.utils.translation import gettext_lazy as _

from mdm.errors import Text

CAUSES: dict[str, Text] = {
    "PRESENT": _("The customer is present"),
    "TELEPHONE": _("Verification by telephone"),
    "AML": _("Anti-money-laundering investigation"),
    "JUDICIAL": _("Inquiry of a court or regulator"),
    "COMPLAINT": _("Complaint"),
    "CORRECTION": _("Data quality correction"),
    "DUPLICATE": _("Duplicate review"),
    "INCIDENT": _("IT incident"),
}
#: Causes that name a document, or a ticket.
DOCUMENTED = frozenset({"JUDICIAL", "INCIDENT"})
#: The shortest reason in words.
SHORTEST = 5
