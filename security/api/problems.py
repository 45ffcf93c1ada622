"""Problem types of the security floor."""

from django.utils.translation import gettext_lazy as _

from mdm.rest.catalogue import ProblemType, register

register(
    ProblemType("client.id", 422, _("Client id not accepted"), _("Choose another client id.")),
    ProblemType("client.scope", 422, _("Scope unknown"), _("Name scopes from the list of permissions.")),
    ProblemType("client.org", 422, _("Branch unknown"), _("Name the code of a branch in operation.")),
    ProblemType(
        "client.answerable",
        422,
        _("Nobody answers for the system"),
        _("Name a member of staff with a staff number."),
    ),
    ProblemType("policy.unknown", 404, _("No such rule of approval"), _("Check operation and rule.")),
    ProblemType(
        "policy.value", 422, _("Rule of approval not accepted"), _("Ask at least one person to agree.")
    ),
    ProblemType("client.exists", 409, _("Client id taken"), _("Choose another client id.")),
    ProblemType("client.key_id", 422, _("Key id not accepted"), _("Choose another key id.")),
    ProblemType("client.key_exists", 409, _("Key id taken"), _("Choose another key id.")),
    ProblemType("client.key_unknown", 404, _("No such key"), _("Check the key id.")),
    ProblemType(
        "client.public_key", 422, _("Public key not accepted"), _("Send the point of an SM2 key in hex.")
    ),
    ProblemType("client.network", 422, _("Network not accepted"), _("Write networks in CIDR notation.")),
    ProblemType(
        "client.collect",
        403,
        _("Nothing to collect"),
        _("Ask for a new token or key, and have it agreed to."),
    ),
    ProblemType("client.not_found", 404, _("No such client"), _("Check the client id.")),
)

_READ = _("Read the change request again.")
_OTHER = _("Let somebody else decide it.")
register(
    ProblemType(
        "approval.needed",
        409,
        _("A second person has to approve"),
        _("Send it without “Prefer: handling=strict”: it is then kept as a change request."),
    ),
    ProblemType(
        "approval.open",
        409,
        _("A change waits already"),
        _("Wait until the change request named is decided, or withdraw it."),
    ),
    ProblemType("approval.state", 409, _("The change request is decided"), _READ),
    ProblemType("approval.expired", 409, _("The change request has expired"), _("Ask again.")),
    ProblemType(
        "approval.needless", 409, _("No approval is needed any more"), _("Withdraw it and write directly.")
    ),
    ProblemType("approval.moved", 412, _("The change request has moved on"), _READ),
    ProblemType(
        "approval.stale",
        412,
        _("What it builds on has changed"),
        _("Return it to the maker, who asks for it anew on what stands now."),
    ),
    ProblemType("approval.self", 403, _("Nobody decides their own request"), _OTHER),
    ProblemType("approval.twice", 403, _("You have agreed already"), _OTHER),
    ProblemType("approval.right", 403, _("No right to decide this"), _OTHER),
    ProblemType("approval.maker", 403, _("Not your request"), _("Only who asked may do this.")),
    ProblemType("approval.maker_left", 403, _("The maker's account is closed"), _("Reject the request.")),
    ProblemType("approval.nobody", 403, _("No account to answer for it"), _("Ask with an account.")),
    ProblemType("approval.other", 403, _("Approved for something else"), _READ),
    ProblemType("approval.unknown", 404, _("No such change request"), _("Check the number and your branch.")),
    ProblemType("approval.operation", 404, _("No such operation"), _READ),
    ProblemType("approval.target", 422, _("The request is about something else"), _("Make a new request.")),
    ProblemType("approval.bulk", 422, _("To be decided one by one"), _("Decide each request by itself.")),
    ProblemType("delegation.unknown", 404, _("No such delegation"), _("Read your delegations again.")),
    ProblemType("delegation.taker", 422, _("No such colleague"), _("Check the user name.")),
    ProblemType("delegation.self", 422, _("Standing in for oneself"), _("Name a colleague.")),
    ProblemType("delegation.period", 422, _("Period not accepted"), _("Name at most 92 days to come.")),
    ProblemType("delegation.rights", 422, _("No right in common"), _("Name a colleague who may decide.")),
    ProblemType("delegation.exists", 409, _("Delegated already"), _("End the other delegation first.")),
)

register(
    ProblemType(
        "audit.log_replaced",
        503,
        _("The operation log is another one"),
        _("Tell the security officer: the log's signing keys or its seals are not those of before."),
    ),
    ProblemType(
        "audit.seal_lost",
        503,
        _("A seal of the operation log is gone"),
        _("Tell the security officer: a checkpoint tells of a seal that the database lacks."),
    ),
)

#: What keys and encryption refuse with, whatever is asked: the operator has to act.
_KEYS = {
    "crypto.self_test": _("Encryption does not pass its self-test"),
    "crypto.tampered": _("A stored value was tampered with"),
    "key.agent_down": _("The key agent is not up"),
    "key.ceremony_tampered": _("A key ceremony was tampered with"),
    "key.destroyed": _("A key was destroyed"),
    "key.disabled": _("A key is disabled"),
    "key.hsm_down": _("The crypto machine is not up"),
    "key.missing": _("A key is missing"),
    "key.passphrase_short": _("The root key's passphrase is too short"),
    "key.provider_refused": _("The key provider is not allowed here"),
    "key.provider_unknown": _("The key provider is unknown"),
    "key.purpose_unknown": _("A key purpose is unknown"),
    "key.root_fixed": _("The root key is changed elsewhere"),
    "key.root_missing": _("The root key is missing"),
    "key.worn": _("A key has encrypted all it may"),
    "key.unseal_later": _("Too many wrong passphrases"),
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
register(
    ProblemType(
        "key.sealed",
        503,
        _("The keys are sealed"),
        _("Wait until the bank's custodians have unsealed them; repeat after “Retry-After”."),
    )
)
register(
    ProblemType("user.unknown", 404, _("No such account"), _("Check the user name and your branch.")),
    ProblemType("grant.unknown", 404, _("No such grant"), _("Check user, role and branch.")),
    ProblemType(
        "grant.self", 403, _("Nobody gives or takes their own rights"), _("Let somebody else do it.")
    ),
    ProblemType("grant.staff_no", 422, _("No staff number"), _("Give the account its staff number first.")),
    ProblemType("user.staff_no", 422, _("Staff number not accepted"), _("Send 1 to 20 letters and digits.")),
    ProblemType("user.password", 422, _("Password not accepted"), _("Choose another password.")),
    ProblemType(
        "password.unused", 403, _("Given password not used in time"), _("Ask your administrator for another.")
    ),
    ProblemType("user.self", 422, _("One's own account"), _("Use your own security page.")),
    ProblemType("user.both", 403, _("Password and second factors"), _("Let somebody else do the other.")),
    ProblemType("user.own_number", 403, _("One's own staff number"), _("Let somebody else change it.")),
    ProblemType("grant.period", 422, _("Period not accepted"), _("Let the end lie after the beginning.")),
    ProblemType(
        "grant.scope", 422, _("Reach not accepted"), _("Name a scope, and branches for a list only.")
    ),
    ProblemType(
        "grant.filter", 422, _("Filter not accepted"), _("Name filters from the list, each with values.")
    ),
    ProblemType(
        "grant.duties",
        422,
        _("Rights that lie in different hands"),
        _("Give the role to somebody else, or take the other one back first."),
    ),
    ProblemType("alert.unknown", 404, _("No such alarm"), _("Read the alarms again.")),
    ProblemType("alert.closed", 409, _("Alarm is closed"), _("Read the alarms again.")),
    ProblemType("breakglass.unknown", 404, _("No such request"), _("Look at the requests again.")),
    ProblemType("breakglass.open", 409, _("Emergency access asked for already"), _("Wait for the decision.")),
    ProblemType("breakglass.decided", 409, _("Request is decided"), _("Look at the requests again.")),
    ProblemType("breakglass.self", 403, _("Two others allow it"), _("Let somebody else allow it.")),
    ProblemType("breakglass.reason", 422, _("Reason missing"), _("Say in a sentence what has happened.")),
    ProblemType("breakglass.minutes", 422, _("Time not accepted"), _("Ask for at most two hours.")),
)

register(
    ProblemType("key.not_found", 404, _("No such key"), _("Read the keys again.")),
    ProblemType(
        "key.version_unknown",
        422,
        _("No such version of the root key"),
        _("Name a version that the provider holds."),
    ),
    ProblemType("key.ceremony_busy", 409, _("Ceremony at work"), _("Wait until it is carried out.")),
    ProblemType(
        "key.ceremony_open", 409, _("Ceremony begun already"), _("Confirm or take back the one that is open.")
    ),
    ProblemType("key.ceremony_over", 409, _("Ceremony is over"), _("Begin a new one.")),
    ProblemType("key.ceremony_unknown", 404, _("No such ceremony"), _("Read the ceremonies again.")),
    ProblemType("key.ceremony_kind", 422, _("No such kind of ceremony"), _("Name one of the kinds listed.")),
    ProblemType(
        "key.not_counted",
        409,
        _("Values not counted"),
        _("What this key protects cannot be counted, so it stays as it is."),
    ),
    ProblemType(
        "key.person_needed",
        403,
        _("A person is needed"),
        _("Ceremonies are held by people who are signed in."),
    ),
    ProblemType("key.reason_needed", 422, _("Reason missing"), _("Say why.")),
    ProblemType("key.same_person", 403, _("Second person needed"), _("Let another key officer confirm.")),
    ProblemType(
        "key.share_foreign", 422, _("Share of another root key"), _("Give a share of this root key.")
    ),
    ProblemType(
        "key.share_needed", 422, _("Shares needed"), _("This root key opens by shares, not by a passphrase.")
    ),
    ProblemType(
        "key.share_numbers",
        422,
        _("Number of shares not accepted"),
        _("At least two of at most 255 shares, no more needed than made."),
    ),
    ProblemType(
        "key.share_unreadable",
        422,
        _("Share cannot be read"),
        _("Type the share again: a character is wrong."),
    ),
    ProblemType(
        "key.share_wrong", 422, _("Share is wrong"), _("Ask its custodian: it is none of this root key.")
    ),
    ProblemType("key.state", 409, _("State does not allow it"), _("Look at the state of the key.")),
    ProblemType("key.too_early", 409, _("Too early"), _("Wait until the days have passed.")),
    ProblemType(
        "key.values_left", 409, _("Values left under the key"), _("Rotate until nothing is left under it.")
    ),
)

register(
    ProblemType("role.code", 422, _("Role code not accepted"), _("Use small letters, digits, underscores.")),
    ProblemType("role.permission", 422, _("Permission unknown"), _("Name permissions from the list.")),
    ProblemType("role.pattern", 422, _("Field pattern not accepted"), _("Write facet.field, or facet.*.")),
    ProblemType("role.mask", 422, _("Masking unknown"), _("Choose standard or strict.")),
    ProblemType("branch.unknown", 404, _("Branch unknown"), _("Name the code of a branch.")),
    ProblemType("branch.head", 422, _("Head office is not moved"), _("Move another branch.")),
    ProblemType("branch.circle", 422, _("Below itself"), _("Name a branch that does not lie below it.")),
    ProblemType("branch.closed", 422, _("Branch closed down"), _("Name a branch in operation.")),
    ProblemType("branch.there", 422, _("The branch lies there already"), _("Name another place.")),
)
