"""How often each key has encrypted; nothing of it is deleted."""

from django.db import migrations, models

from security.access import policies

_USES = "security_keyuse"


class Migration(migrations.Migration):
    dependencies = [("security", "0013_signers_apart")]
    operations = [
        migrations.CreateModel(
            name="KeyUse",
            fields=[
                ("key_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="key")),
                ("used", models.BigIntegerField(verbose_name="encryptions")),
            ],
            options={"verbose_name": "use of a key", "verbose_name_plural": "uses of keys"},
        ),
        migrations.RunSQL(policies.never_deleted(_USES), policies.deletable(_USES)),
    ]
