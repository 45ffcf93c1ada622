"""How people sign in: the limits a bank sets, read once from the environment (`PANORAMA_…`)."""

from dataclasses import dataclass
from datetime import timedelta

from mdm.conf import Conf, conf


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Every limit of signing in; a zero switches `password_lifetime`, `password_given`, `sessions_per_user` and
    `attempts_address` off. `password_given`: how long one that somebody else chose signs in."""

    idle: timedelta
    absolute: timedelta
    sessions_per_user: int
    step_up: timedelta
    attempts: int
    attempts_address: int
    lock: timedelta
    password_length: int
    password_history: int
    password_lifetime: timedelta
    password_given: timedelta

    @property
    def idle_minutes(self) -> int:
        """For people."""
        return int(self.idle.total_seconds() // 60)

    @property
    def given_hours(self) -> int:
        """For people."""
        return int(self.password_given.total_seconds() // 3600)

    @property
    def absolute_hours(self) -> int:
        """For people."""
        return int(self.absolute.total_seconds() // 3600)

    @classmethod
    def from_conf(cls, settings: Conf) -> "SignInPolicy":
        """The policy that the environment asks for."""

        def number(name: str, default: int) -> int:
            return int(settings.get(name, str(default)))

        return cls(
            idle=timedelta(minutes=number("IDLE_MINUTES", 15)),
            absolute=timedelta(hours=number("SESSION_HOURS", 10)),
            sessions_per_user=number("SESSIONS_PER_USER", 1),
            step_up=timedelta(minutes=number("STEP_UP_MINUTES", 10)),
            attempts=number("SIGN_IN_ATTEMPTS", 5),
            attempts_address=number("SIGN_IN_ATTEMPTS_ADDRESS", 100),
            lock=timedelta(minutes=number("LOCK_MINUTES", 15)),
            password_length=number("PASSWORD_LENGTH", 12),
            password_history=number("PASSWORD_HISTORY", 5),
            password_lifetime=timedelta(days=number("PASSWORD_DAYS", 90)),
            password_given=timedelta(hours=number("PASSWORD_GIVEN_HOURS", 72)),
        )


policy = SignInPolicy.from_conf(conf)
