"""Loopback ports for programs that must be told theirs before they listen. Opens nothing."""

import os
import random
import socket

FIRST, EACH, WORKERS = 20_000, 1_500, 8
"""Below what the system gives away by itself: a port that is free here stays free until the program
listens. Each process of a parallel run has its own stretch."""

_given: set[int] = set()


def find_port() -> int:
    """A loopback port that nobody listens on and that this process gave to nobody yet."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    first = FIRST + worker * EACH
    for port in random.SystemRandom().sample(range(first, first + EACH), EACH):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise OSError("no loopback port is free")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
