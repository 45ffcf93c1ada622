"""The problem types of the door itself and of the kernel."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

register(
    ProblemType(
        "auth.required",
        401,
        _("Sign-in needed"),
        _("Send “Authorization: Bearer” with the token that was issued to your system."),
    ),
    ProblemType(
        "auth.invalid",
        401,
        _("Token not accepted"),
        _("The token is unknown, expired or switched off. Ask the administrator for a new one."),
    ),
    ProblemType(
        "auth.signature_needed",
        401,
        _("Signature needed"),
        _("Sign the request with one of your system's keys; a token alone is not accepted from it."),
    ),
    ProblemType(
        "auth.clock",
        401,
        _("Signed too long ago or for a time to come"),
        _("Set your clock by a time server and sign the request anew, with a new nonce."),
    ),
    ProblemType(
        "auth.replayed",
        409,
        _("Request was received before"),
        _("Sign each request anew with a new nonce; to repeat one keep its “Idempotency-Key”."),
    ),
    ProblemType(
        "auth.step_up",
        403,
        _("Proof of this moment needed"),
        _(
            "Sign the request, or get a token from “/oauth/token” right before; a token for good is not enough."
        ),
    ),
    ProblemType(
        "auth.network",
        403,
        _("Not from this network address"),
        _("Call from a network that was agreed on, or ask the administrator to add yours."),
    ),
    ProblemType(
        "rate.unknown",
        503,
        _("Cannot be counted at the moment"),
        _("Wait for the time that “Retry-After” names: clear values are only told under a limit."),
    ),
    ProblemType(
        "access.denied",
        403,
        _("No right to do this"),
        _("Ask the administrator for a role that holds the right."),
    ),
    ProblemType(
        "scope.missing",
        403,
        _("Scope missing"),
        _("The token was issued without the scope that this operation needs."),
    ),
    ProblemType(
        "resource.not_found",
        404,
        _("Not found"),
        _("There is nothing at this address that you may see. Check the address and your branch."),
    ),
    ProblemType(
        "request.malformed",
        400,
        _("Request cannot be read"),
        _("Send well-formed JSON in UTF-8, with each name once and at most 20 levels deep."),
    ),
    ProblemType(
        "request.parameter",
        400,
        _("Query parameter not accepted"),
        _("Leave out unknown query parameters and correct the ones that are named."),
    ),
    ProblemType(
        "request.cursor",
        400,
        _("Cursor not accepted"),
        _("Use the “next” address as it was given, with the same filters, or start again."),
    ),
    ProblemType(
        "request.invalid",
        422,
        _("Request breaks rules"),
        _("Correct the places listed under “errors” and send it again."),
    ),
    ProblemType(
        "request.too_large",
        413,
        _("Request too large"),
        _("Send less at once; deliver large files through the object storage and name them."),
    ),
    ProblemType(
        "request.media_type",
        415,
        _("Media type not accepted"),
        _("Send the media type that the description of the operation names."),
    ),
    ProblemType(
        "request.not_acceptable",
        406,
        _("Answer not available in that form"),
        _("Accept application/json."),
    ),
    ProblemType(
        "request.method",
        405,
        _("Method not allowed"),
        _("Use one of the methods that the “Allow” header names."),
    ),
    ProblemType(
        "idempotency.key_missing",
        400,
        _("Idempotency-Key missing"),
        _("Send a new “Idempotency-Key” with each new request, and the same one when you repeat it."),
    ),
    ProblemType(
        "idempotency.key_invalid",
        400,
        _("Idempotency-Key not accepted"),
        _("A key is 8 to 120 letters, digits and the signs - _ . : — a UUID is a good choice."),
    ),
    ProblemType(
        "idempotency.reused",
        422,
        _("Idempotency-Key used for something else"),
        _("The key came with another request before. Use a new key for a new request."),
    ),
    ProblemType(
        "idempotency.in_progress",
        409,
        _("Same request under way"),
        _("Wait for the time that “Retry-After” names, then repeat with the same key."),
    ),
    ProblemType(
        "precondition.required",
        428,
        _("If-Match missing"),
        _("Read the row first and send its “ETag” as “If-Match”, so that no change is lost."),
    ),
    ProblemType(
        "precondition.invalid",
        400,
        _("If-Match not accepted"),
        _('Send exactly one strong entity tag as it was given, for example "v17".'),
    ),
    ProblemType(
        "rate.limited",
        429,
        _("Too many requests"),
        _("Wait for the time that “Retry-After” names."),
    ),
    ProblemType(
        "service.unavailable",
        503,
        _("Not available at the moment"),
        _("Repeat the request after a short while, with the same Idempotency-Key."),
    ),
    ProblemType(
        "internal.error",
        500,
        _("Unexpected error"),
        _("Repeat once; if it stays, tell the operator the “trace_id”."),
    ),
)

register(
    ProblemType(
        "store.down",
        503,
        _("Object storage not available"),
        _("Repeat the request after a short while, with the same Idempotency-Key."),
    ),
    ProblemType(
        "object.unknown",
        404,
        _("No such stored object"),
        _("It was never there, or its time of keeping is over."),
    ),
    ProblemType("run.taken", 409, _("Run is taken"), _("Wait until the run has ended.")),
    ProblemType("run.fenced", 412, _("Run was taken over"), _("Read the run again.")),
)

register(
    ProblemType(
        "attribute.facet",
        422,
        _("Nothing is added to this"),
        _("Name a facet whose rows are told by hand, REST or file."),
    ),
    ProblemType(
        "attribute.member",
        422,
        _("Definition not complete"),
        _("Tell every member of a definition, and no other."),
    ),
    ProblemType(
        "attribute.choice", 422, _("No such choice"), _("Take one of the choices that the description lists.")
    ),
    ProblemType(
        "attribute.name",
        422,
        _("Name not accepted"),
        _("Use 2 to 30 small letters, digits and underscores, without “x_”."),
    ),
    ProblemType("attribute.reserved", 422, _("Name is reserved"), _("Take another name.")),
    ProblemType(
        "attribute.name_taken",
        422,
        _("Name is taken"),
        _("The facet has a field of this name: take another."),
    ),
    ProblemType("attribute.label", 422, _("Label missing"), _("Tell a label in Chinese and one in English.")),
    ProblemType(
        "attribute.label_taken",
        422,
        _("Label is taken"),
        _("Another field of the facet is called so: take another."),
    ),
    ProblemType(
        "attribute.length", 422, _("Length not accepted"), _("A text has from 1 to 2,000 characters.")
    ),
    ProblemType(
        "attribute.pattern",
        422,
        _("Pattern not accepted"),
        _("Write a plain regular expression, without repetitions inside repetitions."),
    ),
    ProblemType(
        "attribute.flag", 422, _("Not for yes or no"), _("Leave out “required”, “searchable” and “mask”.")
    ),
    ProblemType(
        "attribute.limit", 422, _("Limit not accepted"), _("Write values of the kind, the lower one first.")
    ),
    ProblemType("attribute.validity", 422, _("Days not accepted"), _("Let it end after it begins.")),
    ProblemType(
        "attribute.codes",
        422,
        _("Codes not accepted"),
        _("Name a code list, or write a code a line: CODE|Chinese|English[|from[|until]]."),
    ),
    ProblemType("attribute.code_used", 422, _("Code is used"), _("Keep the codes that values use.")),
    ProblemType(
        "attribute.kind_fixed",
        422,
        _("Kind is settled"),
        _("There are values: end this attribute and add another."),
    ),
    ProblemType(
        "attribute.column",
        422,
        _("Column not accepted"),
        _("Name a layout whose files have a header, and a column."),
    ),
    ProblemType("attribute.column_taken", 422, _("Column is taken"), _("Name another column.")),
    ProblemType(
        "attribute.column_row",
        422,
        _("Row not in the layout"),
        _("Name the row as the layout does, such as MOBILE."),
    ),
    ProblemType("attribute.exists", 409, _("Attribute exists"), _("Change it under its own address.")),
    ProblemType("attribute.unknown", 404, _("No such attribute"), _("Read the model dictionary.")),
    ProblemType("dictionary.version", 404, _("No such version"), _("List the versions of the dictionary.")),
)
