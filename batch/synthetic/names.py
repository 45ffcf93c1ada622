"""Names of persons by generation, sex and origin, and the ways in which clerks get them wrong."""

from collections import defaultdict
from functools import cache, lru_cache

from batch.synthetic.chance import Chance, table
from batch.synthetic.name_tables import (
    GENERATIONS,
    HARBOUR_GIVEN,
    HARBOUR_SURNAMES,
    MONGOL,
    RARE,
    SURNAMES,
    TIBETAN,
    UYGHUR,
)
from customers.rules.pinyin import surname_reading, syllable
from customers.rules.surnames import COMPOUND
from mdm.quality.characters import SIMPLIFY
from mdm.quality.primitives import MIDDLE_DOT

_SURNAMES = table(SURNAMES)
#: Ethnic groups (GB/T 3304) with names of their own, and the provinces most of them live in.
MINORITIES = (("05", "65"), ("04", "54"), ("02", "15"))
_RARE_SHARE = 0.004


def surname(chance: Chance) -> str:
    """A surname as frequent as in life."""
    return chance.pick(_SURNAMES)


def given_name(chance: Chance, male: bool, birth_year: int) -> str:
    """A given name of one or two characters as its generation favoured; seldom with a rare character."""
    _, single, men, women = _generation(birth_year)
    characters = men if male else women
    first = chance.pick(RARE) if chance.happens(_RARE_SHARE) else chance.pick(characters)
    return first if chance.happens(single / 100) else first + chance.pick(characters)


@cache
def _generation(birth_year: int) -> tuple[int, int, str, str]:
    return next(entry for entry in reversed(GENERATIONS) if birth_year >= entry[0])


def minority_name(chance: Chance, ethnicity: str, male: bool) -> str:
    """An Uygur name (with a middle dot), a Tibetan or a Mongol one."""
    if ethnicity == "05":
        return chance.pick(UYGHUR[not male]) + MIDDLE_DOT + chance.pick(UYGHUR[2])
    if ethnicity == "04":
        return chance.pick(TIBETAN) + chance.pick(TIBETAN)
    return chance.pick(MONGOL)


def harbour_name(chance: Chance) -> str:
    """A name in traditional characters, as printed on permits of Hong Kong, Macao and Taiwan residents."""
    return chance.pick(HARBOUR_SURNAMES) + chance.pick(HARBOUR_GIVEN) + chance.pick(HARBOUR_GIVEN)


def surname_of(name: str) -> str:
    """The surname of a Chinese name."""
    return name[:2] if name[:2] in COMPOUND else name[:1]


@lru_cache(maxsize=65_536)
def latin(name: str) -> str:
    """The name in Latin letters, surname first: 欧阳文 is OUYANG WEN."""
    if name.isascii():
        return name
    family = "" if MIDDLE_DOT in name else surname_of(name)
    rest = "".join(syllable(sign) for sign in name[len(family) :] if sign != MIDDLE_DOT)
    return f"{surname_reading(family)} {rest}".strip()


def homophone(chance: Chance, name: str) -> str:
    """The name with its last character written as another one that sounds the same, if there is one."""
    alike = [sign for sign in _homophones().get(syllable(name[-1]), "") if sign != name[-1]]
    return name[:-1] + chance.pick(alike) if alike else name


@lru_cache(maxsize=1)
def _homophones() -> dict[str, str]:
    found: defaultdict[str, str] = defaultdict(str)
    for sign in dict.fromkeys("".join(men + women for _, _, men, women in GENERATIONS)):
        found[syllable(sign)] += sign
    return dict(found)


def traditional(name: str) -> str:
    """The name in traditional characters, as a travel document may print it."""
    return name.translate(_TRADITIONAL)


def _unambiguous() -> dict[int, int]:
    """Simplified characters that stand for one traditional one only."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for full, simple in SIMPLIFY.items():
        found[simple].append(full)
    return {simple: full[0] for simple, full in found.items() if len(full) == 1}


_TRADITIONAL = _unambiguous()


def spaced(name: str) -> str:
    """The name with an ideographic space, as typed to fill a form."""
    return f"{name[:1]}\u3000{name[1:]}"


def other_dot(name: str) -> str:
    """The name with a middle dot that another keyboard writes."""
    return name.replace(MIDDLE_DOT, "・")
