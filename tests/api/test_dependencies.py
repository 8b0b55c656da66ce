"""What each request waits for before its handler runs."""

from inspect import isasyncgenfunction, isclass, iscoroutinefunction

from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from core.settings import Settings
from tests.api.route_rules import calls


def test_no_dependency_takes_a_thread() -> None:
    """FastAPI runs those that are not `async` in a pool of threads: half a millisecond each, and
    more than the whole answer on a busy machine."""
    app = create_app(Settings.model_construct())
    contexts = iter_route_contexts(app.routes)
    routes = [each for each in contexts if isinstance(each.original_route, APIRoute)]
    found = {call for route in routes for call in calls(route.dependant)}
    assert len(found) > 10
    in_threads = {
        f"{call.__module__}.{call.__qualname__}"
        for call in found
        if not (iscoroutinefunction(call) or isasyncgenfunction(call) or isclass(call))
    }
    assert in_threads == set()
