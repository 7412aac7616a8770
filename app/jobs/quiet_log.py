"""What the job engine's library may say in our log: that something happened, never with what.

Its messages quote database errors, and those could quote a value.
"""

import logging

LIBRARY = "dbos"
MAX_TEXT = 80


class Quiet(logging.Filter):
    """Keeps the first clause of a message and the class of an exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage().split(":", 1)[0].split("(", 1)[0][:MAX_TEXT]
        kind = record.exc_info[0] if record.exc_info else None
        record.msg = f"{text} ({kind.__name__})" if kind is not None else text
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


def quiet_library() -> None:
    """Before the library is loaded: without a handler of its own it would add one on stderr."""
    logger = logging.getLogger(LIBRARY)
    logger.setLevel(logging.WARNING)
    logger.propagate = True
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if not any(isinstance(f, Quiet) for f in logger.filters):
        logger.addFilter(Quiet())
