"""Persons who look like someone else in the file and are not: twins, families, namesakes.

What they share is what misleads matching: surname, birth date, address, telephone.
"""

from batch.synthetic import names, places
from batch.synthetic.account import Fields
from batch.synthetic.calendar import age, day_text, ordinal_of
from batch.synthetic.people import People
from batch.synthetic.places import Region
from mdm.quality.primitives import MIDDLE_DOT

_KINDS = (
    ("twin",) * 6
    + ("sibling",) * 12
    + ("spouse",) * 30
    + ("child",) * 22
    + ("parent",) * 12
    + ("namesake",) * 18
)
_YEAR = 365


def can_have_relatives(fields: Fields) -> bool:
    """Whether the customer is a resident of the mainland with a divided name and a citizen number."""
    return (
        fields.get("id_type") in ("P01", "P03")
        and MIDDLE_DOT not in fields["name"]
        and fields["ethnicity"] == "01"
    )


def relative(people: People, of: Fields) -> Fields:
    """Someone new who is a twin, a sibling, the spouse, a child, a parent or a namesake of a person."""
    kind = people.chance.pick(_KINDS)
    if kind == "namesake":
        return _namesake(people, of)
    birth = _birth(people, kind, of["birth_date"])
    male = of["sex"] == "2" if kind == "spouse" else people.chance.happens(0.5)
    surname = names.surname(people.chance) if kind == "spouse" else names.surname_of(of["name"])
    name = surname + names.given_name(people.chance, male, int(birth[:4]))
    origin = _origin(of) if kind in ("twin", "sibling") else None
    fields = people.citizen(name, birth, male, "01", _home(of), origin)
    if kind != "parent" or people.chance.happens(0.5):
        _share_household(people, fields, of)
    if kind == "spouse":
        fields["marital_status"] = "20"
    return fields


def _birth(people: People, kind: str, of: str) -> str:
    """A birth date that fits the kinship, not after today."""
    chance, base = people.chance, ordinal_of(of)
    days = {
        "twin": 0,
        "sibling": (chance.below(12) - 6) * _YEAR + 280,
        "spouse": chance.below(8 * _YEAR) - 4 * _YEAR,
        "child": (22 + chance.below(14)) * _YEAR + chance.below(_YEAR),
        "parent": -(22 + chance.below(14)) * _YEAR - chance.below(_YEAR),
    }[kind]
    earliest, latest = ordinal_of("19250101"), ordinal_of(people.today)
    return day_text(min(max(base + days, min(earliest, base)), latest))


def _home(of: Fields) -> Region:
    return Region(*(of[f"residence_{level}"] for level in ("region", "province", "city", "district")))


def _origin(of: Fields) -> Region:
    """The district that issued someone's citizen number."""
    return Region(of["id_number"][:6], "", "", of["id_authority"].removesuffix("公安局"))


def _share_household(people: People, fields: Fields, of: Fields) -> None:
    """Live at the same address; children and some adults use the other's telephone."""
    fields |= {column: value for column, value in of.items() if column.startswith("residence_")}
    shares_mobile = age(fields["birth_date"], people.today) < 14 or people.chance.happens(0.1)
    shared = ("home_tel", "mobile") if shares_mobile else ("home_tel",)
    fields |= {column: of[column] for column in shared if of.get(column)}
    fields["branch_code"] = of["branch_code"]


def _namesake(people: People, of: Fields) -> Fields:
    """Someone of the same name and sex, born in the same year or even on the same day, living elsewhere."""
    chance = people.chance
    birth = of["birth_date"]
    if not chance.happens(0.25):
        birth = birth[:4] + chance.pick(("0115", "0320", "0506", "0719", "0928", "1111"))
        birth = min(birth, people.today)
    return people.citizen(of["name"], birth, of["sex"] == "1", "01", places.residence(chance))
