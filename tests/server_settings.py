"""What clients of ClickHouse ask for when they are opened: once for each server and user.

All the server's settings are 20 ms of processor time, a third of a small test, and thousands of
clients are opened. Whether the server answers is still seen each time, by its version.
"""

from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.client import Client

_ASKED = "FROM system.settings"
_answers: dict[tuple[str, str], list[Mapping[str, Any]]] = {}


def ask_once() -> None:
    """From now on, in this process."""
    ask: Any = vars(Client)["_execute_operation"]
    ask_async: Any = vars(AsyncClient)["_execute_operation"]

    def remember(client: Any, operation: Any) -> Any:
        if _ASKED not in operation.text:
            return ask(client, operation)
        key = _key(client)
        if key not in _answers:
            _answers[key] = list(ask(client, operation).named_results())
        return _answers[key]

    async def remember_async(client: Any, operation: Any) -> Any:
        if _ASKED not in operation.text:
            return await ask_async(client, operation)
        key = _key(client)
        if key not in _answers:
            _answers[key] = list((await ask_async(client, operation)).named_results())
        return _answers[key]

    setattr(Client, "_execute_operation", remember)
    setattr(AsyncClient, "_execute_operation", remember_async)


def _key(client: Any) -> tuple[str, str]:
    return client.url, client.headers["Authorization"]
