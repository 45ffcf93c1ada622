"""The keys that signing in uses; named in one place so that `keys init` makes them."""

from security.crypto.purposes import register

#: Content of sessions.
SESSION_KEY = register("session.data", "sign-in").name
#: Secrets of second factors: TOTP keys, seeds of recovery codes.
FACTOR_KEY = register("factor.secret", "sign-in").name
#: Shared keys of client systems.
CLIENT_KEY = register("client.key", "sign-in").name
#: Mixed into every password before it is hashed.
PEPPER = register("pepper.password", "sign-in", "HMAC-SM3").name
#: Digests of typed names.
NAME_KEY = register("index.SIGN_IN_NAME", "blind-index", "HMAC-SM3").name
