"""Values of attributes are sealed: nothing was ever kept in the clear column, so it goes and another comes."""

from typing import ClassVar

from django.db import migrations

from security.crypto.fields import SealedJSONField

#: Model -> the key purpose of its column; a row of the history opens with the key of the row that it tells of.
COLUMNS = {
    "credential": "credentials_credential.extension",
    "credentialverification": "credentials_credentialverification.extension",
    "historicalcredential": "credentials_credential.extension",
    "historicalcredentialverification": "credentials_credentialverification.extension",
}


def replaced(model: str, purpose: str) -> list[migrations.RemoveField | migrations.AddField]:
    """The clear column out, the sealed one in."""
    field = SealedJSONField("further attributes", null=True, blank=True, purpose=purpose)
    return [
        migrations.RemoveField(model_name=model, name="extension"),
        migrations.AddField(model_name=model, name="extension", field=field),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("credentials", "0007_integrity_scope")]

    operations: ClassVar = [step for model, purpose in COLUMNS.items() for step in replaced(model, purpose)]
