"""The roles a bank starts with (domain 5.1) and every permission there is. Roles are data: seeded once, then edited."""

from dataclasses import dataclass

from mdm.conf import conf
from security.access.alert_rules import seed_rules
from security.access.duties import seed_pairs
from security.models import Role

#: permission -> what it allows. Services name one of these; nothing else is a permission.
PERMISSIONS: dict[str, str] = {
    "customer.view": "See customers, masked",
    "customer.create": "Create customers",
    "customer.batch": "Create customers in batches and see what became of them",
    "customer.change": "Change basic data, contacts and addresses",
    "contact.confirm": "Say that a one-time code confirmed a contact",
    "customer.history": "See who changed what",
    "customer.export": "Export lists of customers, masked",
    "history.certify": "Certify the history of a customer for auditors",
    "credential.change": "Register and change credentials",
    "compliance.change": "Change ratings and restrictions",
    "tax.change": "Register tax residence",
    "investor.change": "Assess qualified investors",
    "agency.change": "Register agency payment",
    "document.view": "See documents, masked and marked",
    "document.change": "Add documents, and new editions of them",
    "document.hold": "Hold documents beyond their time, and release them",
    "document.dispose": "Destroy documents whose time of retention is over",
    "customer.transfer": "Give customers to other branches and account managers",
    "integrity.run": "Check the data of a branch's customers, or of all",
    "case.view": "See duplicate cases",
    "case.decide": "Decide duplicate cases",
    "merge.run": "Merge and unmerge customers",
    "approval.view": "See change requests",
    "approval.customer": "Decide change requests about customers",
    "approval.special": "Decide change requests about special information",
    "approval.merge": "Decide change requests about duplicates",
    "approval.erasure": "Decide change requests about erasing customers and ending what holds their data",
    "approval.load": "Decide change requests about delivered files",
    "approval.access": "Decide change requests about roles",
    "approval.escalated": "Decide change requests that waited too long",
    "load.view": "See load runs and their counts",
    "load.run": "Load files",
    "consolidate.run": "Run consolidation",
    "reject.read": "Read rejected rows in clear",
    "clear.read": "See clear values with a reason",
    "customer.protect": "Protect customers and name their account managers",
    "customer.erase": "Erase customers whose time of retention is over",
    "customer.share": "Open or close single customers for single users",
    "access.explain": "Have explained why somebody sees a customer or not",
    "alert.view": "See alarms and unmaskings",
    "alert.close": "Close alarms",
    "breakglass.ask": "Ask for emergency access",
    "breakglass.allow": "Allow emergency access",
    "audit.view": "See the operation log",
    "audit.verify": "Verify the operation log",
    "audit.export": "Export the operation log",
    "user.manage": "Manage users, roles and branches",
    "key.manage": "Manage keys",
    "system.check": "Look at the self-check of the system",
    "dictionary.view": "See the model dictionary",
    "dictionary.change": "Add and change attributes of the model dictionary",
    "approval.dictionary": "Decide change requests about attributes",
}


@dataclass(frozen=True, slots=True)
class RoleSeed:
    """A role as shipped: code, names, permissions, mask profile."""

    code: str
    name_zh: str
    name_en: str
    permissions: tuple[str, ...]
    mask_profile: str = "standard"
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()


#: Permissions whose holders sign in with a second factor, in production: elsewhere nobody has to.
STRONG = frozenset(
    {
        *("clear.read", "user.manage", "key.manage", "audit.view", "audit.export", "merge.run"),
        "customer.export",
    }
)
_EDIT = (
    "customer.view",
    "customer.create",
    "customer.batch",
    "customer.change",
    "customer.history",
    "credential.change",
    "document.view",
    "document.change",
    "approval.view",
)
#: Special information: tax residence, qualified investors, agency payment.
_SPECIAL = ("tax.change", "investor.change", "agency.change")

ROLES: tuple[RoleSeed, ...] = (
    RoleSeed("teller", "柜员", "Teller", _EDIT),
    RoleSeed(
        "branch_manager",
        "支行行长",
        "Branch manager",
        (
            *_EDIT,
            "customer.transfer",
            "customer.export",
            "history.certify",
            "integrity.run",
            "case.view",
            "audit.view",
            "approval.customer",
            "alert.view",
        ),
    ),
    RoleSeed(
        "relationship_manager",
        "客户经理",
        "Relationship manager",
        ("customer.view", "customer.change", "document.view", "approval.view"),
        "strict",
        locked=("customer.*", "customer_name.*", "person_profile.*", "organisation_profile.*"),
    ),
    RoleSeed(
        "steward",
        "数据管理员",
        "Data steward",
        (
            "customer.view",
            "integrity.run",
            "customer.history",
            "document.view",
            "case.view",
            "case.decide",
            "merge.run",
            "approval.view",
            "load.view",
            "reject.read",
            "dictionary.view",
            "dictionary.change",
        ),
    ),
    RoleSeed(
        "steward_supervisor",
        "数据管理主管",
        "Steward supervisor",
        (
            "customer.view",
            "customer.history",
            "document.view",
            "case.view",
            "case.decide",
            "merge.run",
            "approval.view",
            "approval.merge",
            "approval.escalated",
            "audit.view",
            "dictionary.view",
            "approval.dictionary",
        ),
    ),
    RoleSeed(
        "compliance",
        "合规专员",
        "Compliance officer",
        (
            "customer.view",
            "customer.export",
            "history.certify",
            "integrity.run",
            "customer.history",
            "clear.read",
            "document.view",
            "document.hold",
            "customer.protect",
            "customer.share",
            "customer.erase",
            "compliance.change",
            "approval.view",
            "approval.special",
            "approval.erasure",
            "audit.view",
            "audit.verify",
            "case.view",
            "access.explain",
            "alert.view",
            "alert.close",
            "breakglass.allow",
        ),
    ),
    RoleSeed(
        "tax_clerk",
        "涉税信息专员",
        "Tax clerk",
        ("customer.view", "customer.history", *_SPECIAL, "approval.view"),
        "strict",
        hidden=("phone.*", "email.*", "agreement.*", "income.*", "financial_statement.*"),
    ),
    RoleSeed(
        "auditor",
        "审计员",
        "Auditor",
        (
            "customer.view",
            "customer.export",
            "history.certify",
            "customer.history",
            "document.view",
            "audit.view",
            "audit.verify",
            "audit.export",
            "system.check",
            "case.view",
            "load.view",
            "approval.view",
            "access.explain",
            "alert.view",
            "dictionary.view",
        ),
        "strict",
    ),
    RoleSeed(
        "operator",
        "批量操作员",
        "Batch operator",
        ("load.view", "load.run", "consolidate.run", "approval.view", "system.check"),
        "strict",
    ),
    RoleSeed(
        "administrator",
        "系统管理员",
        "System administrator",
        ("user.manage", "load.view", "approval.view", "access.explain", "breakglass.ask", "system.check"),
        "strict",
    ),
    RoleSeed(
        "key_officer",
        "密钥管理员",
        "Key officer",
        ("key.manage", "approval.view", "approval.access", "breakglass.allow", "system.check"),
        "strict",
    ),
    RoleSeed(
        "break_glass",
        "应急访问",
        "Emergency access",
        ("customer.view", "customer.history", "document.view", "audit.view", "load.view", "case.view"),
    ),
    RoleSeed(
        "client_system",
        "接入系统",
        "Client system",
        (
            *_EDIT,
            *_SPECIAL,
            "compliance.change",
            "contact.confirm",
            "customer.transfer",
            "integrity.run",
            "load.view",
            "load.run",
            "dictionary.view",
        ),
    ),
    RoleSeed(
        "operator_supervisor",
        "批量主管",
        "Operator supervisor",
        ("load.view", "approval.view", "approval.load", "system.check"),
        "strict",
    ),
)


def seed_roles() -> int:
    """Create the shipped roles that are missing; edited ones stay as they are. Returns how many were made."""
    made = [_seed(seed) for seed in ROLES]
    seed_pairs()
    seed_rules()
    return sum(made)


def _seed(seed: RoleSeed) -> bool:
    defaults = {
        "mfa_required": conf.production and not STRONG.isdisjoint(seed.permissions),
        "name_zh": seed.name_zh,
        "name_en": seed.name_en,
        "permissions": list(seed.permissions),
        "mask_profile": seed.mask_profile,
        "hidden_fields": list(seed.hidden),
        "locked_fields": list(seed.locked),
    }
    return Role.objects.get_or_create(code=seed.code, defaults=defaults)[1]
