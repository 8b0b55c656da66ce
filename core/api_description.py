"""What an OpenAPI document says of errors and parameters beyond what FastAPI derives: the same for
API and intake."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from core.problem_texts import problem_texts
from core.problems import MEDIA_TYPE

PROBLEM = {"$ref": "#/components/schemas/Problem"}
_FASTAPIS_OWN = {"$ref": "#/components/schemas/HTTPValidationError"}  # which nobody is answered
# The code that is the example of a status, unless a route's own errors say better.
_EXAMPLE_CODES = {
    400: "bad_request",
    401: "session_missing",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "body_too_slow",
    409: "conflict",
    412: "changed_meanwhile",
    413: "body_too_large",
    415: "encoding_unknown",
    422: "request_invalid",
    428: "version_missing",
    429: "too_many_calls",
    500: "internal",
    503: "postgres_unavailable",
    504: "query_timeout",
}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
# A text and an example, or None.
ParameterText = tuple[str, Any]


def describe_errors(
    document: dict[str, Any],
    operation: dict[str, Any],
    statuses: Iterable[int],
    codes: Mapping[int, str] | None = None,
) -> None:
    """Adds what is missing of these statuses; every error that is a problem becomes one of the
    document's shared responses, with the example of its code."""
    responses = operation["responses"]
    for status in statuses:
        responses.setdefault(str(status), {})
    shared = document.setdefault("components", {}).setdefault("responses", {})
    for name, response in responses.items():
        status = int(name)
        contents = response.get("content", {}).values()
        schemas = [each.get("schema") for each in contents]
        if status < 400 or any(each not in (PROBLEM, _FASTAPIS_OWN) for each in schemas):
            continue
        code = _EXAMPLE_CODES.get(status) if codes is None else codes.get(status)
        key = f"Problem{status}"
        shared.setdefault(key, _problem_response(status, code or _EXAMPLE_CODES.get(status)))
        responses[name] = {"$ref": f"#/components/responses/{key}"}
    operation["responses"] = dict(sorted(responses.items()))


def _problem_response(status: int, code: str | None) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    content: dict[str, Any] = {"schema": PROBLEM}
    if code is not None:
        text = problem_texts().codes[code]
        content["example"] = {
            "type": "about:blank",
            "title": phrase,
            "status": status,
            "detail": text.en,
            "code": code,
            "explained": {"ru": text.ru, "en": text.en},
        }
    response: dict[str, Any] = {"description": phrase, "content": {MEDIA_TYPE: content}}
    if status in (429, 503):
        response["headers"] = _RETRY_AFTER
    return response


def describe_parameters(operation: dict[str, Any], texts: Mapping[str, ParameterText]) -> None:
    """Gives the parameters without a description that of their name, and its example."""
    for parameter in operation.get("parameters", ()):
        name, schema = parameter["name"], parameter["schema"]
        text, example = texts.get(name) or (_text_of(name), None)
        if not parameter.get("description"):
            parameter["description"] = schema.get("description", text)
        schema = parameter["schema"] = _never_null(schema)
        is_shown = any(key.startswith("example") for key in (*parameter, *schema))
        if example is not None and not is_shown and "enum" not in schema:
            parameter["example"] = example


def _never_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter may be left out, which is what null stands for in Python: it cannot be sent."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    (kind,) = kinds
    return {key: value for key, value in schema.items() if key != "anyOf"} | dict(kind)


def _text_of(name: str) -> str:
    words = name.replace("_", " ")
    if name.endswith("_id"):
        return f"The {words.removesuffix(' id')}'s id, as the list has it."
    return f"{words.capitalize()}."


_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def whole_bounds(part: Any) -> None:
    """FastAPI writes the bounds of whole numbers as fractions, and 2**63 no longer exactly."""
    if isinstance(part, dict):
        if part.get("type") == "integer":
            part |= {key: int(part[key]) for key in _BOUNDS if isinstance(part.get(key), float)}
        for each in part.values():
            whole_bounds(each)
    elif isinstance(part, list):
        for each in part:
            whole_bounds(each)
