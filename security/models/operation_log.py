"""The operation log: who did what to which object, through which door, and why. Append-only."""

from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from security.models.transaction_id import TransactionIdField


class OperationLog(models.Model):
    """One operation, written in the transaction that does it (design idea 8).

    Names fields and history rows, never values. The application's database roles may only insert
    and read (migrations `0002`, `0007`). `tx` is the transaction that wrote the row: rows are sealed in
    the order of (`tx`, `id`) once every transaction up to theirs has ended (`security.audit.sealing`).
    """

    at = models.DateTimeField(_("time"))
    actor = models.CharField(_("who"), max_length=80)
    actor_id = models.BigIntegerField(_("user"), null=True)
    roles = models.CharField(_("roles"), max_length=200, blank=True)
    org_code = models.CharField(_("branch"), max_length=20, blank=True)
    channel = models.CharField(_("channel"), max_length=20)
    address = models.GenericIPAddressField(_("network address"), null=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    action = models.CharField(_("action"), max_length=60)
    subject = models.CharField(_("subject"), max_length=60, blank=True)
    object_id = models.BigIntegerField(_("object"), null=True)
    customer_id = models.BigIntegerField(_("customer"), null=True)
    fields = models.JSONField(_("details"), default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    result = models.CharField(_("result"), max_length=40, default="ok")
    code = models.CharField(_("code of the refusal"), max_length=60, blank=True, default="", db_default="")
    tx = TransactionIdField(
        _("transaction"),
        editable=False,
        db_default=Func(function="panorama_log_tx", output_field=TransactionIdField()),
    )

    class Meta:
        verbose_name = _("operation")
        verbose_name_plural = _("operation log")
        indexes = [
            models.Index(fields=["customer_id", "-at"], name="oplog_customer"),
            models.Index(fields=["actor", "-at"], name="oplog_actor"),
            models.Index(fields=["-at", "-id"], name="oplog_time"),
            models.Index(fields=["tx", "id"], name="oplog_sealing"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action}"
