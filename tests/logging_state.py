"""Logging is set up once in a process: what a test sets up is taken back."""

import contextlib
import logging
from collections.abc import Iterator

import structlog


@contextlib.contextmanager
def logging_kept() -> Iterator[None]:
    """Afterwards structlog and the root logger are as they were before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    was_configured, before = structlog.is_configured(), structlog.get_config()
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
        if was_configured:
            structlog.configure(**before)
        else:
            structlog.reset_defaults()
