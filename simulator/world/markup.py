"""The keyboards that Telegram accepts."""

from typing import Any
from urllib.parse import urlsplit

from pyrogram.raw import types

from simulator.wire.rpc import RpcError

MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
LINKS = ("http", "https", "tg", "ton")


def check_markup(markup: Any) -> None:
    """Raises RpcError."""
    rows = getattr(markup, "rows", None)
    if rows is None:
        return
    buttons = [button for row in rows for button in row.buttons]
    if len(buttons) > MAX_BUTTONS:
        raise RpcError(400, "REPLY_MARKUP_TOO_LONG")
    if any(not button.text for button in buttons):
        raise RpcError(400, "BUTTON_TEXT_INVALID")
    if not isinstance(markup, types.ReplyInlineMarkup):
        if not buttons:
            raise RpcError(400, "REPLY_MARKUP_INVALID")
        return
    for button in buttons:
        _check_inline(button.type)


def _check_inline(kind: Any) -> None:
    if isinstance(kind, types.InlineButtonTypeCallback):
        if not 1 <= len(kind.data) <= MAX_CALLBACK_BYTES:
            raise RpcError(400, "BUTTON_DATA_INVALID")
    elif isinstance(kind, types.InlineButtonTypeUrl):
        if urlsplit(kind.url).scheme not in LINKS or not urlsplit(kind.url).netloc:
            raise RpcError(400, "BUTTON_URL_INVALID")
