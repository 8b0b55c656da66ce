"""The catalogue's buttons and commands, links to products, and words that a shopper writes."""

import re

from bots.modules.catalogue import card, finding, listing
from bots.modules.catalogue.events import CATALOGUE_SEARCHED, CatalogueSearched
from bots.modules.catalogue.listing import Browsing, page_of
from bots.modules.catalogue.settings import CatalogueSettings
from bots.modules.catalogue.store import is_favourite, set_favourite
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Button, Command, Message, Start, number_of
from core.shop.catalogue_search import QUERY_CHARACTERS

# A link to a product, t.me/<bot>?start=product_17; what follows says where it stood.
_LINK = re.compile(r"product_([1-9][0-9]{0,17})(?:[_-].*)?")

router = Router[CatalogueSettings]()


@router.command("catalogue")
async def command(context: Browsing, _: Command) -> None:
    await listing.show_category(context, None, 0)


@router.button("catalogue")
async def top(context: Browsing, update: Button) -> None:
    await listing.show_category(context, None, page_of(update.argument))


@router.button("category")
async def category(context: Browsing, update: Button) -> None:
    number, _, page = update.argument.partition(".")
    await listing.show_category(context, number_of(number), page_of(page))


@router.button("product")
async def product(context: Browsing, update: Button) -> None:
    found = await card.find(context, number_of(update.argument))
    if found is None:
        _gone(context)
    else:
        await card.show(context, found)


@router.button("photo")
async def photo(context: Browsing, update: Button) -> None:
    number, _, place = update.argument.partition(".")
    found = await card.find(context, number_of(number))
    if found is None:
        _gone(context)
    else:
        await card.show(context, found, photo=number_of(place) or 0, is_new=False)


@router.button("favourite")
async def mark(context: Browsing, update: Button) -> None:
    """The button says whether it shall be marked, so that pressing it twice is pressing it once;
    one from before it did so changes what is."""
    number, _, wanted = update.argument.partition(".")
    found = await card.find(context, number_of(number))
    if found is None:
        _gone(context)
        return
    connection, customer = context.connection, context.customer
    is_marked = wanted == "1" if wanted else not await is_favourite(connection, customer, found.id)
    await set_favourite(connection, customer, found.id, is_marked=is_marked)
    context.answer(context.texts.label("marked" if is_marked else "unmarked"))
    await card.show(context, found, is_new=False)


def _gone(context: Browsing) -> None:
    context.answer(context.texts.label("gone"), alert=True)


@router.button("favourites")
async def marked(context: Browsing, update: Button) -> None:
    await listing.show_favourites(context, page_of(update.argument))


@router.command("favourites")
async def marked_command(context: Browsing, _: Command) -> None:
    await listing.show_favourites(context, 0)


@router.start
async def linked(context: Browsing, update: Start) -> Pass | None:
    link = _LINK.fullmatch(update.code)
    found = await card.find(context, int(link[1])) if link else None
    if found is None:
        return PASS
    await card.show(context, found)
    return None


@router.button("search")
async def asked(context: Browsing, _: Button) -> None:
    await context.ask("search", context.texts.get("ask_search"))


@router.command("search")
async def search_command(context: Browsing, update: Command) -> None:
    if update.argument.strip():
        await finding.show_found(context, update.argument.strip()[:QUERY_CHARACTERS])
    else:
        await context.ask("search", context.texts.get("ask_search"))


@router.button("found")
async def found_page(context: Browsing, update: Button) -> None:
    page, _, said = update.argument.partition(".")
    await finding.show_found(context, said[:QUERY_CHARACTERS], page_of(page))


@router.message
async def words(context: Browsing, update: Message) -> Pass | None:
    """Takes the name of something that the shop has; everything else is somebody else's matter."""
    said = update.text.strip()
    is_name = update.kind == "text" and 0 < len(said) <= QUERY_CHARACTERS and said[0] != "/"
    if not context.settings.search_in_chat or not is_name:
        return PASS
    found = await finding.find(context, said, is_loose=False)
    if not found.total:
        return PASS
    props = CatalogueSearched(found=found.total, is_corrected=bool(found.words))
    context.emit(CATALOGUE_SEARCHED, props=props)
    await finding.show(context, said, found)
    return None
