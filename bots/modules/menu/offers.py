"""What the menu offers to the other modules, and what it shows of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bots.modules.menu.settings import MenuSettings
from bots.sdk.context import Scope
from bots.sdk.keyboards import AnyButton, link
from bots.sdk.offers import Offers
from bots.sdk.points import Home, MenuEntry

offers = Offers[MenuSettings]()

_LAST = 1000


@offers.provide(Home)
def home(scope: Scope[MenuSettings]) -> list[Home]:
    return [Home(label=scope.texts.label("to_menu"), action="menu")]


@offers.provide(MenuEntry)
def help_entry(scope: Scope[MenuSettings]) -> list[MenuEntry]:
    return [MenuEntry(label=scope.texts.label("help_entry"), action="help", order=_LAST)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A button of the menu; `key` is what the settings name it by. `module` empty: the owner's."""

    key: str
    module: str
    button: AnyButton
    is_hidden: bool


async def entries(scope: Scope[MenuSettings]) -> list[Entry]:
    """All that there are, in the shopper's language, as the owner has put them in order."""
    settings = scope.settings
    found = [
        (offered.button.data, offered.module, offered.button)
        for offered in await scope.offered(MenuEntry)
    ]
    own: list[tuple[str, str, Any]] = [
        (f"link:{number}", "", link(each.label.get(scope.language), each.url))
        for number, each in enumerate(settings.links, 1)
    ]
    # The owner's stand before what the menu itself adds at the end.
    end = next(
        (at for at, (_, whose, _) in enumerate(found) if whose == scope.item.key), len(found)
    )
    all_of_them = [*found[:end], *own, *found[end:]]
    places = {key: place for place, key in enumerate(settings.order)}
    all_of_them.sort(key=lambda each: places.get(each[0], len(places)))
    return [Entry(key, whose, shown, key in settings.hidden) for key, whose, shown in all_of_them]


def rows_of(shown: Sequence[Entry], columns: int) -> list[list[AnyButton]]:
    """The buttons of those that are not hidden, so many in a row."""
    buttons = [entry.button for entry in shown if not entry.is_hidden]
    return [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
