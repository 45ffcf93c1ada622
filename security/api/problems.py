"""Problem types of the security floor."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

register(
    ProblemType("client.id", 422, _("Client id not accepted"), _("Choose another client id.")),
    ProblemType("client.scope", 422, _("Scope unknown"), _("Name scopes from the list of permissions.")),
    ProblemType("client.org", 422, _("Branch unknown"), _("Name the code of a branch in operation.")),
    ProblemType("client.exists", 409, _("Client id taken"), _("Choose another client id.")),
    ProblemType("client.not_found", 404, _("No such client"), _("Check the client id.")),
)

#: What keys and encryption refuse with, whatever is asked: the operator has to act.
_KEYS = {
    "crypto.self_test": _("Encryption does not pass its self-test"),
    "crypto.tampered": _("A stored value was tampered with"),
    "key.destroyed": _("A key was destroyed"),
    "key.disabled": _("A key is disabled"),
    "key.missing": _("A key is missing"),
    "key.passphrase_short": _("The root key's passphrase is too short"),
    "key.provider_refused": _("The key provider is not allowed here"),
    "key.provider_unknown": _("The key provider is unknown"),
    "key.purpose_unknown": _("A key purpose is unknown"),
    "key.root_missing": _("The root key is missing"),
    "key.root_wrong": _("The root key is another one"),
    "key.row_tampered": _("A stored key was tampered with"),
    "key.unknown": _("A key is unknown"),
}
register(
    *(
        ProblemType(code, 503, title, _("Tell the operator the “trace_id”; repeating will not help."))
        for code, title in _KEYS.items()
    )
)
