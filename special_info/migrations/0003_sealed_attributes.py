"""Values of attributes are sealed: nothing was ever kept in the clear column, so it goes and another comes."""

from typing import ClassVar

from django.db import migrations

from security.crypto.fields import SealedJSONField

#: Model -> the key purpose of its column; a row of the history opens with the key of the row that it tells of.
COLUMNS = {
    "agencyagreement": "special_info_agencyagreement.extension",
    "agencybatch": "special_info_agencybatch.extension",
    "agencyhandler": "special_info_agencyhandler.extension",
    "controllingperson": "special_info_controllingperson.extension",
    "historicalagencyagreement": "special_info_agencyagreement.extension",
    "historicalagencybatch": "special_info_agencybatch.extension",
    "historicalagencyhandler": "special_info_agencyhandler.extension",
    "historicalcontrollingperson": "special_info_controllingperson.extension",
    "historicalinvestorassessment": "special_info_investorassessment.extension",
    "historicaltaxcertification": "special_info_taxcertification.extension",
    "historicaltaxresidence": "special_info_taxresidence.extension",
    "investorassessment": "special_info_investorassessment.extension",
    "taxcertification": "special_info_taxcertification.extension",
    "taxresidence": "special_info_taxresidence.extension",
}


def replaced(model: str, purpose: str) -> list[migrations.RemoveField | migrations.AddField]:
    """The clear column out, the sealed one in."""
    field = SealedJSONField("further attributes", null=True, blank=True, purpose=purpose)
    return [
        migrations.RemoveField(model_name=model, name="extension"),
        migrations.AddField(model_name=model, name="extension", field=field),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("special_info", "0002_scope")]

    operations: ClassVar = [step for model, purpose in COLUMNS.items() for step in replaced(model, purpose)]
