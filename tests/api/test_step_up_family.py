"""How often a link may ask its owner: together with those that made it, and that it made."""

from datetime import timedelta

import httpx
import pytest

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access, access_links, confirmations
from core.shop.access import LinkOrigin, Visitor
from core.shop.confirmations import Confirmation, ConfirmationDeclined, TooManyConfirmations
from tests.api.test_step_up import LINKS, OWNER_LINK, bound, needed
from tests.factories import create_bot, create_shop


async def inserted(
    connection: Connection, origin: LinkOrigin, made_by: int | None = None
) -> Visitor:
    """A link, as whoever came by it."""
    link_id, _ = await access.insert_link(
        connection, label="x", role="owner", origin=origin, made_by=made_by
    )
    return Visitor(link_id=link_id, label="x", role="owner", shop_ids=None)


async def test_a_new_link_of_the_same_family_does_not_begin_anew(
    owner: httpx.AsyncClient, connection: Connection
) -> None:
    """Nor does one whose maker was told that it was not him; the command's own link goes on."""
    await bound(connection, await create_bot(connection, await create_shop(connection)))
    mine = await connection.fetchval("SELECT max(id) FROM access_links WHERE origin = 'command'")

    async def child(of: int) -> Visitor:
        link_id, _ = await access.insert_link(
            connection, label="child", role="owner", origin="panel", made_by=of
        )
        return Visitor(link_id=link_id, label="child", role="owner", shop_ids=None)

    async def ask(visitor: Visitor, number: int) -> Confirmation:
        asked, _ = await confirmations.ask(connection, visitor, "bot_move", bytes([number]), None)
        return asked

    first = await child(mine)
    for number in range(confirmations.ASKED_A_LINK - 1):
        await ask(first, number)
    grandchild, sibling = await child(first.link_id), await child(mine)
    last = await ask(grandchild, 10)
    for visitor in (first, grandchild, sibling, await child(grandchild.link_id)):
        with pytest.raises(TooManyConfirmations):
            await ask(visitor, 11)
    needed(await owner.post(LINKS, json=OWNER_LINK))
    await connection.execute("UPDATE confirmations SET asked_at = now() - interval '11 min'")
    await connection.execute(
        "UPDATE confirmations SET answer = 'declined', answered_at = now() WHERE id = $1", last.id
    )
    for visitor in (grandchild, await child(grandchild.link_id)):
        with pytest.raises(ConfirmationDeclined):
            await ask(visitor, 12)
    await ask(sibling, 12)


async def test_a_link_of_the_command_counts_by_itself_after_another_has_rotated_it(
    connection: Connection,
) -> None:
    async def link(origin: LinkOrigin, made_by: int | None = None) -> Visitor:
        return await inserted(connection, origin, made_by)

    async def ask(visitor: Visitor, number: int) -> None:
        await confirmations.ask(connection, visitor, "bot_move", bytes([number]), None)

    command = await link("command")
    rotator = await link("panel", command.link_id)
    made = await access_links.rotate(
        connection, rotator, command.link_id, overlap=timedelta(hours=1)
    )
    assert (made.link.origin, made.link.made_by) == ("command", rotator.link_id)
    successor = Visitor(link_id=made.link.id, label="x", role="owner", shop_ids=None)
    for number in range(confirmations.ASKED_A_LINK):
        await ask(rotator, number)
    with pytest.raises(TooManyConfirmations):
        await ask(rotator, 10)
    for number in range(confirmations.ASKED_A_LINK):
        await ask(successor, number)
    with pytest.raises(TooManyConfirmations):
        await ask(successor, 10)


async def test_a_link_of_the_bot_is_free_of_what_a_stolen_one_has_asked(
    connection: Connection,
) -> None:
    """What it makes counts with it, but keeps it from nothing."""

    async def link(origin: LinkOrigin, made_by: int | None = None) -> Visitor:
        return await inserted(connection, origin, made_by)

    async def ask(visitor: Visitor, number: int) -> Confirmation:
        asked, _ = await confirmations.ask(connection, visitor, "bot_move", bytes([number]), None)
        return asked

    mine = await link("panel", (await link("command")).link_id)
    stolen = await link("panel", mine.link_id)
    asked = [await ask(stolen, number) for number in range(confirmations.ASKED_A_LINK)]
    with pytest.raises(TooManyConfirmations):
        await ask(mine, 20)
    await connection.execute(
        "UPDATE confirmations SET answer = 'declined', answered_at = now() WHERE id = $1",
        asked[0].id,
    )
    fresh = await link("bot", mine.link_id)
    for number in range(confirmations.ASKED_A_LINK - 1):
        await ask(fresh, number)
    child = await link("panel", fresh.link_id)
    await ask(child, 0)
    with pytest.raises(TooManyConfirmations):
        await ask(child, 20)
    await ask(fresh, 20)
    with pytest.raises(TooManyConfirmations):
        await ask(fresh, 21)
    await ask(await link("bot", mine.link_id), 0)


async def test_nobody_uses_what_another_link_of_the_family_was_confirmed(
    connection: Connection,
) -> None:
    parent = await inserted(connection, "panel")
    child = await inserted(connection, "panel", parent.link_id)
    asked, _ = await confirmations.ask(connection, parent, "bot_move", b"1", None)
    await connection.execute(
        "UPDATE confirmations SET answer = 'confirmed', answered_at = now() WHERE id = $1", asked.id
    )
    for confirmation_id in (asked.id, None):
        assert await confirmations.find(connection, child, confirmation_id, b"1") is None
        found = await confirmations.find(connection, parent, confirmation_id, b"1")
        assert found is not None and found.state == "confirmed"
    with pytest.raises(NotFound):
        await confirmations.get(connection, child, asked.id)
