"""A module's web hook: `hooks.py`, called by somebody else's server.

    hook = Hook[PaySettings]()


    @hook.verify
    def signed(settings: PaySettings, call: HookCall) -> str | None:
        # None: not theirs. Otherwise the call's natural key, the same for each repetition.
        ...


    @hook.act
    async def take(scope: Scope[PaySettings], call: HookCall) -> None:
        ...

The address, `/hooks/<bot>/<module>/<secret>`, is shown to the owner in the panel and may be renewed
there. What is not verified is answered like an address that does not exist. A call is acted on in
one transaction that also notes its key, so that a repetition is answered well and does nothing; if
acting raises, nothing is noted, and the sender hears that it must try again.
"""

import importlib
import importlib.util
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.context import Scope
from core.modules import Modules

S = TypeVar("S", bound=BaseModel)

BODY_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call as it came: header names in lower case, the body in bytes, which is what senders
    sign."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None if it is none. `verify` says of what is not as it must be that
        it is not theirs."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


Verify: TypeAlias = Callable[[S, HookCall], str | None]
Act: TypeAlias = Callable[[Scope[S], HookCall], Awaitable[None]]


class Hook(Generic[S]):
    """A module's web hook; `body_bytes` is the largest accepted body, 64 KiB by default."""

    def __init__(self, *, body_bytes: int = BODY_BYTES) -> None:
        self.body_bytes = body_bytes
        self._verify: Verify[S] | None = None
        self._act: Act[S] | None = None

    def verify(self, verify: Verify[S]) -> Verify[S]:
        """Authenticates the call before anything is stored: returns its natural key (at most 200
        characters), or None."""
        self._verify = verify
        return verify

    def act(self, act: Act[S]) -> Act[S]:
        """Carries out the call, once for each natural key."""
        self._act = act
        return act

    def key_of(self, settings: S, call: HookCall) -> str | None:
        """What `verify` says; raises TypeError if the module has none."""
        if self._verify is None or self._act is None:
            raise TypeError("a hook needs both, verify and act")
        return self._verify(settings, call)

    async def run(self, scope: Scope[S], call: HookCall) -> None:
        """Carries out a verified call."""
        if self._act is None:
            raise TypeError("a hook needs both, verify and act")
        await self._act(scope, call)


def load_hooks(modules: Modules) -> dict[str, Hook[Any]]:
    """The web hooks of the modules that have one, by key."""
    found: dict[str, Hook[Any]] = {}
    for key in sorted(modules.manifests):
        name = f"{modules.package}.{key}.hooks"
        if importlib.util.find_spec(name) is not None:
            found[key] = importlib.import_module(name).hook
    return found
