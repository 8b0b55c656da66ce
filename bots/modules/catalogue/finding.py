"""Finding products by words."""

from bots.modules.catalogue.events import CATALOGUE_SEARCHED, CatalogueSearched
from bots.modules.catalogue.listing import Browsing, Turn, last_page, show_list, turns
from bots.sdk.keyboards import DATA_BYTES, button
from bots.sdk.texts import paragraphs
from core.shop.catalogue_search import Found, search

# What leaves room in a button's data for its action and a page's number.
_WORDS_BYTES = DATA_BYTES - len("found:100000.")


async def find(context: Browsing, said: str, page: int = 0, *, is_loose: bool = True) -> Found:
    """A page of what fits; without `is_loose`, of what has all the words."""
    size = context.settings.page_size
    return await search(
        context.connection,
        context.shop.id,
        said,
        size=size,
        offset=page * size,
        is_loose=is_loose,
    )


async def show_found(context: Browsing, said: str, page: int = 0) -> None:
    """Looks for it and shows what there is."""
    found = await find(context, said, page)
    if page and not found.total:
        found, page = await find(context, said), 0
    if page == 0:
        props = CatalogueSearched(found=found.total, is_corrected=bool(found.words))
        context.emit(CATALOGUE_SEARCHED, props=props)
    await show(context, said, found, page)


async def show(context: Browsing, said: str, found: Found, page: int = 0) -> None:
    """Shows what was found already."""
    texts = context.texts
    again = [button(texts.label("search_again"), "search")]
    if not found.total:
        await show_list(context, texts.get("nothing_found", said=said), [], [], again)
        return
    key = "found_alike" if found.words else "found"
    last = last_page(found.total, context.settings.page_size)
    can_turn = len(said.encode()) <= _WORDS_BYTES
    text = paragraphs(
        texts.get(key, said=said, count=found.total),
        texts.get("page", number=page + 1, total=last + 1) if last and can_turn else None,
        texts.get("best_of_many") if last and not can_turn else None,
    )
    leaves = turns(texts, Turn("found"), page, last) if can_turn else []
    leaves = [
        button(leaf.text, "found", f"{leaf.data.partition(':')[2]}.{said}")
        for leaf in leaves
        if leaf.kind == "action"
    ]
    await show_list(context, text, found.products, leaves, again)
