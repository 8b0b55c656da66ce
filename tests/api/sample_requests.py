"""Requests that fit a route's own description, so that only who asks can be wrong with them."""

from typing import Any

# For parameters that are no numbers.
PARAMETERS = {
    "dataset": "orders",
    "file_format": "csv",
    "table": "orders",
    "export_id": "00000000-0000-4000-8000-000000000000",
    "module": "menu",
    "key": "menu",
    "language": "en",
    "rule": "links",
    "segment": "champions",
    "text_key": "welcome",
    "sha256": "0" * 64,
    "confirmation_id": "00000000-0000-4000-8000-000000000000",
    "currency": "USD",
    "timezone": "UTC",
    "valid_from": "2026-01-01",
    "chat_id": "-100500",
    "picture": "svg",
    "day": "2026-01-01",
    "metrics": "starts",
    "from": "2026-01-01",
    "to": "2026-01-02",
}
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def value_of(schema: dict[str, Any], document: dict[str, Any], name: str = "") -> Any:
    """The least that fits a JSON schema, as FastAPI writes it."""
    if "$ref" in schema:
        part = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            part = part[step]
        return value_of(part, document, name)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return value_of(schema[key][0], document, name)
    if "enum" in schema:
        return schema["enum"][0]
    return PARAMETERS[name] if name in PARAMETERS else _of_type(schema, document)


def _of_type(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
        case "array":
            return [value_of(schema["items"], document)] * schema.get("minItems", 0)
        case "object":
            properties = schema.get("properties", {})
            return {
                each: value_of(properties[each], document, each)
                for each in schema.get("required", ())
            }
        case _:
            return _FORMATS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def request_of(
    operation: dict[str, Any], document: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """What `httpx` needs for a request beside its method and path: required query and body, with
    the values `given` by name."""
    request: dict[str, Any] = {
        "headers": {},
        "params": {
            each["name"]: given.get(each["name"], value_of(each["schema"], document, each["name"]))
            for each in operation.get("parameters", ())
            if each["in"] == "query" and (each.get("required") or each["name"] in given)
        },
    }
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = value_of(content["application/json"]["schema"], document)
        request["json"] = body | {key: given[key] for key in given if key in body}
    elif content:
        request["content"] = b"x"
        request["headers"]["content-type"] = next(iter(content))
    return request
