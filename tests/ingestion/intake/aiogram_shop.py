"""A shop's bot of aiogram, with our middleware."""

from typing import Any

from aiogram import Bot, Dispatcher, Router
from aiogram.types import CallbackQuery, Message, Update

from ingestion.client import Vitrina
from ingestion.client_aiogram import AiogramMiddleware
from simulator.demo import DEMO_BOTS


class AiogramShop:
    """A bot of aiogram that notes what its own handlers got."""

    def __init__(self, vitrina: Vitrina) -> None:
        self.bot = Bot(DEMO_BOTS[0].token)
        self.dispatcher = Dispatcher()
        self.handled: list[str] = []
        router = Router()
        router.message()(self._on_message)
        router.callback_query()(self._on_press)
        self.dispatcher.include_router(router)
        self.dispatcher.update.outer_middleware(AiogramMiddleware(vitrina))
        self._numbers = 0

    async def _on_message(self, message: Message) -> None:
        self.handled.append(message.text or "?")

    async def _on_press(self, query: CallbackQuery) -> None:
        self.handled.append(query.data or "?")

    async def feed(self, *, number: int | None = None, **content: Any) -> None:
        self._numbers += 1
        told = {"update_id": number or self._numbers, **content}
        update = Update.model_validate(told, context={"bot": self.bot})
        await self.dispatcher.feed_update(self.bot, update)
