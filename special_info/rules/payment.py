"""A batch of agency payments as handed in: its lines read, its sums and limits checked (domain 1.10)."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from mdm.errors import FieldError, Text

#: The columns of a batch file, in any order, as the bank's template has them.
COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("name", "姓名", "户名", "收款人"),
    "account": ("account", "账号", "卡号", "收款账号"),
    "amount": ("amount", "金额", "实发金额"),
    "id_number": ("id_number", "证件号码", "身份证号"),
}
_NEEDED = ("name", "account", "amount")
#: The columns of a file of results, likewise.
RESULT_COLUMNS: dict[str, tuple[str, ...]] = {
    "line": ("line", "行号", "序号"),
    "paid": ("paid", "结果", "是否成功"),
    "code": ("code", "代码", "返回码"),
    "text": ("text", "说明", "原因"),
}
_WORDS = {
    **dict.fromkeys(("1", "true", "yes", "ok", "paid", "成功", "是"), True),
    **dict.fromkeys(("0", "false", "no", "failed", "失败", "否"), False),
}
_LINE = re.compile(r"\d{1,6}", re.ASCII)
#: What became of a line: its number, whether it was paid, code and text of the paying system.
Result = tuple[int, bool, str, str]
#: Lines of one batch.
MOST = 20_000
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_ACCOUNT = re.compile(r"\d{8,32}", re.ASCII)

#: What may be wrong with a line: code -> what it says. Only what is named here is ever found.
FINDINGS: dict[str, Text] = {
    "payee.name": _("The payee's name is missing."),
    "payee.account": _("This is no account number."),
    "payee.amount": _("This is no amount above zero with at most two decimals."),
    "payee.line_limit": _("More than the agreement allows for one payment."),
    "payee.several_names": _("The account is paid under several names."),
    "payee.repeated": _("The same payment stands here twice."),
    "payee.unknown": _("Account and document are of no customer that you may see."),
    "payee.name_differs": _("The account or document is of a customer of another name."),
    "payee.ambiguous": _("Account and document lead to several customers."),
}
#: Findings that keep a batch from being approved; the others are for a person to look at.
STOPPING = frozenset({"payee.name", "payee.account", "payee.amount", "payee.line_limit"})


@dataclass(frozen=True, slots=True)
class Payment:
    """One line as written; `finding` is what is wrong with it, `payee_no` whose it is."""

    line: int
    name: str = field(repr=False)
    account: str = field(repr=False)
    amount: str = field(repr=False)
    id_number: str = field(default="", repr=False)
    finding: str = ""
    payee_no: str = ""

    @property
    def value(self) -> Decimal:
        """The amount; zero for what is none."""
        return Decimal(self.amount) if _AMOUNT.fullmatch(self.amount) else Decimal(0)


class BatchError(ValueError):
    """A file that cannot be read as a batch; `errors` names line and code."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(", ".join(f"{error.pointer}: {error.code}" for error in errors))
        self.errors = errors


def read(text: str) -> list[Payment]:
    """The payments of a CSV file with a header. BatchError where it has no header, no lines or too many."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    places = _places(rows[0] if rows else [], COLUMNS, _NEEDED)
    payments = [
        _payment(number, row, places)
        for number, row in enumerate(rows[1:], 2)
        if any(cell.strip() for cell in row)
    ]
    if not 1 <= len(payments) <= MOST:
        raise BatchError([FieldError("/lines", "batch.size", _("A batch has 1 to 20,000 payments."))])
    return payments


def _places(
    header: Sequence[str], columns: Mapping[str, tuple[str, ...]], needed: Sequence[str]
) -> dict[str, int]:
    """Where each column stands. BatchError naming the columns that are missing."""
    told = [cell.strip().lower() for cell in header]
    found = {name: told.index(word) for name, words in columns.items() for word in words if word in told}
    missing = [name for name in needed if name not in found]
    if missing:
        text = _("The first line does not name this column.")
        raise BatchError([FieldError(f"/header/{name}", "batch.header", text) for name in missing])
    return found


def read_results(text: str) -> list[Result]:
    """What a paying system tells of payments, as a CSV file with a header. BatchError naming what cannot be read."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    places = _places(rows[0] if rows else [], RESULT_COLUMNS, ("line", "paid"))
    told = [
        {name: row[place].strip() for name, place in places.items() if place < len(row)}
        for row in rows[1:]
        if any(cell.strip() for cell in row)
    ]
    wrong = [
        FieldError(f"/results/{number}", "batch.result", _("Tell the line, and whether it was paid."))
        for number, one in enumerate(told, 2)
        if not _LINE.fullmatch(one.get("line", "")) or one.get("paid", "").lower() not in _WORDS
    ]
    if wrong:
        raise BatchError(wrong[:50])
    return [
        (int(one["line"]), _WORDS[one["paid"].lower()], one.get("code", ""), one.get("text", ""))
        for one in told
    ]


def _payment(number: int, row: Sequence[str], places: dict[str, int]) -> Payment:
    def cell(name: str) -> str:
        place = places.get(name, -1)
        return row[place].strip() if 0 <= place < len(row) else ""

    account = re.sub(r"[\s-]", "", cell("account"))
    return Payment(number, cell("name"), account, cell("amount").replace(",", ""), cell("id_number").upper())


def checked(payments: Sequence[Payment], line_limit: Decimal | None) -> list[Payment]:
    """The payments with what is wrong by themselves and among each other; the first finding stands."""
    names: dict[str, set[str]] = defaultdict(set)
    for one in payments:
        names[one.account].add(one.name)
    seen: set[tuple[str, str, str]] = set()
    done = []
    for one in payments:
        same = (one.name, one.account, one.amount)
        found = next(_alone(one, line_limit), "")
        if not found and len(names[one.account]) > 1:
            found = "payee.several_names"
        if not found and same in seen:
            found = "payee.repeated"
        seen.add(same)
        done.append(replace(one, finding=found))
    return done


def _alone(one: Payment, line_limit: Decimal | None) -> Iterator[str]:
    if not one.name:
        yield "payee.name"
    if not _ACCOUNT.fullmatch(one.account):
        yield "payee.account"
    if one.value <= 0:
        yield "payee.amount"
    elif line_limit is not None and one.value > line_limit:
        yield "payee.line_limit"


def total(payments: Sequence[Payment]) -> Decimal:
    """The sum of what is an amount."""
    return sum((one.value for one in payments), Decimal(0))
