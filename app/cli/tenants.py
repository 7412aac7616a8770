"""`chartside tenants …`: the EHR connections. Each command lives in a module of its own."""

import typer

from app.cli.tenants_admin import add, disable, enable, list_tenants, show
from app.cli.tenants_check import check
from app.cli.tenants_site import mrn, override, switch

group = typer.Typer(help="EHR connections", no_args_is_help=True)
group.command("check")(check)
group.command("add")(add)
group.command("list")(list_tenants)
group.command("show")(show)
group.command("disable")(disable)
group.command("enable")(enable)
group.command("switch")(switch)
group.command("override")(override)
group.command("mrn")(mrn)
