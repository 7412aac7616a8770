"""The `chartside` command: builds the same parts as main and hands them to one module per group."""

import typer

from app.cli import (
    audit,
    db,
    demo,
    gaps,
    immunizations,
    keys,
    mappings,
    messages,
    serve,
    users,
    worker,
)
from app.cli.normalize import normalize
from app.cli.tenants import group as tenants

app = typer.Typer(
    name="chartside", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(immunizations.app, name="immunizations")
app.add_typer(gaps.app)

app.command("normalize")(normalize)
app.add_typer(tenants, name="tenants")
app.add_typer(audit.group, name="audit")
app.add_typer(users.group, name="users")
app.add_typer(keys.group, name="keys")
app.add_typer(db.group, name="db")
app.add_typer(mappings.group, name="mappings")
app.add_typer(mappings.quality, name="quality")
app.add_typer(messages.group, name="messages")

app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)


def main() -> None:
    """Entry point of the `chartside` script."""
    app()
