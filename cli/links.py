"""The operator's commands for secret links."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from cli import outputs
from core import postgres
from core.errors import ConfigurationError, Conflict
from core.postgres import Connection
from core.settings import Settings
from core.shop import access, access_links, bots, owner_chats, shops
from core.shop.access_links import OPERATOR, ManagedLink
from core.shop.owner_chats import OwnerChat


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    connection = await postgres.connect(settings.database_url.get_secret_value())
    try:
        yield connection
    finally:
        await connection.close()


async def valid(settings: Settings) -> list[ManagedLink]:
    """The links that open the panel, oldest first."""
    async with _connected(settings) as connection:
        return (await access_links.managed(connection, OPERATOR))[::-1]


async def revoke(settings: Settings, link_id: int) -> None:
    """Ends a link and its sessions; raises NotFound."""
    async with _connected(settings) as connection, connection.transaction():
        await access.revoke_link(connection, link_id)


async def rotate(settings: Settings, link_id: int, overlap: timedelta) -> str:
    """Replaces a link, which opens the panel for `overlap` more; the new one's token. Raises
    NotFound, Conflict."""
    async with _connected(settings) as connection, connection.transaction():
        return (await access_links.rotate(connection, OPERATOR, link_id, overlap)).token


def duration(text: str) -> timedelta:
    """How long two links open the panel beside each other: `30m`, `2h`, `7d` at the longest; "" is
    not at all. Raises ConfigurationError."""
    span = re.fullmatch(r"(\d{1,5})([mhd])", text)
    if not text:
        return timedelta(0)
    if span is None:
        raise ConfigurationError(f"--overlap {text!r}: write how long, like 30m, 2h or 7d")
    long = timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[span[2]]: int(span[1])})
    if long > timedelta(minutes=access_links.OVERLAP_MINUTES):
        raise ConfigurationError(f"--overlap {text}: at most 7d")
    return long


def expiry(text: str, now: datetime) -> datetime | None:
    """When a link expires: `30d`, `12h`, or the end (UTC) of a day like 2026-12-31; "" is never.

    Raises ConfigurationError for anything else, and for a time in the past.
    """
    if not text:
        return None
    span = re.fullmatch(r"(\d{1,5})([dh])", text)
    try:
        if span is not None:
            ends = now + timedelta(**{"days" if span[2] == "d" else "hours": int(span[1])})
        else:
            ends = datetime.combine(date.fromisoformat(text), time.max, UTC)
    except ValueError as error:
        raise ConfigurationError(
            f"--expires {text!r}: write a day like 2026-12-31, or how long, like 30d or 12h"
        ) from error
    if ends <= now:
        raise ConfigurationError(f"--expires {text}: that is in the past: name a later day")
    return ends


def numbers(text: str) -> list[int]:
    """Shop ids, like `1,2`; raises ConfigurationError."""
    try:
        return [int(each) for each in text.split(",")] if text else []
    except ValueError as error:
        raise ConfigurationError(f"--shops {text!r}: write their numbers, like 1,2") from error


async def create(
    settings: Settings,
    *,
    role: access.Role,
    label: str,
    shop_ids: Sequence[int] = (),
    expires_at: datetime | None = None,
) -> str:
    """Makes a link and returns its token; without shops it opens all. Raises NotFound."""
    async with _connected(settings) as connection:
        for shop_id in shop_ids:
            await shops.get(connection, shop_id)
        return await access.create_link(
            connection,
            label=label,
            role=role,
            shop_ids=sorted(set(shop_ids)) or None,
            expires_at=expires_at,
        )


async def chats(settings: Settings) -> list[OwnerChat]:
    """Owners' chats with their bots, oldest first."""
    async with _connected(settings) as connection:
        return await owner_chats.managed(connection, OPERATOR)


async def owner_code(settings: Settings, bot_id: int, link_id: int, panel_url: str) -> str:
    """A code that binds an owner's chat with the bot, with the rights of a link.

    Raises NotFound for a bot that is not there, Conflict for one that answers nobody and for a link
    that is no owner's of the bot's shop, ConfigurationError for an address that is none.
    """
    if not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", panel_url):
        raise ConfigurationError(f"--panel {panel_url!r}: write it like https://shop.example")
    async with _connected(settings) as connection, connection.transaction():
        bot = await bots.get(connection, bot_id)
        if bot.mode != "hosted":
            raise Conflict(f"bot {bot_id} only counts and answers nobody: take another one")
        link = await access_links.managed_link(connection, OPERATOR, link_id)
        sees = link.shop_ids is None or bot.shop_id in link.shop_ids
        if link.role != "owner" or link.state != "active" or not sees:
            raise Conflict(
                f"link {link_id} is no owner's for shop {bot.shop_id} that works: see "
                "`vitrina link list`, or make one with `vitrina link create`"
            )
        code, _ = await owner_chats.create_code(connection, bot_id, link_id, panel_url)
        return code


async def unbind(settings: Settings, bot_id: int, telegram_id: int) -> None:
    """Takes a chat's rights away; raises NotFound."""
    async with _connected(settings) as connection, connection.transaction():
        await owner_chats.unbind(connection, OPERATOR, bot_id, telegram_id)


async def ensure(settings: Settings, file: Path) -> None:
    """Keeps an owner's token in a file of mode 0600; makes a new one if the old one is no longer
    valid."""
    async with _connected(settings) as connection:
        if file.exists() and await access.is_valid(connection, file.read_text().strip()):
            return
        token = await access.create_link(connection, label="owner", role="owner")
    with outputs.draft_of(file, mode=0o600) as draft:
        draft.write_text(token + "\n", "utf-8")
