"""The approval under which an actor acts: given by the engine for one operation, gone with it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approval:
    """The change request, the one operation it allows on one target, and who approved it."""

    request_id: int
    operation: str
    target: str
    approvers: tuple[str, ...]
