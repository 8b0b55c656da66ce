"""The OpenAPI document from which the dashboard's types are made."""

from typing import Any

import jsonschema_rs

from api.description import body_examples


def test_every_error_of_every_route_is_a_problem(document: dict[str, Any]) -> None:
    seen = 0
    for path, operations in document["paths"].items():
        assert path.startswith("/api/")
        for method, operation in operations.items():
            errors = {
                int(status): response
                for status, response in operation["responses"].items()
                if int(status) >= 400 and (path, status) != ("/api/v1/ready", "503")
            }
            assert {500, 504} <= set(errors), (method, path)
            assert "requestBody" not in operation or {408, 413} <= set(errors), path
            enters = path in ("/api/v1/enter", "/api/v1/enter/telegram")
            assert ("security" in operation) == (401 in errors and not enters)
            assert (422 in errors) or not operation.get("parameters"), (method, path)
            for status, response in errors.items():
                name = response["$ref"].removeprefix("#/components/responses/")
                shared = document["components"]["responses"][name]["content"]
                problem = shared["application/problem+json"]
                assert problem["schema"] == {"$ref": "#/components/schemas/Problem"}
                assert problem.get("example", {"status": status})["status"] == status
                seen += 1
    assert seen > 1000


def test_everything_is_described(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"].strip(), (method, path)
            for parameter in operation.get("parameters", ()):
                assert parameter["description"].strip(), (method, path, parameter["name"])


def test_the_stream_publishes_its_event(document: dict[str, Any]) -> None:
    live = document["paths"]["/api/v1/live"]["get"]
    event = live["responses"]["200"]["content"]["text/event-stream"]["schema"]["properties"]
    assert event["data"]["contentSchema"] == {"$ref": "#/components/schemas/Overview"}


def example_of(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """A body's own example, or what its parts have; None if that is not all that it must say."""
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    schema = document["components"]["schemas"].get(name, schema)
    if "examples" in schema:
        return schema["examples"][0]
    parts = {
        key: part["examples"][0]
        for key, part in schema.get("properties", {}).items()
        if "examples" in part
    }
    return parts if parts and set(schema.get("required", ())) <= set(parts) else None


def test_every_body_has_an_example_that_fits_it(document: dict[str, Any]) -> None:
    lacking, wrong, used = [], [], set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for schema in (each["schema"] for kind, each in content.items() if "json" in kind):
                used.add(schema.get("$ref", "").removeprefix("#/components/schemas/"))
                example = example_of(schema, document)
                if example is None:
                    lacking.append((method, path, schema))
                    continue
                whole = schema | {"components": document["components"]}
                found = jsonschema_rs.validator_for(whole).iter_errors(example)
                wrong += [(method, path, each.message) for each in found]
    assert (lacking, wrong) == ([], [])
    assert set(body_examples()) <= used, "an example that nothing uses: a model has a new name"
