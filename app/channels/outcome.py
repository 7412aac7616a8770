"""What became of one attempt to send. Three endings and no others; nothing here sends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """The vendor has it. `provider_id` is the vendor's name for it."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It certainly did not leave. `code` is stable and holds nothing of the message.

    `is_final`: the same message to the same address will be refused again. `bad_address`: the
    vendor says that this address cannot get it. `opted_out`: the vendor holds a stop of theirs.
    """

    code: str
    is_final: bool = False
    retry_after_s: float | None = None
    bad_address: bool = False
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have left. It is never sent again by itself."""

    code: str


Outcome = Taken | Refused | Unknown
