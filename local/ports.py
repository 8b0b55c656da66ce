"""Loopback ports: finding a free one, and a clear message when one is taken."""

import random
import socket

from core.errors import ConfigurationError

# Below the range from which systems take the ports of outgoing connections (32768 and up), so that
# none of those has a service's port when it is restarted.
_RANGE = range(20_000, 32_000)
_ATTEMPTS = 1000


def free_port(taken: frozenset[int] = frozenset()) -> int:
    """A port of 127.0.0.1 that is free at this moment, and not one of `taken`."""
    for _ in range(_ATTEMPTS):
        port = random.choice(_RANGE)
        if port not in taken and is_free(port):
            return port
    raise ConfigurationError(
        f"no free port between {_RANGE.start} and {_RANGE.stop} on 127.0.0.1: end some programs"
    )


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now, as servers do (with SO_REUSEADDR)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def ensure_free(
    port: int, *, needed_by: str, option: str = "--port", host: str = "127.0.0.1"
) -> None:
    """Raises ConfigurationError naming the port, who needs it and what to do."""
    if not is_free(port, host):
        raise ConfigurationError(
            f"port {port}, needed by {needed_by}, is taken by another program: "
            f"stop it or choose another port with {option}"
        )
