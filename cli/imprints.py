"""A shop's imprint at the command line: what shoppers read about the shop and its seller."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import installation
from cli.calendars import Number
from cli.inputs import text_of
from core import postgres
from core.settings import Settings
from core.shop import shops
from core.shop.imprint import Imprint, ImprintDraft

_TERMS_FILE = typer.Option(help="A text file, UTF-8.")


def imprint(  # pylint: disable=too-many-arguments  # each is an option of the command
    shop: Number,
    *,
    contact: Annotated[
        str | None,
        typer.Option(help="A @name, link, telephone or e-mail; empty takes it away."),
    ] = None,
    seller: Annotated[str | None, typer.Option(help="Who sells: a name, a tax number.")] = None,
    about_ru: Annotated[str | None, typer.Option(help="What the shop is, Russian.")] = None,
    about_en: Annotated[str | None, typer.Option(help="What the shop is, English.")] = None,
    terms_ru: Annotated[Path | None, _TERMS_FILE] = None,
    terms_en: Annotated[Path | None, _TERMS_FILE] = None,
) -> None:
    """Shows what shoppers read about a shop and its seller, after changing the given fields."""
    stated = {
        ("contact",): contact,
        ("seller",): seller,
        ("about", "ru"): about_ru,
        ("about", "en"): about_en,
        ("terms", "ru"): text_of(terms_ru) if terms_ru else None,
        ("terms", "en"): text_of(terms_en) if terms_en else None,
    }
    named = {place: text for place, text in stated.items() if text is not None}
    for line in _lines(asyncio.run(_change(installation.settings(), shop, named))):
        typer.echo(line)


async def _change(settings: Settings, shop_id: int, named: dict[tuple[str, ...], str]) -> Imprint:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        async with connection.transaction():
            found = (await shops.get(connection, shop_id)).imprint
            if not named:
                return found
            draft: dict[str, Any] = found.model_dump()
            for (field, *language), text in named.items():
                if language:
                    draft[field][language[0]] = text
                else:
                    draft[field] = text
            wanted = ImprintDraft.model_validate(draft)
            return (await shops.set_imprint(connection, shop_id, wanted)).imprint
    finally:
        await connection.close()


def _lines(imprint_: Imprint) -> list[str]:
    return [
        f"contact   {imprint_.contact or 'none: shoppers cannot reach you'}",
        f"seller    {imprint_.seller or '-'}",
        f"about ru  {imprint_.about.ru or '-'}",
        f"about en  {imprint_.about.en or '-'}",
        f"terms ru  {len(imprint_.terms.ru)} characters",
        f"terms en  {len(imprint_.terms.en)} characters",
    ]
