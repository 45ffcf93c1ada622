"""The root key in a crypto machine, through PKCS#11 (OASIS 2.40): it wraps inside, and never comes out.

Two objects a version: an AES-256 key `panorama-root-N` that wraps level 2 by AES-GCM with bound data, and a
secret `panorama-root-N-mac` that authenticates key rows by HMAC-SHA-256; both sensitive and not extractable.
(PKCS#11 has no standard numbers for SM4 and SM3; a certified machine with its own library takes this place
behind the same interface.) Proved against SoftHSM in tests/security/crypto/test_hsm.py.
"""

import os
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from django.utils.translation import gettext_lazy as _
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, ObjectClass

from mdm.conf import Conf
from mdm.errors import Unavailable
from security.crypto.algorithms import NONCE, WrongTag
from security.crypto.providers import RootInfo, RootProvider, RootVersions

_LABEL = re.compile(r"panorama-root-([1-9][0-9]{0,5})\Z")
_KEY_BITS, _MAC_BITS = 256, 256
Result = TypeVar("Result")
#: What machines say when they were away since the session was opened.
_AWAY = (
    pkcs11.exceptions.SessionHandleInvalid,
    pkcs11.exceptions.SessionClosed,
    pkcs11.exceptions.DeviceRemoved,
    pkcs11.exceptions.DeviceError,
    pkcs11.exceptions.TokenNotPresent,
    pkcs11.exceptions.UserNotLoggedIn,
)


class Token:
    """A token that is logged in to, once a process and again after a fork; its session serves one call at a time."""

    def __init__(self, module: str, label: str, pin: str) -> None:
        self._module, self._label, self._pin = module, label, pin
        self._lock = threading.RLock()
        self._session: Any = None
        self._pid = 0

    def using(self, work: Callable[[Any], Result]) -> Result:
        """Calls `work` with the open session. Unavailable `key.hsm_down`; WrongTag passes through."""
        with self._lock:
            try:
                return work(self._opened())
            except WrongTag:
                raise
            except pkcs11.exceptions.PKCS11Error as error:
                if isinstance(error, _AWAY):
                    self._session = None  # opened anew at the next call
                text = _("The crypto machine does not do what it is asked (%s).") % type(error).__name__
                raise Unavailable("key.hsm_down", text) from error

    def _opened(self) -> Any:
        if self._session is None or self._pid != os.getpid():
            library = pkcs11.lib(self._module)
            self._session = None  # before the new one: closing it later would close whatever has its number
            if self._pid not in (0, os.getpid()):
                library.reinitialize()  # PKCS#11 forbids a child to use its parent's
            self._session = self._logged_in(library.get_token(token_label=self._label))
            self._pid = os.getpid()
        return self._session

    def _logged_in(self, token: Any) -> Any:
        """A session; the log-in holds for the whole process, so a second session needs none."""
        try:
            return token.open(rw=True, user_pin=self._pin)
        except pkcs11.exceptions.UserAlreadyLoggedIn:
            return token.open(rw=True)


class HsmRoot(RootProvider):
    """One version of the root key inside the token."""

    def __init__(self, token: Token, version: int) -> None:
        self._token, self._version = token, version
        zeros = bytes(16)
        block = token.using(lambda s: self._key(s).encrypt(zeros, mechanism=Mechanism.AES_ECB))
        self._info = RootInfo("pkcs11", version, block[:3].hex())

    def info(self) -> RootInfo:
        return self._info

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._token.using(lambda s: bytes(self._key(s).encrypt(key, **_gcm(nonce, bound))))

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        nonce, sealed = wrapped[:NONCE], wrapped[NONCE:]

        def work(session: Any) -> bytes:
            key = self._key(session)
            try:
                return bytes(key.decrypt(sealed, **_gcm(nonce, bound)))
            except _WRONG:
                raise WrongTag from None

        return self._token.using(work)

    def mac(self, data: bytes) -> bytes:
        return self._token.using(
            lambda s: bytes(self._mac_key(s).sign(data, mechanism=Mechanism.SHA256_HMAC))
        )

    def _key(self, session: Any) -> Any:
        return session.get_key(object_class=ObjectClass.SECRET_KEY, label=_name(self._version))

    def _mac_key(self, session: Any) -> Any:
        return session.get_key(object_class=ObjectClass.SECRET_KEY, label=f"{_name(self._version)}-mac")


#: What machines say of a tag that does not fit.
_WRONG = (
    pkcs11.exceptions.EncryptedDataInvalid,
    pkcs11.exceptions.EncryptedDataLenRange,
    pkcs11.exceptions.FunctionFailed,
    pkcs11.exceptions.GeneralError,
)


def pkcs11_root(conf: Conf) -> RootProvider:
    """The provider `pkcs11`: `PANORAMA_PKCS11_MODULE`, `_TOKEN`, and `_PIN` or `_PIN_FILE`.

    Raises Unavailable `key.hsm_down`, `key.root_missing`.
    """
    token = _token(conf)
    return RootVersions(
        lambda: _versions(token), lambda: generate(token), lambda version: erase(token, version)
    )


def make_first(conf: Conf) -> bool:
    """Makes the first version where the token has none (`keys init`); says whether it did."""
    try:
        pkcs11_root(conf)
    except Unavailable as refusal:
        if refusal.code != "key.root_missing":
            raise
        generate(_token(conf))
        return True
    return False


def _token(conf: Conf) -> Token:
    path = conf.get("PKCS11_PIN_FILE")
    pin = Path(path).read_text().strip() if path else conf.get("PKCS11_PIN")
    return _one_token(conf.get("PKCS11_MODULE"), conf.get("PKCS11_TOKEN"), pin)


@cache
def _one_token(module: str, label: str, pin: str) -> Token:
    """One session a process: logging in holds for all of them, and so does logging out."""
    return Token(module, label, pin)


def generate(token: Token) -> None:
    """Makes the next version inside the token: persistent, sensitive, never extractable."""
    version = max(token.using(_numbers), default=0) + 1
    token.using(lambda session: _make(session, version))


def erase(token: Token, version: int) -> None:
    """Destroys the objects of a version."""

    def work(session: Any) -> None:
        for label in (_name(version), f"{_name(version)}-mac"):
            session.get_key(object_class=ObjectClass.SECRET_KEY, label=label).destroy()

    token.using(work)


def _versions(token: Token) -> list[HsmRoot]:
    found = [HsmRoot(token, version) for version in sorted(token.using(_numbers))]
    if not found:
        raise Unavailable(
            "key.root_missing", _("There is no root key yet: make one with `manage.py keys init`.")
        )
    return found


def _numbers(session: Any) -> list[int]:
    objects = list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
    labels = [_LABEL.match(str(one[Attribute.LABEL])) for one in objects]
    return [int(found[1]) for found in labels if found]


def _make(session: Any, version: int) -> None:
    mac_name = f"{_name(version)}-mac"
    for left in list(session.get_objects({Attribute.LABEL: mac_name})):
        left.destroy()  # of a version that was never finished: the key itself is made last
    stay = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.TOKEN: True}
    session.generate_key(
        KeyType.GENERIC_SECRET, _MAC_BITS, label=mac_name, store=True,
        capabilities=MechanismFlag.SIGN, mechanism=Mechanism.GENERIC_SECRET_KEY_GEN, template=stay,
    )  # fmt: skip
    session.generate_key(
        KeyType.AES, _KEY_BITS, label=_name(version), store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT, template=stay,
    )  # fmt: skip


def _gcm(nonce: bytes, bound: bytes) -> dict[str, Any]:
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(nonce, bound, 128)}


def _name(version: int) -> str:
    return f"panorama-root-{version}"
