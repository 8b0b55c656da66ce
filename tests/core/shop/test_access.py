import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from core.postgres import Connection
from core.shop import access
from core.shop.access import LinkInvalid, SessionMissing


async def test_a_link_opens_a_session_of_its_role(connection: Connection) -> None:
    token = await access.create_link(connection, label="me", role="analyst", shop_ids=[1])
    visitor = await access.visitor(connection, await access.enter(connection, token))
    assert (visitor.label, visitor.role) == ("me", "analyst")
    assert visitor.sees(1) and not visitor.sees(2)


async def test_neither_token_nor_cookie_is_stored(connection: Connection) -> None:
    token = await access.create_link(connection, label="me", role="owner")
    cookie = await access.enter(connection, token)
    for table in ("access_links", "panel_sessions"):
        text = str(await connection.fetch(f"SELECT t::text FROM {table} AS t"))
        assert token not in text and cookie not in text
        assert token.encode().hex() not in text and cookie.encode().hex() not in text


@pytest.mark.parametrize("end", ["revoked_at = now()", "expires_at = now() - interval '1 second'"])
async def test_a_link_that_ended_opens_nothing_and_ends_its_sessions(
    connection: Connection, end: str
) -> None:
    token = await access.create_link(connection, label="me", role="owner")
    cookie = await access.enter(connection, token)
    await connection.execute(f"UPDATE access_links SET {end}")
    with pytest.raises(LinkInvalid):
        await access.enter(connection, token)
    with pytest.raises(SessionMissing):
        await access.visitor(connection, cookie)
    assert not await access.is_valid(connection, token)


@pytest.mark.parametrize(
    "aged",
    [
        "last_seen_at = now() - interval '12 hours 1 second'",
        "created_at = now() - interval '7 days 1 second'",
    ],
)
async def test_a_session_runs_out(connection: Connection, aged: str) -> None:
    token = await access.create_link(connection, label="me", role="owner")
    cookie = await access.enter(connection, token)
    await connection.execute(f"UPDATE panel_sessions SET {aged}")
    with pytest.raises(SessionMissing):
        await access.visitor(connection, cookie)


UNKNOWN = {
    "empty": "",
    "prefix": "vtr_",
    "signs": "vtr_!!!",
    "word": "nonsense",
    "well made": access.new_token(),
}


@pytest.mark.parametrize("token", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_an_unknown_token_opens_nothing(connection: Connection, token: str) -> None:
    with pytest.raises(LinkInvalid):
        await access.enter(connection, token)


async def test_a_revoked_link_ends_its_sessions_and_no_others(connection: Connection) -> None:
    tokens = [await access.create_link(connection, label=x, role="owner") for x in "ab"]
    cookies = [await access.enter(connection, token) for token in tokens]
    first, second = await access.valid_links(connection)
    assert (first.label, second.label) == ("a", "b")
    await access.revoke_link(connection, first.id)
    assert [link.label for link in await access.valid_links(connection)] == ["b"]
    with pytest.raises(SessionMissing):
        await access.visitor(connection, cookies[0])
    assert (await access.visitor(connection, cookies[1])).label == "b"
    with pytest.raises(NotFound):
        await access.revoke_link(connection, first.id)


async def test_who_left_is_out(connection: Connection) -> None:
    token = await access.create_link(connection, label="me", role="owner")
    cookie = await access.enter(connection, token)
    await access.leave(connection, cookie)
    with pytest.raises(SessionMissing):
        await access.visitor(connection, cookie)


@given(st.integers(0, 51), st.sampled_from("ABCxyz019-_"))
def test_a_mistyped_token_is_seen_by_its_checksum(position: int, letter: str) -> None:
    token = access.new_token()
    changed = token[: 4 + position] + letter + token[5 + position :]
    # The last letter carries unused bits, so another one may stand for the same bytes.
    if position < 47 and changed != token:
        assert not access.is_well_formed(changed)
    assert access.is_well_formed(token)
