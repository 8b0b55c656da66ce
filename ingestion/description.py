"""What the intake's OpenAPI document says beyond what FastAPI derives: what the bodies hold, which
are read as they come, and every error."""

from typing import Any

from core.api_description import ParameterText, describe_errors, describe_parameters
from core.problems import Problem
from ingestion.incoming import EventProblem, Incoming, IncomingEvent

_SCHEMAS = "#/components/schemas/"
_KEY_SCHEME = "write_key"
# Every error, and the code that is its example.
_CODES = {
    400: "body_unreadable",
    401: "write_key_invalid",
    408: "sender_too_slow",
    413: "body_too_large",
    415: "encoding_unknown",
    422: "request_invalid",
    429: "too_many_events",
    500: "internal",
    503: "store_unavailable",
}
_PARAMETERS: dict[str, ParameterText] = {
    "timezone": ("Of times without an offset.", "Europe/Moscow"),
    "decimal": ("What stands before the decimals of amounts.", ","),
    "dates": ("How dates are written.", "dd.mm.yyyy"),
    "encoding": ("Of the text, if it is not UTF-8.", "windows-1251"),
}
_EVENT_EXAMPLE = {
    "id": "order-1001-paid",
    "event": "order_paid",
    "occurred_at": "2026-01-31T12:00:00Z",
    "customer_id": "42",
    "order_id": "1001",
    "amount_minor": 129000,
    "currency": "RUB",
}
_CSV_EXAMPLE = (
    "order_id,created_at,paid_at,customer_id,currency,product_id,quantity,unit_price\n"
    "1042,2026-01-31T12:00:00Z,2026-01-31T12:05:00Z,501,RUB,tea,2,645.25\n"
)


def complete(document: dict[str, Any]) -> None:
    """Completes the document in place."""
    components = document.setdefault("components", {})
    components.setdefault("securitySchemes", {})[_KEY_SCHEME] = {
        "type": "http",
        "scheme": "bearer",
        "description": "A write key of the shop, from the panel.",
    }
    schemas = components.setdefault("schemas", {})
    for model in (Problem, EventProblem, IncomingEvent, Incoming):
        schema = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    schemas["Incoming"]["properties"]["events"]["items"] = {"$ref": _SCHEMAS + "IncomingEvent"}
    # The errors of a call name its events as well as its fields.
    schemas["Problem"]["properties"]["errors"] = {
        "anyOf": [
            {"type": "array", "items": {"$ref": _SCHEMAS + "EventProblem"}},
            {"type": "array", "items": {"$ref": _SCHEMAS + "FieldProblem"}},
            {"type": "null"},
        ]
    }
    bodies = {
        "/v1/events": {
            "application/json": {
                "schema": {"$ref": _SCHEMAS + "Incoming"},
                "example": {"events": [_EVENT_EXAMPLE]},
            }
        },
        "/v1/import": {"text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE}},
    }
    for path, content in bodies.items():
        operation = document["paths"][path]["post"]
        operation["requestBody"] = {
            "required": True,
            "description": "May be compressed, as `Content-Encoding` says: gzip or zstd.",
            "content": content,
        }
        operation["security"] = [{_KEY_SCHEME: []}]
        describe_parameters(operation, _PARAMETERS)
        describe_errors(document, operation, _CODES, _CODES)
