"""The probe: when a session counts as dead."""

import asyncio
from typing import cast

import pytest
from pyrogram.errors import AuthKeyUnregistered, FloodWait, InternalServerError

from bots.runtime.client import BotClient
from bots.runtime.probe import PROBES, probe
from tests import patience


class Client:
    """Doubts itself as long as it has something to answer."""

    def __init__(self, *answers: Exception | None) -> None:
        self.doubt = asyncio.Event()
        self.doubt.set()
        self.left = list(answers)

    async def probe(self, _seconds: float) -> None:
        answer = self.left.pop(0)
        if self.left:
            self.doubt.set()
        if answer is not None:
            raise answer


async def probed(client: Client) -> None:
    async with asyncio.timeout(patience.SECONDS):
        await probe(cast(BotClient, client))


@pytest.mark.parametrize("error", [InternalServerError(), TimeoutError()])
async def test_a_session_is_dead_only_when_nothing_answers_for_a_while(error: Exception) -> None:
    unwell = [error] * (PROBES - 1)
    client = Client(*unwell, None, *unwell, FloodWait(3), *unwell, error, None)
    with pytest.raises(type(error)):
        await probed(client)
    assert client.left == [None]


async def test_a_session_that_telegram_has_ended_is_dead_at_once() -> None:
    with pytest.raises(AuthKeyUnregistered):
        await probed(Client(AuthKeyUnregistered(), None))
