"""One update's turn through a bot's modules, inside the transaction that the runtime opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bots.sdk.context import Context, Scope
from bots.sdk.loading import EnabledModule
from bots.sdk.replies import AnswerButton, AnswerPreCheckout, Reply, SendText, Text
from bots.sdk.texts import Texts, language_of, load_texts
from bots.sdk.transaction import Transaction
from bots.sdk.updates import Button, Command, Message, PreCheckout, Start, Update
from core.events import EventType
from core.shop.customers import Customer
from core.shop.shops import Language

# Reactions may cause reactions; a chain longer than this goes round in a circle.
REACTION_ROUNDS = 8


@cache
def _texts() -> dict[Language, Texts]:
    return load_texts(Path(__file__).parent / "texts")


async def react(transaction: Transaction, enabled: Sequence[EnabledModule]) -> None:
    """Writes the kept events and runs the enabled modules' reactions to all that was emitted.

    Raises RuntimeError if reactions cause each other without an end.
    """
    seen = 0
    for _ in range(REACTION_ROUNDS):
        await transaction.write_events()
        fresh = transaction.journal[seen:]
        if not fresh:
            return
        seen += len(fresh)
        for emitted in fresh:
            for item in enabled:
                module = item.module
                for reaction in module.reactions.to(emitted.event.type):
                    texts = module.texts[transaction.shop.language]
                    scope: Scope[Any] = Scope(
                        transaction, module.manifest, item.settings, texts, emitted.actor
                    )
                    await reaction(scope, emitted.event)
    raise RuntimeError("reactions cause each other without an end")


@dataclass(slots=True)
class Turn:
    """The runtime's part: make one, `handle`, `finish`, commit, then send `transaction.replies`."""

    transaction: Transaction
    customer: Customer
    enabled: Sequence[EnabledModule]
    update: Update

    @property
    def language(self) -> Language:
        return language_of(self.customer.language, self.transaction.shop.language)

    def emit(self, event_type: EventType, **fields: Any) -> None:
        """A platform event of this customer, with the rest before the commit."""
        self.transaction.emit(self.customer.actor, event_type, **fields)

    async def handle(self) -> str | None:
        """Walks the modules; the key of the one that took the update, None if none did.

        A command that nobody knows is offered once more as a message. A press or a pre-checkout is
        always answered, whoever took it or nobody; but a bot without modules only counts, and says
        nothing.
        """
        taken_by = await self._walk(self.update)
        if taken_by is None and isinstance(self.update, Command):
            text = f"/{self.update.name} {self.update.argument}".rstrip()
            taken_by = await self._walk(
                Message(
                    chat_id=self.update.chat_id,
                    occurred_at=self.update.occurred_at,
                    kind="text",
                    text=text,
                )
            )
        self._answer_what_waits(taken_by)
        return taken_by

    async def _walk(self, update: Update) -> str | None:
        actions = frozenset[str]().union(*(item.module.router.actions for item in self.enabled))
        for item in self.enabled:
            handler = item.module.router.find(update)
            if handler is not None:
                context: Context[Any] = Context(
                    self.transaction,
                    item.module.manifest,
                    item.settings,
                    item.module.texts[self.language],
                    customer=self.customer,
                    update=update,
                    actions=actions,
                )
                await handler(context, update)
                return item.key
        return None

    def _answer_what_waits(self, taken_by: str | None) -> None:
        replies = self.transaction.replies
        if not self.enabled or any(
            isinstance(reply, AnswerButton | AnswerPreCheckout) for reply in replies
        ):
            return
        match self.update:
            case Button(query_id=query_id):
                texts = _texts()[self.language]
                notice = "" if taken_by else texts.label("button_stale")
                # First, so that the button stops waiting before the rest is sent.
                replies.insert(0, AnswerButton(query_id=query_id, text=notice))
            case PreCheckout():
                replies.extend(failure_replies(self.update, self.language))
            case _:
                pass

    async def finish(self) -> None:
        """Writes the events and runs the reactions; the last thing before the commit."""
        await react(self.transaction, self.enabled)


def failure_replies(update: Update, language: Language) -> list[Reply]:
    """What the shopper is told when the transaction was rolled back: nothing happened, try again.

    Empty if nobody waits for an answer, or if it would not be true: a payment did happen.
    """
    texts = _texts()[language]
    match update:
        case Button(query_id=query_id):
            return [AnswerButton(query_id=query_id, text=texts.label("failed"), alert=True)]
        case PreCheckout(query_id=query_id):
            error = texts.label("payment_unavailable")
            return [AnswerPreCheckout(query_id=query_id, ok=False, error=error)]
        case Start() | Command() | Message():
            return [SendText(text=texts.get("failed"))]
        case _:
            return []


def payment_kept(language: Language) -> Text:
    """What a shopper is told whose payment has arrived and is not booked yet."""
    return _texts()[language].get("payment_kept")
