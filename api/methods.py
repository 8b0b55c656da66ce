"""Which methods an address takes, whatever route each of them has: the header `Allow` of a 405."""

import re
from functools import cached_property

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

PREFIX = "/api/"
# Answers every address that nothing else does, with the panel's page.
_REST = "/{path:path}"


class KnownMethods:
    """The methods of the app's routes by the patterns of their paths."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], bool, frozenset[str]]]:
        return [
            (compile_path(route.path)[0], route.path == _REST, frozenset(route.methods or ()))
            for route in iter_route_contexts(self._app.routes)
            if route.path is not None
        ]

    def of(self, path: str) -> list[str]:
        """In alphabetical order; none if there is nothing at the path. Of the patterns that fit,
        those with the fewest parameters count: `/sources/figures` is no source."""
        is_api = path.startswith(PREFIX)
        fitting = [
            (pattern.groups, methods)
            for pattern, is_rest, methods in self._patterns
            if not (is_rest and is_api) and pattern.match(path)
        ]
        fewest = min((parameters for parameters, _ in fitting), default=0)
        found = {
            method for parameters, methods in fitting if parameters == fewest for method in methods
        }
        return sorted(found | ({"HEAD"} if "GET" in found else set()))


def methods_of(request: Request) -> list[str]:
    """What the address of the request takes."""
    known: KnownMethods = request.app.state.known_methods
    return known.of(request.scope["path"])
