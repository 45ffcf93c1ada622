"""Rights: how far a grant reaches, what roles hide, separation of duties, unmasking, alarms, emergency access."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from security.access import policies

_ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def _patterns(name):
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(max_length=121), default=list, size=None, verbose_name=name
    )


def _exception(model):
    return [
        migrations.AddField(model, "given_by", models.CharField(blank=True, max_length=80, verbose_name="given by")),
        migrations.AddField(model, "given_at", models.DateTimeField(null=True, verbose_name="given at")),
        migrations.AddField(model, "reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
    ]


class Migration(migrations.Migration):
    dependencies = [("security", "0003_staff_no")]
    operations = [
        migrations.AddField("role", "hidden_fields", _patterns("hidden fields")),
        migrations.AddField("role", "locked_fields", _patterns("locked fields")),
        migrations.AddField(
            "grant",
            "scope",
            models.CharField(
                choices=[
                    ("SUBTREE", "this branch and all below it"),
                    ("SELF", "this branch only"),
                    ("PARENT_CHAIN", "this branch and those above it"),
                    ("LIST", "this branch and others that are named, each with all below it"),
                    ("ALL", "the whole bank"),
                ],
                default="SUBTREE",
                max_length=12,
                verbose_name="reach",
            ),
        ),
        migrations.AddField(
            "grant",
            "nodes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), default=list, size=None, verbose_name="further branches"
            ),
        ),
        migrations.AddField("grant", "filters", models.JSONField(default=dict, verbose_name="filters")),
        *_exception("userexception"),
        *_exception("groupexception"),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                _ID,
                ("at", models.DateTimeField(verbose_name="time")),
                ("shown_until", models.DateTimeField(verbose_name="shown until")),
                ("user_id", models.BigIntegerField(verbose_name="user")),
                ("actor", models.CharField(max_length=80, verbose_name="who")),
                ("org_code", models.CharField(blank=True, max_length=20, verbose_name="branch")),
                ("channel", models.CharField(max_length=20, verbose_name="channel")),
                ("customer_id", models.BigIntegerField(verbose_name="customer")),
                ("facet", models.CharField(max_length=60, verbose_name="subject")),
                ("row_id", models.BigIntegerField(verbose_name="entry")),
                ("fields", models.JSONField(default=list, verbose_name="fields")),
                ("cause", models.CharField(max_length=20, verbose_name="cause")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="request")),
            ],
            options={
                "verbose_name": "unmasking",
                "verbose_name_plural": "unmaskings",
                "indexes": [
                    models.Index(fields=["user_id", "-at"], name="reveal_user"),
                    models.Index(fields=["customer_id", "-at"], name="reveal_customer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                _ID,
                ("code", models.CharField(max_length=40, unique=True, verbose_name="rule")),
                ("kind", models.CharField(max_length=20, verbose_name="pattern")),
                ("name_zh", models.CharField(max_length=80, verbose_name="Chinese name")),
                ("name_en", models.CharField(max_length=80, verbose_name="English name")),
                ("threshold", models.PositiveIntegerField(default=1, verbose_name="from this many on")),
                ("minutes", models.PositiveIntegerField(default=60, verbose_name="within minutes")),
                ("settings", models.JSONField(blank=True, default=dict, verbose_name="settings")),
                ("active", models.BooleanField(default=True, verbose_name="in force")),
            ],
            options={
                "verbose_name": "alarm rule",
                "verbose_name_plural": "alarm rules",
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                _ID,
                ("at", models.DateTimeField(verbose_name="time")),
                ("rule", models.CharField(max_length=40, verbose_name="rule")),
                ("user_id", models.BigIntegerField(null=True, verbose_name="user")),
                ("actor", models.CharField(max_length=80, verbose_name="who")),
                (
                    "org",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="security.organisation",
                        verbose_name="branch",
                    ),
                ),
                ("customer_id", models.BigIntegerField(null=True, verbose_name="customer")),
                ("details", models.JSONField(default=dict, verbose_name="details")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="closed at")),
                ("closed_by", models.CharField(blank=True, max_length=80, verbose_name="closed by")),
                ("finding", models.CharField(blank=True, max_length=200, verbose_name="finding")),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "indexes": [models.Index(fields=["-at", "-id"], name="alert_time")],
            },
        ),
        migrations.CreateModel(
            name="DutyPair",
            fields=[
                _ID,
                ("one", models.CharField(max_length=60, verbose_name="right")),
                ("other", models.CharField(max_length=60, verbose_name="and right")),
                ("why_zh", models.CharField(max_length=120, verbose_name="Chinese explanation")),
                ("why_en", models.CharField(max_length=120, verbose_name="English explanation")),
                ("active", models.BooleanField(default=True, verbose_name="in force")),
            ],
            options={
                "verbose_name": "separation of duties",
                "verbose_name_plural": "separations of duties",
                "ordering": ["one", "other"],
                "constraints": [models.UniqueConstraint(fields=("one", "other"), name="duty_pair_once")],
            },
        ),
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                _ID,
                ("minutes", models.PositiveIntegerField(verbose_name="minutes")),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ASKED", "asked for"),
                            ("OPEN", "open"),
                            ("REFUSED", "refused"),
                            ("CLOSED", "closed"),
                        ],
                        default="ASKED",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "allowed_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None, verbose_name="allowed by"
                    ),
                ),
                ("ends_at", models.DateTimeField(null=True, verbose_name="ends at")),
                (
                    "grant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="security.grant",
                        verbose_name="role grant",
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="security.role",
                        verbose_name="role",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={"verbose_name": "emergency access", "verbose_name_plural": "emergency access"},
        ),
        migrations.RunSQL(policies.append_only("security_reveal"), policies.writable("security_reveal")),
        *(
            migrations.RunSQL(policies.never_deleted(table), policies.deletable(table))
            for table in (
                "security_alert",
                "security_alertrule",
                "security_dutypair",
                "security_breakglass",
            )
        ),
    ]
