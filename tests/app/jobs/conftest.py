"""The databases of the store's tests, for the jobs on them."""

from tests.app.store.conftest import (
    clock,
    database_url,
    key_file,
    postgres_server,
    postgres_template,
    postgres_url,
    store,
)

__all__ = [
    "clock",
    "database_url",
    "key_file",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "store",
]
