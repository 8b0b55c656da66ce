"""What the OpenAPI document says beyond what FastAPI derives: every error of every route, who may
call it, and what each parameter is. One rule for all, from what a route takes and depends on."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api import access, idempotency, module_routes
from core.api_description import ParameterText, describe_errors, describe_parameters, whole_bounds

COOKIE_SCHEME = "session"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What parameters of these names are, wherever a route does not say it itself.
_PARAMETERS: dict[str, ParameterText] = {
    "bot_id": ("The bot's id, as Telegram has it.", 7000000001),
    "shop_id": ("The shop's id, as `/api/v1/shops` lists it.", 1),
    "buyer_no": ("The customer's number within the shop.", 42),
    "telegram_id": ("A person's id, as Telegram has it.", 700000001),
    "chat_id": ("A chat's id, as Telegram has it; of groups it is below zero.", -1001234567890),
    "number": ("The number that the shop's list has.", 1),
    "key": ("The module's key, as `/api/v1/modules` lists it.", "menu"),
    "language": ("The language of the text.", "en"),
    "lang": ("The language of the answer.", "en"),
    "text_key": ("The text's key, as the list has it.", "welcome"),
    "limit": ("How many rows at most.", 50),
    "size": ("How many rows at most.", 50),
    "places": ("How many rows at most.", 10),
    "after": ("`next` of the page before.", None),
    "before": ("The last id of the page before.", None),
    "since": ("From this time on.", "2026-01-31T00:00:00Z"),
    "until": ("Before this time.", "2026-02-28T00:00:00Z"),
    "day": ("The day, by the shop's clock.", "2026-01-31"),
    "days": ("How many days, the last one today.", 30),
    "state": ("Only those in this state.", None),
    "status": ("Only those with this status.", None),
    "variant": ("`clean`: without flagged fraud; of a product: the variant's number.", None),
    "version": ("The version's number, as the history has it.", 3),
    "words": ("Only those whose text has these words.", "tea"),
    "text": ("Only those that have this text.", "tea"),
    "query": ("Only those that have this text.", "tea"),
    "sha256": ("The SHA-256 of the file's content, in hexadecimal.", "0" * 64),
    "currency": ("A currency, by its code of ISO 4217, or XTR for Telegram Stars.", "USD"),
    "valid_from": ("The first day on which it is valid.", "2026-01-31"),
    "archived": ("Those that were archived instead.", False),
}


def complete(document: dict[str, Any], app: FastAPI) -> None:
    """Completes the document in place."""
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[COOKIE_SCHEME] = {
        "type": "apiKey",
        "in": "cookie",
        "name": "vitrina",
        "description": "From `POST /api/v1/enter`. Over TLS its name is `__Host-vitrina`.",
    }
    whole_bounds(document)
    schemas = document["components"].get("schemas", {})
    for name, example in body_examples().items():
        if name in schemas:  # of a module that is installed
            schemas[name].setdefault("examples", [example])
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute):
            continue
        operations = document["paths"].get(route.path_format or route.path, {})
        names = dependencies(route.dependant)
        for method in route.methods or ():
            if (operation := operations.get(method.lower())) is not None:
                _complete(document, operation, (method, route.path_format or route.path), names)


@cache
def body_examples() -> dict[str, dict[str, Any]]:
    """What requests may say, by the name of their body's schema: `body_examples.toml`."""
    return tomllib.loads(Path(__file__).with_name("body_examples.toml").read_text("utf-8"))


def dependencies(dependant: Dependant) -> frozenset[str]:
    """Names of the functions that a route depends on, with their modules."""
    return frozenset(f"{call.__module__}.{call.__qualname__}" for call in _calls(dependant))


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _complete(
    document: dict[str, Any],
    operation: dict[str, Any],
    called: tuple[str, str | None],
    names: frozenset[str],
) -> None:
    method, path = called
    operation.setdefault("description", operation.get("summary", ""))
    if _is_known(names):
        operation["security"] = [{COOKIE_SCHEME: []}]
        idempotency.document(method, path, operation)
    describe_parameters(operation, _PARAMETERS)
    if (version := _version_of(operation)) is not None:
        # Without it: 428, unless the change may make what was not there.
        is_needed = not any(each["name"] == "if-none-match" for each in operation["parameters"])
        version |= {"required": is_needed, "schema": {"type": "string"}}
    describe_errors(document, operation, _statuses(operation, method, names))
    for response in operation["responses"].values():
        _correct(response)


def _is_known(names: frozenset[str]) -> bool:
    return f"{access.__name__}._visitor" in names


def _statuses(operation: dict[str, Any], method: str, names: frozenset[str]) -> set[int]:
    """The errors that follow from what a route takes, beside those that it declares itself."""
    found = {500, 503, 504}
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    if _is_known(names):
        found |= {401, 429}
    is_of_module = any(name.startswith(f"{module_routes.__name__}._opened") for name in names)
    if method not in _READING or is_of_module or f"{access.__name__}._owner" in names:
        found.add(403)  # no owner, or from another site
    if method not in _READING:
        found.add(409)
    if "path" in places:
        found.add(404)
    if places:
        found.add(422)
    if "requestBody" in operation:
        found |= {400, 408, 413, 415, 422}
    if _version_of(operation) is not None:
        found |= {412, 428}
    return found


def _version_of(operation: dict[str, Any]) -> dict[str, Any] | None:
    """The parameter by which a change names the version that it was made from."""
    named = (each for each in operation.get("parameters", ()) if each["name"] == "if-match")
    return next(named, None)


def _correct(response: dict[str, Any]) -> None:
    """FastAPI calls a stream a string; it is events, whose `data` is the model."""
    content = response.get("content", {}).get("text/event-stream")
    if content is not None:
        model = content["schema"]
        data: dict[str, Any] = {"type": "string"}
        if "$ref" in model:
            data |= {
                "contentMediaType": "application/json",
                "contentSchema": {"$ref": model["$ref"]},
            }
        content["schema"] = {
            "type": "object",
            "properties": {"event": {"type": "string"}, "data": data},
            "required": ["event", "data"],
        }
