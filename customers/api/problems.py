"""Problem types of customers."""

from django.utils.translation import gettext_lazy as _

from customers.rules.lifecycle import GUARDS, REFUSALS
from customers.services.transferring import REFUSALS as TRANSFERS
from mdm.rest.catalogue import ProblemType, register
from security.content import refusals

register(
    ProblemType(
        "access.branch",
        403,
        _("Branch outside your rights"),
        _("Name a branch at which you may create customers."),
    ),
    ProblemType(
        "access.source",
        403,
        _("Source system not yours"),
        _("Write as your own client id, or ask for the scope “source.<system>”."),
    ),
    ProblemType("customer.unknown", 404, _("No such customer"), _("Check the number and your branch.")),
    ProblemType(
        "customer.merged",
        409,
        _("Customer was merged"),
        _("Read the number again: the answer names the customer it was merged into. Write to that one."),
    ),
    ProblemType(
        "customer.erased",
        410,
        _("Customer was erased"),
        _("Stop using the number: what was known of this customer is gone for good."),
        beside="customer.unknown",
    ),
    ProblemType(
        "erasure.refused",
        422,
        _("May not be erased yet"),
        _("Each place under “errors” names what stands in the way."),
    ),
    ProblemType(
        "customer.exists",
        409,
        _("Source record known"),
        _("This key of the source system is known with other content: change that customer instead."),
    ),
    ProblemType(
        "other.unknown",
        422,
        _("No such other customer"),
        _("Name a customer that is there and in your branches, or tell name and document instead."),
    ),
    ProblemType(
        "other.itself", 422, _("Related to itself"), _("Name another customer than the one you write to.")
    ),
    ProblemType("row.unknown", 404, _("No such entry"), _("Read the customer's entries again.")),
    ProblemType(
        "row.stale",
        412,
        _("Changed in the meantime"),
        _("Read the entry again, look at the change, and send yours with the new ETag."),
    ),
    ProblemType("row.ended", 409, _("Entry has ended"), _("Add a new entry instead of changing this one.")),
    ProblemType(
        "row.exists",
        422,
        _("There is one already"),
        _("Change the entry that is there instead of adding one."),
    ),
    ProblemType(
        "state.first",
        422,
        _("Not a state to begin in"),
        _("Leave the state out, or begin in one of those named; operations lead to the others."),
    ),
    ProblemType(
        "row.not_of_kind",
        422,
        _("Not of this kind of customer"),
        _("Tell it of a customer of the kind that has it, or correct the kind of customer first."),
    ),
    ProblemType("row.not_endable", 422, _("Cannot be ended"), _("Change the entry instead of ending it.")),
    ProblemType(
        "record.refused", 422, _("Refused by a rule"), _("Correct the places listed under “errors”.")
    ),
    ProblemType("since.ahead", 422, _("In force later"), _("Send it when the day has come.")),
    ProblemType("value.code", 422, _("Code not in the list"), _("Send a code of the list.")),
    ProblemType("field.unknown", 422, _("No such field"), _("Leave out the field, or correct its name.")),
    ProblemType(
        "field.operated",
        422,
        _("Changed by an operation of its own"),
        _("Leave out the field; verifying, closing and the like have operations of their own."),
    ),
    ProblemType("facet.unknown", 404, _("No such kind of information"), _("Check the address.")),
    ProblemType("filter.unknown", 422, _("No such filter"), _("Leave out the filter.")),
    ProblemType("reason.missing", 422, _("Reason missing"), _("Say why in “change_reason”.")),
    ProblemType(
        "reason.sensitive",
        422,
        _("Reason or reference names a customer"),
        _(
            "Leave numbers and addresses of customers out of “change_reason”, or of the reference listed under "
            "“errors”; of a notice that looks like one, tell the last six digits."
        ),
    ),
    ProblemType("search.short", 422, _("Search text too short"), _("Send at least two characters.")),
)
register(
    ProblemType(
        "contact.unproven",
        403,
        _("Confirmation not yours to tell"),
        _("Leave out “verified_state”; a system with the scope `contact.confirm` tells it."),
    ),
    ProblemType(
        "field.locked", 403, _("Field not yours to change"), _("Leave out the fields listed under “errors”.")
    ),
    ProblemType(
        "reveal.reason",
        422,
        _("Cause or words missing"),
        _("Name a cause, and say why in five characters or more."),
    ),
    ProblemType("reveal.field", 422, _("Field is not masked"), _("Name sensitive fields of the entry.")),
    ProblemType(
        "reveal.quota", 403, _("Quota used up"), _("Wait until tomorrow, or ask for a higher quota.")
    ),
    ProblemType("explain.field", 422, _("No such field"), _("Name it as facet.field.")),
    ProblemType("mark.value", 422, _("Mark not accepted"), _("Name a kind of protection, or a user.")),
    ProblemType("mark.unknown", 404, _("No such mark"), _("Read the customer again.")),
    ProblemType("exception.effect", 422, _("Effect unknown"), _("Open or close.")),
    ProblemType("exception.expiry", 422, _("End missing"), _("Name an end that lies ahead.")),
    ProblemType("exception.to", 422, _("Nobody to share with"), _("Name a user, or “group:” and a group.")),
    ProblemType("exception.unknown", 404, _("No such exception"), _("Look at the customer's exceptions.")),
    ProblemType("export.source", 422, _("Nothing of this name to export"), _("Name operations or changes.")),
    ProblemType("export.format", 422, _("Format not known"), _("Ask for csv or ndjson.")),
    ProblemType(
        "export.column", 422, _("Column not offered"), _("Read which columns there are, and name at most 80.")
    ),
    ProblemType("export.none", 404, _("Export not made yet"), _("Read the export until it has succeeded.")),
    ProblemType(
        "export.gone",
        410,
        _("Export was destroyed"),
        _("A customer whom it told of was erased. Ask for a new one."),
    ),
    ProblemType("filter.value", 422, _("Filter not accepted"), _("Give days as YYYY-MM-DD.")),
)
register(
    ProblemType(
        "document.exists",
        409,
        _("Document is there already"),
        _("This customer has the same content under this kind: link it, or leave it."),
    ),
    ProblemType(
        "document.about", 422, _("Belongs to nothing"), _("Name an entry of this customer by kind and id.")
    ),
    ProblemType("document.page", 404, _("No such page"), _("Read the document's editions and pages again.")),
    ProblemType(
        "document.disposed",
        410,
        _("Content was destroyed"),
        _("The time of retention is over; the entry says since when."),
    ),
    ProblemType(
        "document.held",
        409,
        _("Hold unchanged"),
        _("Read the document again: it is held already, or not, or its content is gone."),
    ),
    *(ProblemType(code, 422, _("The file is refused"), text) for code, text in refusals.TEXTS.items()),
)

register(
    *(
        ProblemType(code, 409, text, _("Read the customer again: its status says where it may go."))
        for code, text in {**REFUSALS, **GUARDS}.items()
    ),
    ProblemType("status.unknown", 422, _("Unknown status"), _("Send a code of the list of statuses.")),
    *(
        ProblemType(code, 422, text, _("Each place under “errors” names the field to correct."))
        for code, text in TRANSFERS.items()
        if code != "transfer.number"
    ),
    ProblemType("transfer.number", 422, _("No customer number"), _("Send customer numbers only.")),
)
_TOO_MANY_ROWS = _("These are too many rows: narrow the filters.")
register(
    ProblemType(
        "export.expired",
        410,
        _("Export was destroyed"),
        _("Exports of customers are kept for seven days. Ask for a new one."),
    ),
    ProblemType("view.unknown", 404, _("No such view"), _("List the saved views again.")),
    ProblemType("view.list", 422, _("No such list"), _("Name customers or changes.")),
    ProblemType("view.name", 422, _("Name missing or too long"), _("Give a name of at most 60 characters.")),
    ProblemType(
        "view.sensitive",
        422,
        _("Number of a customer in a view"),
        _("Leave documents, telephones, accounts and e-mail out of name and filters."),
    ),
    ProblemType("view.many", 422, _("Too many views"), _("Delete one first.")),
    ProblemType("view.branch", 422, _("No branch to share with"), _("Keep the view for yourself.")),
    ProblemType("view.exists", 409, _("Name taken"), _("Choose another name, or change that view.")),
    ProblemType("view.others", 403, _("Not your view"), _("Only who saved a view changes it.")),
    ProblemType("certificate.unknown", 404, _("No such certificate"), _("List the certificates again.")),
    ProblemType(
        "certificate.sight",
        403,
        _("Masked for another reader"),
        _("Issue a certificate of your own: it is masked as you see the customer."),
    ),
    ProblemType(
        "certificate.large",
        422,
        _("Too many changes for one certificate"),
        _("Export the changes of this customer as evidence instead."),
    ),
    ProblemType("subscription.kinds", 422, _("Told of nothing"), _("Name at least one kind of notice.")),
    ProblemType("subscription.unknown", 404, _("No such subscription"), _("List the subscriptions again.")),
    ProblemType(
        "subscription.branch", 404, _("No such branch"), _("Name a branch at which you see customers.")
    ),
    ProblemType("subscription.many", 422, _("Too many subscriptions"), _("End one first.")),
    ProblemType("export.large", 422, _TOO_MANY_ROWS, _TOO_MANY_ROWS),
    ProblemType("customer.not_yet", 404, _("Not known then"), _("Ask for a later moment.")),
    ProblemType("as_of.ahead", 422, _("A moment ahead"), _("Ask for a moment in the past.")),
)
