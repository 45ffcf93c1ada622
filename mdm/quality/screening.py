"""Screening as every door does it: safe fixes first, then the rules; what is blocked is refused."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from mdm.errors import Invalid
from mdm.quality import attributes, in_force, overruled, required
from mdm.quality.engine import screened
from mdm.quality.rules import Finding, Severity, book
from mdm.subjects import Bundle

__all__ = ["blocked", "refuse_blocked", "screened"]

book.register(required.RULE, in_force.RULE, overruled.RULE, overruled.HELD, *attributes.RULES)


def blocked(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that reject a record."""
    return [finding for finding in findings if finding.severity is Severity.BLOCK]


def refuse_blocked(bundle: Bundle, findings: Sequence[Finding]) -> None:
    """Raise Invalid `record.refused`, with every place, where a finding blocks."""
    refused = blocked(findings)
    if refused:
        errors = [finding.as_field_error() for finding in refused]
        raise Invalid("record.refused", _("This cannot be saved as it is."), errors)
