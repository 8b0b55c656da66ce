"""One update's way through a bot's modules, inside the transaction that the runtime opened."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bots.sdk import asking, owner_desk, starts
from bots.sdk.asking import CANCEL, RESERVED, platform_texts
from bots.sdk.context import Context
from bots.sdk.loading import EnabledModule
from bots.sdk.pausing import NEVER_WITHHELD, Pause, goes_on, replies_in
from bots.sdk.points import Gate
from bots.sdk.reacting import react
from bots.sdk.replies import (
    Answer,
    AnswerButton,
    AnswerPreCheckout,
    AnswerShipping,
    Reply,
    SendText,
    Text,
)
from bots.sdk.router import PASS, Handler
from bots.sdk.texts import language_of
from bots.sdk.transaction import Transaction
from bots.sdk.updates import (
    Blocked,
    Button,
    Command,
    Edited,
    Message,
    PreCheckout,
    ShippingQuery,
    StaffPress,
    StaffReply,
    Start,
    Unblocked,
    Update,
    split,
)
from core.events import EventType
from core.shop.customers import Customer
from core.shop.shops import Language


class Turn:
    """The runtime's part: make one, `handle`, `finish`, commit, then send `transaction.replies`.

    `pause`: the bot's, if it is paused.
    """

    def __init__(
        self,
        transaction: Transaction,
        customer: Customer,
        update: Update,
        *,
        pause: Pause | None = None,
    ) -> None:
        self.transaction = transaction
        self.customer = customer
        self.update = update
        self.pause = pause
        transaction.know(customer)

    @property
    def enabled(self) -> Sequence[EnabledModule]:
        return self.transaction.enabled

    @property
    def language(self) -> Language:
        return language_of(self.customer.language, self.transaction.shop.language)

    def emit(self, event_type: EventType, **fields: Any) -> None:
        """A platform event of this customer, with the rest before the commit."""
        self.transaction.emit(self.customer.actor, event_type, **fields)

    async def handle(self) -> str | None:
        """Walks the modules; the key of the one that took the update, None if none did.

        A command that nobody knows is offered once more as a message. A press or a pre-checkout is
        always answered, whoever took it or nobody; but a bot none of whose modules answers only
        counts, and says nothing to anybody but its owner.
        """
        name = self.customer.first_name
        if await owner_desk.take(self.transaction, self.update, self.language, name):
            return None
        if self.pause is not None and not self._goes_on():
            taken_by = await self._answer_in_pause()
            if taken_by is None:
                self.transaction.replies += replies_in(self.pause, self.update, self.language)
            return taken_by
        is_silent = not any(item.module.answers for item in self.enabled)
        if is_silent and not isinstance(self.update, Blocked | Unblocked):
            return None
        taken_by = await self._take(self.update)
        if taken_by is None and isinstance(self.update, Command):
            taken_by = await self._unknown_command(self.update)
        if isinstance(self.update, Edited):
            await asking.say(self._context(self.enabled[0], self.update), "edited_unread")
        self._answer_what_waits(taken_by)
        return taken_by

    def _goes_on(self) -> bool:
        return goes_on(self.update) or any(
            item.module.router.goes_on(self.update) for item in self.enabled
        )

    async def _answer_in_pause(self) -> str | None:
        """Takes the answer to an open question about money on its way, and nothing else."""
        if not self._may_ask or not asking.may_answer(self.update):
            return None
        waiting = await asking.waiting_for(self._context(self.enabled[0], self.update))
        if waiting is None or not any(
            item.key == waiting.module and question.in_pause
            for item in self.enabled
            for question in item.module.dialogs.questions.values()
            if question.name == waiting.question
        ):
            return None
        taken_by = await self._answer(self.update)
        if taken_by is not None:
            self._answer_what_waits(taken_by)
        return taken_by

    async def _unknown_command(self, command: Command) -> str | None:
        if command.name == CANCEL:
            await asking.say(self._context(self.enabled[0], command), "nothing_to_cancel")
            return None
        message = Message(
            chat_id=command.chat_id,
            occurred_at=command.occurred_at,
            kind="text",
            text=f"/{command.name} {command.argument}".rstrip(),
        )
        return await self._take(message)

    def _context(self, item: EnabledModule, update: Update) -> Context[Any]:
        return Context(self.transaction, item, self.customer, update)

    async def _take(self, update: Update, *, proceeded: bool = False) -> str | None:
        """Gates first; then an open question; then the rest, in their order."""
        gates = [item for item in self.enabled if item.module.manifest.phase == "gate"]
        taken_by = await self._walk(gates, update, proceeded) or await self._gate(update)
        if taken_by is not None:
            if isinstance(update, Start):
                await starts.keep(self._context(self.enabled[0], update), update.code)
            return taken_by
        if isinstance(update, Start):
            await self._forget_question(update)
        taken_by = await self._answer(update)
        if taken_by is not None:
            return taken_by
        others = [item for item in self.enabled if item.module.manifest.phase != "gate"]
        return await self._walk(others, update, proceeded)

    async def _walk(
        self, items: Sequence[EnabledModule], update: Update, proceeded: bool
    ) -> str | None:
        heard_by: str | None = None
        for item in items:
            for handler in item.module.router.find(update):
                if isinstance(update, Blocked | Unblocked):  # for all to hear
                    await handler(self._context(item, update), update)
                    heard_by = heard_by or item.key
                elif await self._ask(item, handler, update, proceeded):
                    return item.key
        return heard_by

    async def _ask(
        self, item: EnabledModule, handler: Handler[Any, Any], update: Update, proceeded: bool
    ) -> bool:
        """Whether the handler takes the update."""
        context = self._context(item, update)
        if await handler(context, update) is PASS:
            return False
        if context.proceeds and not proceeded:
            code = await starts.take(context)
            start = Start(chat_id=update.chat_id, occurred_at=update.occurred_at, code=code)
            await self._take(start, proceeded=True)
        if context.followed is not None and isinstance(update, Button) and not proceeded:
            action, argument = split(context.followed.data)
            led = replace(update, action=action, argument=argument, stays=True)
            await self._take(led, proceeded=True)
        return True

    async def _gate(self, update: Update) -> str | None:
        """What is shown instead of an answer while the shopper has not passed the gate."""
        match update:
            case Start() | Message():
                pass
            case Command() if update.name not in NEVER_WITHHELD:
                pass
            case Button() if update.action not in RESERVED:
                pass
            case _:
                return None
        if not any(item.module.offers.of(Gate) for item in self.enabled):
            return None
        context = self._context(self.enabled[0], update)
        for gate in await context.offered(Gate):
            item = next(each for each in self.enabled if each.key == gate.module)
            if item.module.router.find(update) and isinstance(update, Button):
                return None  # its own button is the way in
            context.reply(gate.text, gate.keyboard)
            return gate.module
        return None

    @property
    def _may_ask(self) -> bool:
        return any(item.module.dialogs.questions for item in self.enabled)

    async def _forget_question(self, update: Update) -> None:
        if self._may_ask:
            await asking.end(self._context(self.enabled[0], update))

    async def _answer(self, update: Update) -> str | None:
        if not self._may_ask or not asking.may_answer(update):
            return None
        return await asking.take(self._context(self.enabled[0], update), self.enabled)

    def _answer_what_waits(self, taken_by: str | None) -> None:
        replies = self.transaction.replies
        if any(isinstance(reply, Answer) for reply in replies):
            return
        match self.update:
            case Button(query_id=query_id):
                texts = platform_texts()[self.language]
                notice = "" if taken_by else texts.label("button_stale")
                # First, so that the button stops waiting before the rest is sent.
                replies.insert(0, AnswerButton(query_id=query_id, text=notice))
            case PreCheckout() | ShippingQuery():
                replies.extend(failure_replies(self.update, self.language))
            case _:
                pass

    async def finish(self) -> None:
        """Writes the events and runs the reactions; the last thing before the commit."""
        await react(self.transaction)


def failure_replies(update: Update, language: Language) -> list[Reply]:
    """What the shopper is told when the transaction was rolled back: nothing happened, try again.

    Empty if nobody waits for an answer, or if it would not be true: a payment did happen.
    """
    texts = platform_texts()[language]
    match update:
        case Button(query_id=query_id) | StaffPress(query_id=query_id):
            return [AnswerButton(query_id=query_id, text=texts.label("failed"), alert=True)]
        case PreCheckout(query_id=query_id):
            error = texts.label("payment_unavailable")
            return [AnswerPreCheckout(query_id=query_id, ok=False, error=error)]
        case ShippingQuery(query_id=query_id):
            return [AnswerShipping(query_id=query_id, error=texts.label("payment_unavailable"))]
        case Start() | Command() | Message():
            return [SendText(text=texts.get("failed"))]
        case StaffReply(thread_id=thread_id):
            return [SendText(text=texts.get("failed"), thread_id=thread_id)]
        case _:
            return []


def payment_kept(language: Language) -> Text:
    """What a shopper is told whose payment has arrived and is not booked yet."""
    return platform_texts()[language].get("payment_kept")


def bill_refused(language: Language) -> Text:
    """What a shopper is told whose bill Telegram has refused."""
    return platform_texts()[language].get("bill_refused")
