"""Extension points: what a module offers, and other modules show without knowing that module.

A provider is a plain function if it needs only the scope, and a coroutine if it reads from the
database: a coroutine's failure affects nothing else.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, cast

import structlog
from pydantic import BaseModel

from bots.sdk.transaction import ReadFailed

if TYPE_CHECKING:  # what a provider is given is made of what modules offer
    from bots.sdk.context import Scope
    from bots.sdk.loading import EnabledModule

log = structlog.get_logger()

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """The base of all offers: those with a lower `order` are shown first.

    The platform sets `module` to the offering module. `about` is the type of a provider's second
    argument, besides the scope; offers that are `is_vital` must not be left out if their provider
    fails. All providers of a point together may take `seconds`.
    """

    about: ClassVar[type | None] = None
    is_vital: ClassVar[bool] = False
    seconds: ClassVar[float] = 1.0

    order: int = 100
    module: str = field(default="", compare=False)


O = TypeVar("O", bound=Offer)  # noqa: E741  # O as in offer
Provider: TypeAlias = Callable[..., Iterable[O] | Awaitable[Iterable[O]]]


class Offers(Generic[S]):
    """A module's offers: `offers = Offers[Settings]()`, `@offers.provide(MenuEntry)`.

    A provider takes the scope, and the subject if the extension point has one: `def entries(scope:
    Scope[Settings]) -> list[MenuEntry]`, `async def actions(scope: Scope[Settings], product:
    Product) -> list[ProductAction]`.
    """

    def __init__(self) -> None:
        self._providers: dict[type[Offer], list[Provider[Any]]] = {}

    def provide(self, point: type[O]) -> Callable[[Provider[O]], Provider[O]]:
        """Raises TypeError if the function's parameters do not fit."""

        def register(provider: Provider[O]) -> Provider[O]:
            takes = len(inspect.signature(provider).parameters)
            if takes != (1 if point.about is None else 2):
                raise TypeError(f"a provider of {point.__name__} does not take {takes} arguments")
            self._providers.setdefault(point, []).append(provider)
            return provider

        return register

    def of(self, point: type[O]) -> Sequence[Provider[O]]:
        return self._providers.get(point, ())

    @property
    def points(self) -> frozenset[type[Offer]]:
        """The extension points for which it has a provider."""
        return frozenset(self._providers)


async def collect(scope: "Scope[Any]", point: type[O], about: object = None) -> tuple[O, ...]:
    """What the bot's modules offer at an extension point, in order.

    The offers of a failing module are left out and logged, unless the point is vital. Raises
    TypeError if `about` is not of the point's type.
    """
    if not isinstance(about, point.about or type(None)):
        raise TypeError(f"{point.__name__} is not about {type(about).__name__}")
    asked = [
        (item, provider)
        for item in scope.transaction.enabled
        for provider in item.module.offers.of(point)
    ]
    found: list[O] = []
    reading: list[_Asked] = []
    for each in asked:
        if inspect.iscoroutinefunction(each[1]):
            reading.append(each)
        else:
            found += await _guarded(scope, point, [each], about)
    if reading:
        found += await _read(scope, point, reading, about)
    return tuple(sorted(found, key=lambda offer: offer.order))


_Asked: TypeAlias = "tuple[EnabledModule, Provider[Any]]"


async def _read(
    scope: "Scope[Any]", point: type[O], asked: Sequence[_Asked], about: object
) -> list[O]:
    """All providers in one savepoint; if one fails, again with one savepoint each.

    Where the whole transaction can be repeated, the first attempt has no savepoint, which saves two
    statements. Raises ReadFailed.
    """
    if not scope.transaction.is_careful:
        try:
            async with asyncio.timeout(point.seconds):
                return await _ask_all(scope, asked, about, checked=point)
        except Exception as error:
            if scope.connection.is_closed():
                raise
            raise ReadFailed from error
    mark = scope.transaction.mark()
    try:
        async with asyncio.timeout(point.seconds), scope.connection.transaction():
            return await _ask_all(scope, asked, about, checked=point)
    except Exception:  # pylint: disable=broad-exception-caught  # a module's own
        scope.transaction.return_to(mark)
        if point.is_vital or scope.connection.is_closed():
            raise
    found: list[O] = []
    for each in asked:
        found += await _guarded(scope, point, [each], about, in_savepoint=True)
    return found


async def _guarded(
    scope: "Scope[Any]",
    point: type[O],
    asked: Sequence[_Asked],
    about: object,
    *,
    in_savepoint: bool = False,
) -> list[O]:
    """One provider, left out if it fails; with a savepoint of its own if it reads."""
    mark = scope.transaction.mark()
    ((item, provider),) = asked
    try:
        if not in_savepoint:
            return await _ask(scope, (item, provider), about, checked=point)
        async with asyncio.timeout(point.seconds / 2), scope.connection.transaction():
            return await _ask(scope, (item, provider), about, checked=point)
    except Exception:  # pylint: disable=broad-exception-caught  # a module's own
        scope.transaction.return_to(mark)
        if point.is_vital or scope.connection.is_closed():
            raise
        log.exception("an offer is left out", module=item.key, point=point.__name__)
        return []


async def _ask_all(
    scope: "Scope[Any]", asked: Sequence[_Asked], about: object, *, checked: type[O]
) -> list[O]:
    return [offer for each in asked for offer in await _ask(scope, each, about, checked=checked)]


async def _ask(scope: "Scope[Any]", asked: _Asked, about: object, *, checked: type[O]) -> list[O]:
    item, provider = asked
    own = scope.in_module(item)
    result = provider(own) if checked.about is None else provider(own, about)
    offers = cast(Iterable[O], await result if inspect.isawaitable(result) else result)
    return [replace(offer, module=item.key) for offer in offers]
