"""One question to a running simulator, whose troubles are known ones."""

from typing import Any

from core.errors import ConfigurationError
from simulator.control.port import ControlError, call


async def ask(address: tuple[str, int], operation: str, **arguments: Any) -> Any:
    """The answer of its control port, at a host and a port.

    Raises ConfigurationError if the simulator is not there or refuses.
    """
    host, port = address
    try:
        return await call(host, port, operation, **arguments)
    except ControlError as error:
        raise ConfigurationError(f"the simulator refuses {operation}: {error}") from error
    except OSError as error:
        raise ConfigurationError(
            f"no simulator's control port at {host}:{port}: {error}"
        ) from error
