"""Files of single facets: one layout for each, derived from the model (design idea 3).

    operation,source_system,source_key,slot,kind,decision,decided_on
    add,crm,C-1,K-77,MARKETING,GRANTED,2026-03-02

The customer is named by the source's key or by `customer_no`, the row by `slot`. A file names the columns that it
tells and no others; those it names are told whole, so that an empty value of a change empties the field. What has
states moves by the operations of its table; a new facet has its layout without a line of code.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _

from batch.formats.header import names_of
from batch.formats.profile import Profile
from batch.layouts.layout import Column, Kind, Layout
from credentials.rules.lifecycle import ASKED
from credentials.services.lifecycle import FACET as DOCUMENT
from mdm.bulk.tables import built_in_fields
from mdm.codes import label
from mdm.extension.attributes import fields_of, list_of
from mdm.history.models import SINCE
from mdm.rest.facets import AnyField
from mdm.subjects import Facet, registry
from special_info.services.moving import KINDS

ADD, CHANGE, END = "add", "change", "end"
#: Operations of a state's table that take more than a row tells.
_NOT_BY_FILE = frozenset({"report_change"})
#: Operations by which a document comes in the place of another -> the kind of replacement.
SUCCESSIONS = {"renew": "RENEWED", "replace": "REPLACED", "upgrade": "UPGRADED"}
#: What rows are told besides the values: steps of documents, and since when it is so.
IN_PLACE_OF, NOTICE = "in_place_of", "notice"
BESIDE = frozenset({IN_PLACE_OF, NOTICE, SINCE})
_DOCUMENT_STEPS = (
    Column(IN_PLACE_OF, label("被替换证件的行", "Row of the document that is replaced")),
    Column(NOTICE, label("签发机关通知号", "Number of the issuer's notice")),
)
_FORM = Profile(separator=",", quoting=True, strip=True)
#: What every file names.
NEEDED = ("operation", "source_system")
HEAD = (
    Column("operation", label("操作", "Operation")),
    Column("source_system", label("来源系统", "Source system")),
    Column("source_key", label("来源系统的键", "Key in the source")),
    Column("customer_no", label("客户号", "Customer number")),
)
_SINCE = Column(SINCE, label("生效日期", "In force from"), "date")
_SLOT = Column("slot", label("来源记录的行", "Row of the source record"))


@dataclass(frozen=True)
class FacetLayout(Layout):
    """A file that tells rows of one facet. `together` names columns whose rows are one thing where they follow one
    another with the same values: applied whole or not at all. `thing` names those of them that say which one it is:
    where its rows do not stand together, none of them is applied. `passed` are columns of attributes that are not
    in force: read and left out."""

    facet: str = ""
    operations: tuple[str, ...] = (ADD,)
    needed: tuple[str, ...] = NEEDED
    together: tuple[str, ...] = ()
    thing: tuple[str, ...] = ()
    passed: frozenset[str] = frozenset()

    def of(self, path: Path) -> "FacetLayout":
        """The layout with the columns that a file names, and those that it ought to."""
        told: list[str] = []
        with suppress(OSError):  # the file is refused for it where it is looked at as a whole
            told = names_of(path, self.profile)
        whose = () if "customer_no" in told else ("source_key",)
        named = {*self.needed, *whose, *told}
        added = _attributes(self, ended=True)
        columns = (*self.columns, *(column for column in added if column.name in told))
        passed = {column.name for column in added} - {column.name for column in _attributes(self)}
        wanted = tuple(column for column in columns if column.name in named)
        return replace(self, columns=wanted, passed=frozenset(passed))


def facet_layouts() -> Iterator[FacetLayout]:
    """One layout for each facet that sources may tell; the customer's own row comes with the customer's file."""
    for facet in registry.facets():
        if facet.told and not facet.recorded and facet.name != "customer":
            yield _layout(facet)
    yield VERIFICATIONS
    yield PAYMENTS


def _attributes(layout: FacetLayout, *, ended: bool = False) -> list[Column]:
    """The columns of attributes that the bank has added to the facet by now; `ended` ones too."""
    if layout.name != layout.facet or not registry.facet(layout.facet).told:
        return []
    return [_column(field) for field in fields_of(registry.facet(layout.facet).model, ended=ended)]


def _layout(facet: Facet) -> FacetLayout:
    slot = (_SLOT,) if facet.multiple else ()
    ends = (END,) if facet.multiple else ()
    beside = _DOCUMENT_STEPS if facet.name == DOCUMENT else ()
    return FacetLayout(
        name=facet.name,
        source_system="",
        label=facet.model._meta.verbose_name_plural or facet.name,
        profile=_FORM,
        columns=(*HEAD, *slot, *map(_column, _told(facet)), _SINCE, *beside),
        key="source_key",
        control_required=False,
        facet=facet.name,
        operations=(ADD, CHANGE, *ends, *_moves(facet.name)),
    )


def _told(facet: Facet) -> Iterator[AnyField]:
    """The model's own fields that a source may tell."""
    model = facet.model
    told = (field for field in built_in_fields(model) if not field.is_relation)
    return (field for field in told if field.attname not in model.OPERATED - set(model.FIRST))


def _moves(facet: str) -> Iterator[str]:
    """What the maker may do to a record that has states, and the steps of documents."""
    if facet == DOCUMENT:
        yield from (*ASKED, *SUCCESSIONS)
    machines = [kind.machine for kind in KINDS.values() if kind.facet == facet]
    makers = (move.operation for machine in machines for move in machine.moves if move.by == "maker")
    yield from (name for name in dict.fromkeys(makers) if name not in _NOT_BY_FILE)


def _column(field: AnyField) -> Column:
    codes = list_of(field.model, field)
    return Column(field.name, field.verbose_name, "code" if codes else _kind(field), codes=codes)


def _kind(field: AnyField) -> Kind:
    match field:
        case models.DateField():
            return "date"
        case models.BooleanField():
            return "bool"
        case models.IntegerField():
            return "int"
        case models.DecimalField():
            return "decimal"
        case _:
            return "text"


#: What checks of documents told; the document is named by its type and, where there are several, by its number.
VERIFICATIONS = FacetLayout(
    name="credential_verification",
    source_system="",
    label=_("Results of checks of documents"),
    profile=_FORM,
    columns=(
        *HEAD,
        Column("document_type", _("document type"), "code", codes="credential_type"),
        Column("document_number", _("document number")),
        Column("method", _("method of verification"), "code", codes="verification_method"),
        Column("source", _("who was asked")),
        Column("outcome", _("result of the check"), "code", codes="verification_outcome"),
        Column("checked_at", _("checked at")),
        Column("reference", _("reference of the evidence")),
        Column("score", _("score of the comparison"), "decimal"),
    ),
    key="source_key",
    control_required=False,
    facet="credential_verification",
    needed=(*NEEDED, "document_type", "method", "outcome", "checked_at"),
)
_BATCH = ("source_system", "source_key", "customer_no", "agreement_no", "batch_no")
#: Payments of employers; lines of one batch follow one another.
PAYMENTS = FacetLayout(
    name="agency_payment",
    source_system="",
    label=_("Agency payment batches with their payments"),
    profile=_FORM,
    columns=(
        *HEAD,
        Column("agreement_no", _("agreement number")),
        Column("batch_no", _("number of the batch")),
        Column("handler_no", _("handler")),
        Column("pay_on", _("pay on"), "date"),
        Column("name", _("payee")),
        Column("account", _("account")),
        Column("amount", _("amount")),
        Column("id_number", _("document number")),
    ),
    key="source_key",
    control_required=False,
    facet="agency_batch",
    needed=(*NEEDED, "agreement_no", "batch_no", "handler_no", "pay_on", "name", "account", "amount"),
    together=(*_BATCH, "handler_no", "pay_on"),
    thing=_BATCH,
)
