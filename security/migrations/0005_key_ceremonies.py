"""Versions of the root key, since when a key is in its state, and key ceremonies."""

from django.db import migrations, models
from django.db.models import F, Q

from security.access import policies

STATES = [
    ("pre_active", "made, not yet in use"),
    ("active", "in use"),
    ("decrypt_only", "decrypts only"),
    ("disabled", "disabled"),
    ("compromised", "compromised"),
    ("destroyed", "destroyed"),
]
ACTIONS = [
    ("create", "make a new version"),
    ("activate", "put into use"),
    ("rotate", "rotate"),
    ("disable", "disable"),
    ("reinstate", "take back from disabled"),
    ("destroy", "destroy"),
    ("reshare", "change how the root key is unsealed"),
    ("revoke", "revoke at once"),
]
CEREMONY_STATES = [
    ("proposed", "waits for a second person"),
    ("confirmed", "being carried out"),
    ("done", "done"),
    ("failed", "could not be done"),
    ("withdrawn", "taken back"),
]
SINCE = {"field": models.DateTimeField(null=True, verbose_name="in this state since"), "name": "state_since"}


class Migration(migrations.Migration):
    dependencies = [("security", "0004_rights")]
    operations = [
        migrations.AddField(model_name="domainkey", **SINCE),
        migrations.AddField(model_name="datakey", **SINCE),
        migrations.CreateModel(
            name="RootKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("state", models.CharField(choices=STATES, max_length=16, verbose_name="state")),
                ("wrapped", models.BinaryField(null=True, verbose_name="wrapped key")),
                ("check_value", models.CharField(max_length=6, verbose_name="check value")),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("created_by", models.CharField(max_length=150, verbose_name="created by")),
                ("state_since", models.DateTimeField(null=True, verbose_name="in this state since")),
                ("revision", models.BigIntegerField(verbose_name="revision")),
                ("mac", models.BinaryField(verbose_name="row authenticator")),
                ("provider", models.CharField(max_length=32, verbose_name="held by")),
            ],
            options={
                "verbose_name": "root key",
                "verbose_name_plural": "root keys",
                "constraints": [
                    models.UniqueConstraint(fields=["version"], name="root_key_version"),
                    models.UniqueConstraint(
                        fields=["state"], condition=Q(state="active"), name="root_key_one_active"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=[code for code, _ in STATES]), name="root_key_state"
                    ),
                    models.CheckConstraint(condition=Q(wrapped=None), name="root_key_never_stored"),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyCeremony",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(choices=ACTIONS, max_length=12, verbose_name="ceremony")),
                ("level", models.CharField(max_length=2, verbose_name="level")),
                ("target", models.CharField(blank=True, max_length=160, verbose_name="key")),
                ("parameters", models.JSONField(default=dict, verbose_name="details")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("state", models.CharField(choices=CEREMONY_STATES, max_length=10, verbose_name="state")),
                ("proposed_by", models.CharField(max_length=150, verbose_name="proposed by")),
                ("proposed_by_id", models.BigIntegerField()),
                ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                ("confirmed_by", models.CharField(blank=True, max_length=150, verbose_name="confirmed by")),
                ("confirmed_by_id", models.BigIntegerField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done at")),
                ("problem", models.CharField(blank=True, max_length=60, verbose_name="problem")),
                ("result", models.JSONField(default=dict, verbose_name="result")),
                ("mac", models.BinaryField(max_length=32)),
            ],
            options={
                "verbose_name": "key ceremony",
                "verbose_name_plural": "key ceremonies",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(confirmed_by_id=None) | ~Q(confirmed_by_id=F("proposed_by_id")),
                        name="ceremony_two_persons",
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=["proposed", "withdrawn"])
                        | Q(confirmed_by_id__isnull=False)
                        | Q(action="revoke"),
                        name="ceremony_confirmed",
                    ),
                    models.UniqueConstraint(
                        fields=["action", "level", "target"],
                        condition=Q(state__in=["proposed", "confirmed"]),
                        name="ceremony_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(policies.read_only("security_rootkey"), policies.restored("security_rootkey")),
        migrations.RunSQL(
            policies.never_deleted("security_keyceremony"), policies.deletable("security_keyceremony")
        ),
    ]
