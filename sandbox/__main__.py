"""`python -m sandbox`: the pretend EHR on a port, until it is told to stop."""

import argparse
import sys
from pathlib import Path

from sandbox.config import SandboxConfig
from sandbox.personalities import PERSONALITIES
from sandbox.serving import serve


def parse_arguments(argv: list[str] | None = None) -> SandboxConfig:
    """The command line as a SandboxConfig."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--patients", type=Path, help="folder of FHIR bundles")
    parser.add_argument("--personality", choices=sorted(PERSONALITIES), default="generic")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--clients", type=Path, help="JSON list of registered apps")
    parser.add_argument("--app-origin", default="http://localhost:8000")
    parser.add_argument("--origin", help="what browsers call us, when not http://host:port")
    parser.add_argument("--smtp-port", type=int, help="where the mailbox takes mail")
    given = parser.parse_args(argv)
    return SandboxConfig(
        host=given.host,
        port=given.port,
        patients=given.patients,
        personality=given.personality,
        latency_ms=given.latency_ms,
        clients=given.clients,
        app_origin=given.app_origin,
        origin=given.origin,
        smtp_port=given.smtp_port,
    )


def main() -> int:
    """0 after a clean stop, 2 when it cannot start."""
    config = parse_arguments()
    print(f"Pretend EHR on {config.public_origin} (stop with Ctrl-C)", flush=True)
    try:
        serve(config)
    except (OSError, ValueError) as exc:
        print(f"Cannot start: {exc}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
