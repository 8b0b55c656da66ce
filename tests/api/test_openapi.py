"""The OpenAPI document from which the dashboard's types are made."""

import pytest

from api.openapi import openapi_document


@pytest.fixture(name="document")
def described(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("VITRINA_API_PORT", "not a port")  # no setting is needed for it
    return openapi_document()


def test_every_error_is_a_problem(document: dict[str, dict[str, dict[str, object]]]) -> None:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    seen = 0
    for path, operations in document["paths"].items():
        assert path.startswith("/api/")
        for operation in operations.values():
            assert isinstance(operation, dict)
            for status, response in operation["responses"].items():
                if int(status) >= 400 and path != "/api/ready":
                    assert response["content"] == problem, (path, status)
                    seen += 1
            assert {"503", "504"} <= set(operation["responses"]), path
            assert "requestBody" not in operation or {"408", "413"} <= set(operation["responses"])
    assert seen > 20


def test_the_stream_publishes_its_event(document: dict[str, dict[str, dict[str, object]]]) -> None:
    live = document["paths"]["/api/live"]["get"]
    assert isinstance(live, dict)
    content = live["responses"]["200"]["content"]
    assert content["text/event-stream"]["schema"] == {"$ref": "#/components/schemas/Overview"}
