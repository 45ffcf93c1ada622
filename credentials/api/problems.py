"""Problem types of documents: read off the tables of what is refused."""

from django.utils.translation import gettext_lazy as _

from credentials.rules.lifecycle import REFUSALS
from credentials.rules.succession import REFUSALS as SUCCESSION
from mdm.errors import Text
from mdm.rest.catalogue import ProblemType, register

_READ = _("Read the document again: its state says which steps it takes.")
_INTEGRITY: dict[str, Text] = {
    "integrity.branch": _("Branch outside your rights"),
    "integrity.view": _("No such view of the customer list"),
    "integrity.customer": _("No such customer, or outside your rights"),
}
_CHECKS: dict[str, Text] = {
    "credential.unfit": _("The draft is not complete"),
    "credential.notice": _("The issuer's notice is missing"),
    "check.unknown": _("Unknown code"),
    "check.ahead": _("The check lies ahead"),
    "check.evidence": _("The evidence of a check by hand is missing"),
    "check.auxiliary": _("Too few other documents"),
}

register(
    *(ProblemType(code, 409, title, _READ) for code, title in REFUSALS.items()),
    *(
        ProblemType(code, 422, title, _("Each place under “errors” names the field to correct."))
        for code, title in {**SUCCESSION, **_CHECKS, **_INTEGRITY}.items()
    ),
    ProblemType("credential.step", 404, _("There is no such step."), _READ),
)
