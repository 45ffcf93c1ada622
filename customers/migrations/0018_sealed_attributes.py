"""Values of attributes are sealed: nothing was ever kept in the clear column, so it goes and another comes."""

from typing import ClassVar

from django.db import migrations

from security.crypto.fields import SealedJSONField

#: Model -> the key purpose of its column; a row of the history opens with the key of the row that it tells of.
COLUMNS = {
    "address": "customers_address.extension",
    "agreement": "customers_agreement.extension",
    "channelpreference": "customers_channelpreference.extension",
    "consent": "customers_consent.extension",
    "customer": "customers_customer.extension",
    "customerevent": "customers_customerevent.extension",
    "customername": "customers_customername.extension",
    "document": "customers_document.extension",
    "email": "customers_email.extension",
    "financialstatement": "customers_financialstatement.extension",
    "historicaladdress": "customers_address.extension",
    "historicalagreement": "customers_agreement.extension",
    "historicalchannelpreference": "customers_channelpreference.extension",
    "historicalconsent": "customers_consent.extension",
    "historicalcustomer": "customers_customer.extension",
    "historicalcustomerevent": "customers_customerevent.extension",
    "historicalcustomername": "customers_customername.extension",
    "historicaldocument": "customers_document.extension",
    "historicalemail": "customers_email.extension",
    "historicalfinancialstatement": "customers_financialstatement.extension",
    "historicalincome": "customers_income.extension",
    "historicalorganisationprofile": "customers_organisationprofile.extension",
    "historicalpersonprofile": "customers_personprofile.extension",
    "historicalphone": "customers_phone.extension",
    "historicalrating": "customers_rating.extension",
    "historicalrelationship": "customers_relationship.extension",
    "historicalrestriction": "customers_restriction.extension",
    "income": "customers_income.extension",
    "organisationprofile": "customers_organisationprofile.extension",
    "personprofile": "customers_personprofile.extension",
    "phone": "customers_phone.extension",
    "rating": "customers_rating.extension",
    "relationship": "customers_relationship.extension",
    "restriction": "customers_restriction.extension",
}


def replaced(model: str, purpose: str) -> list[migrations.RemoveField | migrations.AddField]:
    """The clear column out, the sealed one in."""
    field = SealedJSONField("further attributes", null=True, blank=True, purpose=purpose)
    return [
        migrations.RemoveField(model_name=model, name="extension"),
        migrations.AddField(model_name=model, name="extension", field=field),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0017_managed_at")]

    operations: ClassVar = [step for model, purpose in COLUMNS.items() for step in replaced(model, purpose)]
