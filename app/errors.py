"""The closed error family of the product. Holds no logic beyond codes and messages.

AppError(code, user_message, retryable)
├── ConfigError               wrong or missing configuration, at start-up only
├── AccessDenied              the role, launch or tenant does not permit it
├── NotFound                  nothing of that name is visible to this person
├── InvalidInput(field)       what a person typed cannot be used; says which field
├── DataError                 a resource we cannot trust; kept and shown
│   └── ScheduleRefused       one element of an immunization schedule cannot be used
├── NotSaved                  the database did not take the change
├── StaleWrite                someone else changed the record first; nothing was changed
├── KeyReused                 an idempotency key came back with other content
├── StoreUnavailable          the database did not answer a question
├── SealBroken                a sealed record did not open
│   └── UnknownDataKey        it names a data key that this process has not loaded
├── DataKeyExhausted          too many encryptions at once under one data key
├── FhirError(status)
│   ├── FhirUnauthorized      401: the token is dead
│   ├── FhirForbidden         403: scope or policy
│   ├── FhirNotFound          404, 410
│   ├── FhirConflict          409, 412, or a failed JSON Patch test
│   ├── FhirRejected          400, 422 and other refusals that a retry cannot mend
│   ├── FhirThrottled         429, with retry_after_s
│   ├── FhirUnavailable       5xx, time-out, connection lost
│   └── FhirMalformed         an answer that is not what it says it is
├── BulkExportError
├── ContactNotPermitted       preference or consent
├── WriteBackConflict         needs a person
└── EventRejected             bad signature or shape

Messages never contain PHI, tokens or an upstream body.
"""


class AppError(Exception):
    """Root of the family. `code` is stable and documented in docs/errors.md."""

    code = "app_error"
    user_message = "Something went wrong here. Nothing was changed."
    retryable = False

    def __init__(self, user_message: str | None = None) -> None:
        if user_message is not None:
            self.user_message = user_message
        super().__init__(f"{self.code}: {self.user_message}")


class ConfigError(AppError):
    code = "config"
    user_message = "Chartside is not set up correctly."


class AccessDenied(AppError):
    code = "access_denied"
    user_message = "Your role does not include this."


class NotFound(AppError):
    code = "not_found"
    user_message = "There is nothing here for this chart."


class InvalidInput(AppError):
    """`field` is the form field's name, so the page can put the message under it."""

    code = "invalid_input"
    user_message = "One of the fields cannot be saved as typed."

    def __init__(self, user_message: str | None = None, *, field: str = "") -> None:
        self.field = field
        super().__init__(user_message)


class DataError(AppError):
    code = "data"
    user_message = "The EHR sent something that cannot be trusted. It is kept aside."


class ScheduleRefused(DataError):
    """`file` and `where` name the element; the release is refused whole, the old one stays."""

    code = "schedule_refused"

    def __init__(self, file: str, where: str, why: str) -> None:
        self.file = file
        self.where = where
        super().__init__(f"The schedule is refused: {file}, {where}: {why}. Nothing was changed.")


class NotSaved(AppError):
    code = "not_saved"
    user_message = "This was not saved. Try again in a moment."
    retryable = True


class StaleWrite(AppError):
    code = "stale_write"
    user_message = "Someone else changed this in the meantime. Reload to see it, then try again."


class KeyReused(AppError):
    code = "key_reused"
    user_message = "This form was already sent with other values. Reload the page and try again."


class StoreUnavailable(AppError):
    code = "store_unavailable"
    user_message = "Chartside cannot read its records right now. Nothing was changed."
    retryable = True


class SealBroken(AppError):
    """Wrong key, wrong place, or changed bytes; never says which."""

    code = "seal_broken"
    user_message = "A stored record could not be read. Nothing was changed."


class UnknownDataKey(SealBroken):
    """Another process made the key: load it and try once more. `key_id` is hex."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__()


class DataKeyExhausted(AppError):
    """The encryptions reserved under this data key are used up; reserve more, then try again."""

    code = "data_key_exhausted"
    user_message = "This was not saved. Try again in a moment."
    retryable = True


class FhirError(AppError):
    """`status` is the HTTP status, 0 when there was none; `issue_codes` from OperationOutcome."""

    code = "fhir"
    user_message = "The EHR did not answer as expected."

    def __init__(
        self,
        user_message: str | None = None,
        *,
        status: int = 0,
        issue_codes: tuple[str, ...] = (),
    ) -> None:
        self.status = status
        self.issue_codes = issue_codes
        super().__init__(user_message)


class FhirUnauthorized(FhirError):
    code = "fhir_unauthorized"
    user_message = "The sign-in to the EHR has ended."


class FhirForbidden(FhirError):
    code = "fhir_forbidden"
    user_message = "The EHR does not permit this with your sign-in."


class FhirNotFound(FhirError):
    code = "fhir_not_found"
    user_message = "The EHR no longer has this record."


class FhirConflict(FhirError):
    code = "fhir_conflict"
    user_message = "The record changed in the EHR in the meantime."


class FhirRejected(FhirError):
    code = "fhir_rejected"
    user_message = "The EHR refused this."


class FhirThrottled(FhirError):
    """`retry_after_s` is capped by the caller; None when the EHR did not say."""

    code = "fhir_throttled"
    user_message = "The EHR asked us to slow down."
    retryable = True

    def __init__(self, *, retry_after_s: float | None = None, status: int = 429) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(status=status)


class FhirUnavailable(FhirError):
    """`outcome_unknown` is true when the request may have been carried out all the same."""

    code = "fhir_unavailable"
    user_message = "The EHR did not answer in time."
    retryable = True

    def __init__(
        self,
        user_message: str | None = None,
        *,
        status: int = 0,
        outcome_unknown: bool = False,
        issue_codes: tuple[str, ...] = (),
    ) -> None:
        self.outcome_unknown = outcome_unknown
        super().__init__(user_message, status=status, issue_codes=issue_codes)


class FhirMalformed(FhirError):
    code = "fhir_malformed"
    user_message = "The EHR sent an answer that cannot be read."
    retryable = True


class BulkExportError(AppError):
    code = "bulk_export"
    user_message = "The bulk export did not complete."


class ContactNotPermitted(AppError):
    code = "contact_not_permitted"
    user_message = "This contact is not permitted now."


class WriteBackConflict(AppError):
    code = "write_back_conflict"
    user_message = "The EHR changed while you were editing. Choose which value to keep."


class EventRejected(AppError):
    code = "event_rejected"
    user_message = "The event could not be accepted."
