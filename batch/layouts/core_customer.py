"""The core banking system's daily customer file: persons and organisations, one a line.

Codes are national ones (GB/T 2261, 3304, 4658, 4754, 6565, 2260) and ISO's for countries and
currencies; dates are YYYYMMDD. The same file is taken in UTF-8 and, from the host, in GB18030.
"""

from collections.abc import Iterator
from dataclasses import replace

from batch.formats.profile import Profile
from batch.layouts.layout import Column, Kind, Layout
from mdm.codes import label


def _person(name: str, zh: str, en: str, field: str, kind: Kind = "text", codes: str = "") -> Column:
    """A column about persons only."""
    return Column(name, label(zh, en), kind, person=f"person_profile.{field}", codes=codes)


def _organisation(name: str, zh: str, en: str, kind: Kind = "text", codes: str = "") -> Column:
    """A column about organisations only; the field has the column's name."""
    return Column(name, label(zh, en), kind, organisation=f"organisation_profile.{name}", codes=codes)


def _both(name: str, zh: str, en: str, target: str, kind: Kind = "text", codes: str = "") -> Column:
    """A column that goes to the same field whoever the customer is."""
    return Column(name, label(zh, en), kind, target, target, codes)


def _document(prefix: str, place: int, zh: str, en: str) -> Iterator[Column]:
    """The columns of one identity document."""
    row = f"credential[{place}]"
    yield _both(f"{prefix}_type", f"{zh}类型", f"{en}: type", f"{row}.type", "code", "credential_type")
    yield _both(f"{prefix}_number", f"{zh}号码", f"{en}: number", f"{row}.number")
    yield _both(
        f"{prefix}_country",
        f"{zh}签发国",
        f"{en}: issuing country",
        f"{row}.issuing_country",
        "code",
        "country",
    )
    yield _both(
        f"{prefix}_authority", f"{zh}签发机关", f"{en}: issuing authority", f"{row}.issuing_authority"
    )
    yield _both(f"{prefix}_issue_date", f"{zh}签发日期", f"{en}: issued on", f"{row}.issue_date", "date")
    yield _both(f"{prefix}_expiry_date", f"{zh}有效期至", f"{en}: valid until", f"{row}.expiry_date", "date")


def _phone(name: str, zh: str, en: str, kind: str) -> Column:
    return _both(name, zh, en, f"phone[{kind}].number")


#: Parts of an address: column suffix and its names, field, how it is converted, code list.
_ADDRESS_PARTS: tuple[tuple[str, str, str, str, Kind, str], ...] = (
    ("country", "国家", "country", "country", "code", "country"),
    ("region", "行政区划代码", "region code", "region_code", "text", ""),
    ("province", "省", "province", "province", "text", ""),
    ("city", "市", "city", "city", "text", ""),
    ("district", "区县", "district", "district", "text", ""),
    ("detail", "详细地址", "street and door", "detail", "text", ""),
    ("postcode", "邮政编码", "postcode", "postcode", "text", ""),
)


def _address(prefix: str, zh: str, en: str, person: str, organisation: str) -> Iterator[Column]:
    """The columns of one address; `person` and `organisation` are its kind for each."""
    for name, part_zh, part_en, field, kind, codes in _ADDRESS_PARTS:
        title = label(zh + part_zh, f"{en}: {part_en}")
        targets = (f"address[{person}].{field}", f"address[{organisation}].{field}")
        yield Column(f"{prefix}_{name}", title, kind, *targets, codes)


_COLUMNS = (
    Column("source_key", label("源系统客户标识", "Key in the source")),
    Column("party_type", label("客户类型", "Party type"), "code", codes="party_type"),
    Column(
        "name",
        label("名称", "Name"),
        person="customer_name[LEGAL].full_name",
        organisation="organisation_profile.registered_name",
    ),
    _both("former_name", "曾用名", "Former name", "customer_name[FORMER].full_name"),
    Column(
        "english_name",
        label("英文名称", "English name"),
        person="customer_name[ENGLISH].full_name",
        organisation="organisation_profile.english_name",
    ),
    _organisation("short_name", "简称", "Short name"),
    _person("sex", "性别", "Sex", "sex", "code", "sex"),
    _person("birth_date", "出生日期", "Birth date", "birth_date", "date"),
    Column(
        "nationality",
        label("国籍或注册国", "Nationality or country of registration"),
        "code",
        person="person_profile.nationality",
        organisation="organisation_profile.country",
        codes="nationality",
    ),
    _person("ethnicity", "民族", "Ethnicity", "ethnicity", "code", "ethnicity"),
    _person("marital_status", "婚姻状况", "Marital status", "marital_status", "code", "marital_status"),
    _person("education", "学历", "Education", "education", "code", "education"),
    _person("occupation", "职业", "Occupation", "occupation", "code", "occupation"),
    _person("employer", "工作单位", "Employer", "employer"),
    _person("job_title", "职务", "Job title", "job_title"),
    *_document("id", 1, "主证件", "Main document"),
    *_document("id2", 2, "第二证件", "Second document"),
    _phone("mobile", "手机号码", "Mobile", "MOBILE"),
    _phone("home_tel", "住宅电话", "Home telephone", "HOME_TEL"),
    _phone("work_tel", "单位电话", "Work telephone", "WORK_TEL"),
    Column(
        "email",
        label("电子邮箱", "E-mail"),
        person="email[PERSONAL].address",
        organisation="email[WORK].address",
    ),
    *_address("residence", "居住或注册地址", "Residence or registered address", "RESIDENCE", "REGISTERED"),
    *_address("mailing", "通讯地址", "Mailing address", "MAILING", "MAILING"),
    _organisation("established_on", "成立日期", "Date of establishment", "date"),
    _organisation("industry", "行业", "Industry", "code", "industry"),
    _organisation("economy_type", "经济类型", "Economy type", "code", "economy_type"),
    _organisation("enterprise_size", "企业规模", "Enterprise size", "code", "enterprise_size"),
    _organisation("business_scope", "经营范围", "Business scope"),
    _organisation("staff_count", "员工人数", "Staff", "int"),
    _organisation("registered_capital", "注册资本", "Registered capital", "decimal"),
    _organisation("capital_currency", "注册资本币种", "Currency of capital", "code", "currency"),
    _both("branch_code", "开户机构", "Branch", "customer.org"),
    _both("opened_on", "开户日期", "Customer since", "customer.opened_on", "date"),
    _both("status", "客户状态", "Customer status", "customer.lifecycle_status", "code", "lifecycle_status"),
    _both("segment", "客户分层", "Segment", "customer.segment", "code", "segment"),
    Column("last_updated", label("源系统更新时间", "Last change in the source")),
)

CORE_CUSTOMER = Layout(
    name="core_customer",
    source_system="core_customer",
    label=label("核心系统客户文件", "Customer file of the core banking system"),
    profile=Profile(separator="|!", strip=True),
    columns=_COLUMNS,
    key="source_key",
    party_column="party_type",
    constants={
        "customer_name[LEGAL]": {"kind": "LEGAL"},
        "customer_name[FORMER]": {"kind": "FORMER"},
        "customer_name[ENGLISH]": {"kind": "ENGLISH"},
        "credential[1]": {"is_primary": True},
        "credential[2]": {"is_primary": False},
        "phone[MOBILE]": {"kind": "MOBILE", "is_primary": True},
        "phone[HOME_TEL]": {"kind": "HOME_TEL", "is_primary": False},
        "phone[WORK_TEL]": {"kind": "WORK_TEL", "is_primary": False},
        "email[PERSONAL]": {"kind": "PERSONAL", "is_primary": True},
        "email[WORK]": {"kind": "WORK", "is_primary": True},
        "address[RESIDENCE]": {"kind": "RESIDENCE", "is_primary": True},
        "address[REGISTERED]": {"kind": "REGISTERED", "is_primary": True},
        "address[MAILING]": {"kind": "MAILING", "is_primary": False},
    },
    essential={"credential[1]": "number", "credential[2]": "number"},
    slot_by={"credential": "type"},
)

CORE_CUSTOMER_GB18030 = replace(
    CORE_CUSTOMER,
    name="core_customer_gb18030",
    label=label("核心系统客户文件（GB18030）", "Customer file of the core banking system (GB18030)"),
    profile=replace(CORE_CUSTOMER.profile, encoding="gb18030"),
)
