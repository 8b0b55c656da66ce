"""JSON bodies whose values are of another type than described: `false` for a number, `0` for a yes
or no, `"7"` for 7. Pydantic would convert them, so that a slip in a program becomes a price."""

from functools import lru_cache
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

_JSON = "application/json"
# A whole number may be written as 7.0: only what is no number at all is refused.
_NUMBERS = frozenset({"int_type", "float_type"})


@lru_cache(maxsize=1000)
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


async def check(request: Request) -> None:
    """Raises RequestValidationError, naming the fields. Other faults of a body are left to the
    route's own reading."""
    route = request.scope.get("route")
    is_json = request.headers.get("content-type", _JSON).partition(";")[0].strip() == _JSON
    if not isinstance(route, APIRoute) or not is_json or request.method in ("GET", "HEAD"):
        return
    fields = route.dependant.body_params
    if len(fields) != 1:  # a body of its own kind, which the route reads itself, or none
        return
    model: Any = fields[0].field_info.annotation
    try:
        _adapter(model).validate_json(await request.body(), strict=True)
    except ValidationError as error:
        wrong = [
            {**found, "loc": ("body", *found["loc"])}
            for found in error.errors(include_url=False)
            if _is_converted(found["type"], found["input"])
        ]
        if wrong:
            raise RequestValidationError(wrong) from error


def _is_converted(kind: str, value: object) -> bool:
    if kind in _NUMBERS:
        return isinstance(value, bool | str)
    return kind == "bool_type" and isinstance(value, int | float | str)
