"""Which of our languages a request asks for: `?lang=ru`, or else `Accept-Language` (RFC 9110,
12.5.4)."""

from contextvars import ContextVar
from typing import Literal, get_args
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["ru", "en"]
_LANGUAGES: tuple[Language, ...] = get_args(Language)
_LONGEST = 1000  # characters of the header: browsers send below 200

_asked: ContextVar[Language] = ContextVar("language", default="en")


def language_asked() -> Language:
    """That of the request being answered."""
    return _asked.get()


def preferred(accepted: str) -> Language:
    """The language of ours that the header wants most; English if it wants neither."""
    best: tuple[float, Language] = (0.0, "en")
    for part in accepted[:_LONGEST].split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((_weight(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        for language in _LANGUAGES:
            if name.lower().partition("-")[0] == language and weight > best[0]:
                best = weight, language
    return best[1]


def _weight(text: str) -> float:
    try:
        return min(float(text), 1.0)
    except ValueError:
        return 0.0


def _language_of(scope: Scope) -> Language:
    chosen = parse_qs(scope["query_string"][:_LONGEST].decode("latin-1")).get("lang", [""])[0]
    for language in _LANGUAGES:
        if chosen == language:
            return language
    return preferred(Headers(scope=scope).get("accept-language", ""))


class HearsLanguage:
    """Keeps the language that each request asks for: `language_asked` of whatever answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # Not reset: the answer to an unforeseen error is made outside of this, in the same
            # task, and every request is a task of its own.
            _asked.set(_language_of(scope))
        await self._app(scope, receive, send)
