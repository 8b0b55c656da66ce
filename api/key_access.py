"""Which routes a program may read with a key, and the key in a request.

    @router.get("/metrics")
    @open_to_keys("figures")
    async def metrics(visitor: AnyVisitor, …) -> …:

A route that does not say so is closed to keys: a new one never is open by mistake.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import Request

from core.shop.access import Forbidden
from core.shop.api_keys import PREFIX, KeyHolder, KeyScope

_F = TypeVar("_F", bound=Callable[..., Any])
# By the value of a parameter in the path.
ByParameter = Mapping[str, KeyScope]

_MARK = "open_to_keys"
PATH_KEY = "sheet_key"


class KeyScopeMissing(Forbidden):
    """The key is good, and not for this."""

    code = "key_scope"

    def __init__(self, holder: KeyHolder) -> None:
        super().__init__(f"this key is for {holder.scope} alone (docs/api-keys.md)")


def open_to_keys(*scopes: KeyScope, **by_parameter: ByParameter) -> Callable[[_F], _F]:
    """Opens a route to keys of these scopes; or of that which belongs to the value of a parameter
    in its path, like `dataset={"orders": "orders"}`."""

    def mark(endpoint: _F) -> _F:
        setattr(endpoint, _MARK, (frozenset(scopes), by_parameter))
        return endpoint

    return mark


def require_scope(request: Request, holder: KeyHolder) -> None:
    """Raises KeyScopeMissing unless the route is open to this key."""
    scopes, by_parameter = getattr(request.scope["endpoint"], _MARK, (frozenset(), {}))
    found = set(scopes) | {
        of_value[str(request.path_params[name])]
        for name, of_value in by_parameter.items()
        if str(request.path_params[name]) in of_value
    }
    if holder.scope not in found:
        raise KeyScopeMissing(holder)


def key_of(request: Request) -> str | None:
    """The key that a request comes with: `Authorization: Bearer vtk_…`, or in the path of a route
    that is made for that."""
    if PATH_KEY in request.path_params:
        return str(request.path_params[PATH_KEY])
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    return secret if kind.lower() == "bearer" and secret.startswith(PREFIX) else None
