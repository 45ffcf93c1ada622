"""Facts about a pair, as bits of one integer: what rules and vetoes ask besides the levels."""

from __future__ import annotations

SAME_NAME = 1  # the same full name, letter by letter
SAME_PRIMARY = 2  # an equal number of a kind that identifies its holder
SAME_CHECKED = 4  # an equal number whose check digit holds on both sides
OTHER_FORM = 8  # the equal number is written with 15 digits on one side and 18 on the other
PROVEN_DIFFER = 16  # two different proven numbers of a kind of which one holder has only one
SAME_PERMIT = 32  # the lifetime digits of a travel permit agree
SAME_ORG_CODE = 64  # the organisation code inside USCC, organisation code or tax number agrees
SAME_LICENCE = 128  # equal business licence numbers
OLD_AND_NEW_PERMIT = 256  # one holds a 15-digit, the other an 18-digit permanent residence number
PASSPORTS_DIFFER = 512  # both hold passports, none in common
SAME_NATION = 1024
SAME_USCC = 2048
