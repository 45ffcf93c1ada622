"""Definitions of attributes, and the versions of the model dictionary that they make."""

from django.db import models
from django.db.models import JSONField
from django.utils.translation import gettext_lazy as _

from mdm.extension.kinds import Kind


class AttributeDefinition(models.Model):
    """An attribute that the bank added to a facet. Never deleted: one that has ended keeps its values readable.

    `minimum` and `maximum` are written as values of the kind are. A code comes from `code_list`, a list of the
    product, or from `codes`: lines `code|Chinese|English`. `mask` is the mask kind under which it is shown, empty
    where it is shown in clear. `columns` names, by layout, the column of a file that tells it. `severity` is
    that of its rules: WARN keeps a value that breaks one and raises an issue, BLOCK refuses it.
    """

    facet = models.CharField(_("kind of information"), max_length=40)
    name = models.CharField(_("name"), max_length=30)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    label_zh = models.CharField(_("Chinese label"), max_length=40)
    label_en = models.CharField(_("English label"), max_length=60)
    length = models.PositiveSmallIntegerField(_("characters at most"), default=100)
    minimum = models.CharField(_("at least"), max_length=24, blank=True)
    maximum = models.CharField(_("at most"), max_length=24, blank=True)
    pattern = models.CharField(_("pattern"), max_length=200, blank=True)
    code_list = models.CharField(_("code list"), max_length=40, blank=True)
    codes = models.TextField(_("own codes"), blank=True)
    required = models.BooleanField(_("required"), default=False)
    severity = models.CharField(_("where a rule is broken"), max_length=5, default="WARN")
    mask = models.CharField(_("mask"), max_length=20, blank=True)
    searchable = models.BooleanField(_("found by search"), default=False)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    columns = JSONField(_("columns of files"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("changed at"))
    updated_by = models.CharField(_("changed by"), max_length=80)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [models.UniqueConstraint(fields=["facet", "name"], name="attribute_once")]

    def __str__(self) -> str:
        return f"{self.facet}.{self.name}"


class DictionaryVersion(models.Model):
    """One version of the model dictionary, whole: subjects, facets, fields, code lists, attributes.

    Append-only. Every process asks for the newest number before it reads or writes, so that an attribute takes
    part at once everywhere. `digest` tells apart versions of one number (a restored database).
    """

    number = models.PositiveIntegerField(_("version"), unique=True)
    digest = models.CharField(max_length=64)
    content = JSONField(_("content"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=80)
    reason = models.CharField(_("reason"), max_length=200)
    about = models.CharField(_("about"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("version of the model dictionary")
        verbose_name_plural = _("versions of the model dictionary")

    def __str__(self) -> str:
        return f"v{self.number}"
