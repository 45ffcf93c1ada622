"""Telephone numbers in the form of real ones, and e-mail addresses in domains that nobody can own."""

from batch.synthetic.chance import Chance

_MOBILE_PREFIXES = (
    "130 131 132 133 134 135 136 137 138 139 150 151 152 153 155 156 157 158 159 166 170 171 173 175"
    " 176 177 178 180"
    " 181 182 183 184 185 186 187 188 189 191 193 195 198 199"
).split()
#: Domains reserved for examples (RFC 2606): a message to them reaches nobody.
_MAIL_DOMAINS = ("example.com", "example.net", "example.org", "mail.example.com", "post.example.net")
PLACEHOLDERS = ("13800138000", "11111111111", "13888888888", "13800000000")


def mobile(chance: Chance) -> str:
    """A mainland mobile number that no one types as a placeholder."""
    while True:
        number = chance.pick(_MOBILE_PREFIXES) + chance.digits(8)
        if number not in PLACEHOLDERS:
            return number


def email(chance: Chance, latin_name: str) -> str:
    """An address made of the name in Latin letters: zhangsan1987@example.com."""
    local = "".join(sign for sign in latin_name.lower() if sign.isascii() and sign.isalpha())
    return f"{local or 'customer'}{chance.below(10_000)}@{chance.pick(_MAIL_DOMAINS)}"
