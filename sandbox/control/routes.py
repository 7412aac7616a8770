"""The URL table under /_sandbox/."""

from starlette.routing import Route

from sandbox.control.answers import Handler, answering
from sandbox.control.charts import Charts
from sandbox.control.launches import Launches
from sandbox.control.post import Post
from sandbox.control.switches import Switches
from sandbox.state import Sandbox


def control_routes(state: Sandbox) -> list[Route]:
    """All control routes; for testers on the same machine, never part of an EHR's API."""
    launches, switches, charts = Launches(state), Switches(state), Charts(state)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "state", charts.state),
        ("GET", "patients", charts.patients),
        ("GET", "log", charts.log),
        ("DELETE", "log", charts.clear_log),
        ("GET", "writes", charts.writes),
        ("GET", "resource/{type}/{id}", charts.resource),
        ("POST", "patch/{type}/{id}", charts.patch),
        ("POST", "clients", launches.add_client),
        ("GET", "clients", launches.list_clients),
        ("DELETE", "clients/{id}", launches.remove_client),
        ("POST", "launches", launches.add_launch),
        ("POST", "faults", switches.add_fault),
        ("GET", "faults", switches.list_faults),
        ("DELETE", "faults", switches.remove_faults),
        ("DELETE", "faults/{id}", switches.remove_faults),
        ("POST", "latency", switches.latency),
        ("POST", "expire_tokens", switches.expire_tokens),
        ("POST", "expire_pages", switches.expire_pages),
        ("POST", "rotate_keys", switches.rotate_keys),
        ("POST", "clock", switches.clock),
        ("POST", "settings", switches.settings),
        ("POST", "reset", switches.reset),
        *_post_table(Post(state)),
    ]
    return [
        Route(f"/_sandbox/{path}", answering(handler), methods=[method])
        for method, path, handler in table
    ]


def _post_table(post: Post) -> list[tuple[str, str, Handler]]:
    return [
        ("GET", "texts", post.texts),
        ("POST", "texts", post.reply),
        ("GET", "mails", post.mails),
        ("POST", "post", post.settings),
        ("DELETE", "post", post.clear),
    ]
