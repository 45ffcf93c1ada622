"""The FEBRL person files: Australian synthetic records with known duplicates (batch/data/README.md)."""

from batch.formats.profile import Profile
from batch.layouts.layout import Column, Composed, Layout
from mdm.codes import label

_COLUMNS = (
    Column("rec_id", label("记录标识", "Record id")),
    Column("given_name", label("名", "Given name"), person="customer_name[LEGAL].given_name"),
    Column("surname", label("姓", "Surname"), person="customer_name[LEGAL].surname"),
    Column("street_number", label("门牌号", "Street number")),
    Column("address_1", label("街道", "Street")),
    Column("address_2", label("建筑或地段", "Building or locality")),
    Column("suburb", label("区", "Suburb"), person="address[RESIDENCE].city"),
    Column("postcode", label("邮政编码", "Postcode"), person="address[RESIDENCE].postcode"),
    Column("state", label("州", "State"), person="address[RESIDENCE].province"),
    Column("date_of_birth", label("出生日期", "Date of birth"), "date", person="person_profile.birth_date"),
    Column("soc_sec_id", label("社会保障号", "Social security number"), person="credential[P16].number"),
)

FEBRL = Layout(
    name="febrl",
    source_system="febrl",
    label=label("FEBRL 个人记录（澳大利亚，合成数据）", "FEBRL person records (Australia, synthetic)"),
    profile=Profile(separator=",", strip=True),
    columns=_COLUMNS,
    key="rec_id",
    control_required=False,
    composed=(
        Composed("customer_name[LEGAL].full_name", ("given_name", "surname")),
        Composed("address[RESIDENCE].detail", ("street_number", "address_1", "address_2")),
    ),
    constants={
        "customer_name[LEGAL]": {"kind": "LEGAL"},
        "address[RESIDENCE]": {"kind": "RESIDENCE", "country": "AUS", "is_primary": True},
        "credential[P16]": {"type": "P16", "issuing_country": "AUS", "is_primary": True},
    },
)
