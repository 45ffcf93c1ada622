"""Tax residence, qualified investors, agency payment."""

from special_info.models.agency_payment import AgencyAgreement, AgencyBatch, AgencyHandler, AgencyLine
from special_info.models.investor import InvestorAssessment
from special_info.models.tax import ControllingPerson, TaxCertification, TaxResidence

__all__ = [
    "AgencyAgreement",
    "AgencyBatch",
    "AgencyHandler",
    "AgencyLine",
    "ControllingPerson",
    "InvestorAssessment",
    "TaxCertification",
    "TaxResidence",
]
