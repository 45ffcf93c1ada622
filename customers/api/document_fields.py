"""Bodies and answers about documents. Pictures come as text (RFC 4648, 4), so that answers stay JSON."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from mdm.rest.facets import Coded
from mdm.rest.fields import Day, Fields, Text, Whole
from security.access.causes import CAUSES

_FILE = _("A picture (JPEG, PNG) or PDF file. Pictures are kept without their metadata.")
_REASON = _("Why; kept in the history.")


class DocumentAddFields(Fields):
    """A document with its file."""

    file = serializers.FileField(allow_empty_file=True, help_text=_FILE)
    kind = Coded(codes="document_kind", max_length=16, help_text=_("A code of the list “document_kind”."))
    title = Text(max_length=120, required=False)
    dated_on = Day(required=False, help_text=_("The day on the document."))
    about = Text(max_length=40, required=False, help_text=_("What it belongs to: “credential”, “case” …"))
    about_id = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, required=False, help_text=_("The id of that entry.")
    )
    change_reason = Text(max_length=200, required=False, help_text=_REASON)


class EditionAddFields(Fields):
    """A new edition of a document."""

    file = serializers.FileField(allow_empty_file=True, help_text=_FILE)
    change_reason = Text(max_length=200, help_text=_REASON)


class LinkFields(Fields):
    """What a document belongs to; nothing, where both are left out."""

    about = Text(max_length=40, required=False)
    about_id = Whole(min_value=1, max_value=2**63 - 1, required=False)
    change_reason = Text(max_length=200, help_text=_REASON)


class ReasonFields(Fields):
    """Why."""

    change_reason = Text(max_length=200, help_text=_REASON)


class EditionFields(Fields):
    """One content that a document has had."""

    number = serializers.IntegerField()
    media_type = serializers.CharField()
    pages = serializers.IntegerField()
    size = serializers.IntegerField(help_text=_("Bytes that are kept."))
    sm3 = serializers.CharField(help_text=_("SM3 digest of the bytes that are kept, hexadecimal."))
    destroyed = serializers.BooleanField(help_text=_("Whether its content was destroyed; its time was over."))
    at = serializers.DateTimeField()
    by = serializers.CharField()
    reason = serializers.CharField()


class EditionsFields(Fields):
    """All editions, newest first."""

    items_ = EditionFields(many=True)


class PreviewFilterFields(Fields):
    """Which page of which edition, and how large."""

    page = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    edition = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)
    side = serializers.IntegerField(
        min_value=32, max_value=1_600, required=False, help_text=_("Points of the longer side, at most.")
    )


class PictureFields(Fields):
    """A page as a picture."""

    media_type = serializers.CharField(help_text="image/png")
    content = serializers.CharField(help_text=_("The picture in Base64."))


class OpenFields(Fields):
    """Why a document is opened in clear, and which page of it."""

    cause = Text(max_length=20, help_text=", ".join(CAUSES))
    reason = Text(max_length=160, help_text=_("At least five characters; without the value itself."))
    document = Text(
        max_length=30, required=False, help_text=_("Of a court's or regulator's inquiry, or the ticket.")
    )
    edition = Whole(min_value=1, max_value=1_000_000, required=False)
    page = Whole(min_value=1, max_value=10_000, required=False)
    original = serializers.BooleanField(
        required=False, help_text=_("The very bytes that are kept, without a mark, instead of a page.")
    )


class OpenedFields(Fields):
    """A document in clear, for the moment."""

    media_type = serializers.CharField()
    content = serializers.CharField(help_text=_("In Base64."))
    edition = serializers.IntegerField()
    pages = serializers.IntegerField()
    sm3 = serializers.CharField()
    until = serializers.DateTimeField(help_text=_("Show it no longer than this."))
    watermark = serializers.CharField()
    quota_left = serializers.IntegerField()
