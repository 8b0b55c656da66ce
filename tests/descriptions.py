"""Schemathesis against a running server: requests made from what its OpenAPI document says, answers
compared with what the document promises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.schemas import BaseSchema

from core.problem_texts import problem_texts

# What a request that fits its schema may be refused with: rules that no schema can say. That it was
# not refused as malformed is `fitting_requests_are_read`.
_REFUSALS = ["2xx", "304", "401", "403", "404", "409", "412", "413", "422", "428", "429"]


# Kinds of faults that a description can say; relations between fields and our own rules it cannot.
_OF_SCHEMAS = frozenset(problem_texts().kinds) - {"ids", "missing"}


@dataclass(frozen=True)
class Wanted:
    """Who asks, by a security scheme of the document and its secret, and what: `parameters` are
    values of this test, by place and name (`path.shop_id`), which most requests have, and the rest
    do not. `skipped` are paths that are left out, `has_edges` adds every edge of
    every value, which takes minutes. What only reads has fewer examples, `examples_of_reading`:
    it has no body, and little more than the address that another route reads by as well."""

    scheme: str
    secret: str
    parameters: Mapping[str, Sequence[int | str]] = field(default_factory=dict)
    only: Sequence[str] = ()
    skipped: Sequence[str] = ()
    examples: int = 4
    examples_of_reading: int = 2
    has_edges: bool = False


def _is_of_schemas(error: Mapping[str, Any]) -> bool:
    """A schema bounds numbers and lengths, but no days."""
    bounds = error.get("values", {}).values()
    is_of_days = error.get("kind", "").startswith(("greater", "less")) and any(
        isinstance(bound, str) for bound in bounds
    )
    return error.get("kind") in _OF_SCHEMAS and not is_of_days


@schemathesis.check
def fitting_requests_are_read(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """A request that fits its description is never called malformed."""
    del ctx
    if case.meta is not None and case.meta.generation.mode.is_positive:
        if response.status_code == 422:
            errors = response.json().get("errors", ())
            wrong = [each for each in errors if _is_of_schemas(each)]
            assert not wrong, f"what fits was refused: {wrong}"


def _credentials(wanted: Wanted) -> dict[str, str]:
    return {"bearer": wanted.secret} if wanted.scheme == "write_key" else {"api_key": wanted.secret}


def _config(base_url: str, wanted: Wanted) -> SchemathesisConfig:
    dictionaries = {
        place.replace(".", "_"): {"values": list(values)}
        for place, values in wanted.parameters.items()
    }
    read: dict[str, Any] = {
        "base-url": base_url,
        "seed": 1,
        "auth": {"openapi": {wanted.scheme: _credentials(wanted)}},
        "workers": 1,
        "continue-on-failure": True,
        "request-timeout": 30,
        "max-stream-events": 1,
        "cache": {"enabled": False},
        "dictionaries": dictionaries,
        "parameters": {
            place: {"dictionary": place.replace(".", "_"), "probability": 0.8}
            for place in wanted.parameters
        },
        "generation": {
            "max-examples": wanted.examples,
            "deterministic": True,
            "database": "none",
            "no-shrink": True,
            "with-security-parameters": False,
        },
        "operations": [
            {
                "include-method": "GET",
                "generation": {"max-examples": wanted.examples_of_reading},
            }
        ],
        "checks": {"positive_data_acceptance": {"expected-statuses": _REFUSALS}},
        "phases": {
            # Numbers that answers have told are the visitor's own: he would end his own session.
            "examples": {"extra-data-sources": {"responses": False}},
            "coverage": {
                "enabled": wanted.has_edges,
                "extra-data-sources": {"responses": False},
                "unexpected-methods": ["TRACE"],
            },
            "fuzzing": {"extra-data-sources": {"responses": False}},
            "stateful": {"enabled": False},
        },
    }
    return SchemathesisConfig.from_dict(read)


def faults(document: dict[str, Any], base_url: str, wanted: Wanted) -> tuple[list[str], int]:
    """What was answered otherwise than described, and how many requests were sent. Blocks: for a
    thread of its own."""
    schema: BaseSchema = schemathesis.openapi.from_dict(document, config=_config(base_url, wanted))
    if wanted.only:
        schema = schema.include(path=list(wanted.only))
    if wanted.skipped:
        schema = schema.exclude(path=list(wanted.skipped))
    found: list[str] = []
    sent = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            sent += len(event.recorder.interactions)
            found += _failures(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.append(str(getattr(event, "info", None) or getattr(event, "exception", event)))
    return sorted(set(found)), sent


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                yield "\n".join(
                    (
                        f"{event.label}: {check.name}: {failure.title}",
                        str(failure.message)[:600],
                        _request_of(event, case_id),
                    )
                )


def _request_of(event: events.ScenarioFinished, case_id: str) -> str:
    interaction = event.recorder.interactions.get(case_id)
    if interaction is None:
        return ""
    request, response = interaction.request, interaction.response
    said = f"{request.method} {request.uri} {(request.body or b'')[:300]!r}"
    return (
        said if response is None else f"{said}\n{response.status_code} {response.content[:300]!r}"
    )
