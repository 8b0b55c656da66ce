"""Structured logs on stderr, with secrets taken out of every record, also of other libraries'."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import stamina
import structlog

from core.postgres import MISSING_TABLES, WHEN_MISSING
from core.settings import Settings

# Bot tokens, panel links and sessions, keys, web hooks and what signs them, credentials inside
# URLs, long hexadecimal keys.
_SECRETS = (
    (re.compile(r"\b(\d{6,}):[A-Za-z0-9_-]{35}\b"), r"\1:***"),
    (re.compile(r"\b(vt[rswhk]_)[A-Za-z0-9_-]{8,}"), r"\1***"),
    (re.compile(r"\b(whsec_)[A-Za-z0-9+/=]{8,}"), r"\1***"),
    (re.compile(r"(\w+://[^:/@\s]+):[^@\s]+@"), r"\1:***@"),
    (re.compile(r"(?i)(cookie['\"]?\s*[:=]\s*)[^\s,}\]]+"), r"\1***"),
    (re.compile(r"\b[0-9a-fA-F]{128,}\b"), "***"),
)


def redact(text: str) -> str:
    """The text with every secret of a known shape replaced by `***`."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _redact_value(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case dict():
            return {key: _redact_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_redact_value(item) for item in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return redact(str(value))


def _redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    # structlog's own bookkeeping (`_record`, …) is consumed by the formatter, not printed.
    for key in [key for key in event if not key.startswith("_")]:
        event[key] = _redact_value(event[key])
    return event


def _shorten_known(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A missing table is for the operator to repair: one line that says how, and no traceback."""
    info = event.get("exc_info")
    error = info[1] if isinstance(info, tuple) else info
    if info is True:
        error = sys.exc_info()[1]
    if isinstance(error, MISSING_TABLES):
        del event["exc_info"]
        event["error"] = f"PostgreSQL: {error}: {WHEN_MISSING}"
    return event


def configure(settings: Settings) -> None:
    """Sets up structlog and the standard library's root logger; a service calls it once."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _shorten_known,
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    # Our code logs retries itself; stamina would log every attempt.
    stamina.instrumentation.set_on_retry_hooks(())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # Chatty at info, and of no use to an operator there.
    for name in ("pyrogram", "httpx", "clickhouse_connect", "alembic"):
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
