"""Errors of the API's methods, and their names."""

from functools import cache

from simulator.wire.tl import Object


class RpcError(Exception):
    """Telegram's answer in place of a result: https://core.telegram.org/api/errors"""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


def method_name(query: Object) -> str:
    """The name in Telegram's documentation, such as `messages.sendMessage`."""
    return _documented_name(query.QUALNAME)


@cache
def _documented_name(qualified: str) -> str:
    *namespace, name = qualified.split(".")[1:]
    return ".".join([*namespace, name[:1].lower() + name[1:]])
