"""Loopback ports: a free one, and a clear word when one is taken."""

import socket

from core.errors import ConfigurationError


def free_port() -> int:
    """A port that nobody on 127.0.0.1 listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now, as servers do (with SO_REUSEADDR)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def ensure_free(port: int, *, needed_by: str, option: str = "--port") -> None:
    """Raises ConfigurationError that names the port, who needs it and what to do."""
    if not is_free(port):
        raise ConfigurationError(
            f"port {port}, needed by {needed_by}, is taken by another program: "
            f"stop it or choose another port with {option}"
        )
