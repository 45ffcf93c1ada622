"""What an attribute may hold."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """The kinds of values."""

    TEXT = "text", _("text")
    WHOLE = "whole", _("whole number")
    AMOUNT = "amount", _("amount")
    DAY = "date", _("date")
    FLAG = "flag", _("yes or no")
    CODE = "code", _("code of a list")
