"""What staff do in their group: its module takes commands and presses there, by `staff.py`.

    desk = StaffDesk[OrdersSettings]()


    @desk.button("staff_order", right="orders")
    async def pressed(context: StaffContext[OrdersSettings], update: StaffPress) -> None: ...

Whoever may not is told so and nothing is run. `/staff CODE` binds the group and `/topic PURPOSE`
says where something is written; both are the platform's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pydantic import BaseModel

from bots.sdk.asking import platform_texts
from bots.sdk.context import Scope
from bots.sdk.keyboards import Keyboard
from bots.sdk.replies import AnswerButton, EditText, SendText, Text, split_text
from bots.sdk.texts import Texts
from bots.sdk.transaction import Transaction
from bots.sdk.updates import StaffCommand, StaffPress
from core.errors import VitrinaError
from core.shop import staff
from core.shop.staff import CodeInvalid, Doer, NotStaff, TooManyChats

if TYPE_CHECKING:  # a module is loaded with its desk, which is given a context
    from bots.sdk.loading import EnabledModule

S = TypeVar("S", bound=BaseModel)
StaffUpdate: TypeAlias = StaffCommand | StaffPress
PURPOSES = frozenset({"orders", "support", "payments"})


class StaffContext(Scope[S]):
    """One module and one thing that a member of a staff's group did, in the shop's language."""

    def __init__(
        self, transaction: Transaction, item: "EnabledModule", update: StaffUpdate, doer: Doer
    ) -> None:
        super().__init__(transaction, item)
        self.update = update
        self.doer = doer

    def answer(self, text: str, *, alert: bool = False) -> None:
        """Over the chat to a press; as a message to a command."""
        _say(self.transaction, self.update, Text(plain=text), alert=alert)

    def edit(self, text: Text, keyboard: Keyboard | None) -> None:
        """Changes the message whose button was pressed."""
        if isinstance(self.update, StaffPress):
            first = split_text(text)[0]
            self.transaction.replies.append(
                EditText(message_id=self.update.message_id, text=first, keyboard=keyboard)
            )


Take: TypeAlias = Callable[[StaffContext[S], Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Taker:
    right: str
    take: Callable[..., Awaitable[None]]


@dataclass(slots=True)
class StaffDesk(Generic[S]):
    """A module's buttons and commands in the staff's groups, each with the right that it needs."""

    takers: dict[tuple[type, str], _Taker] = field(default_factory=dict)

    def button(self, action: str, *, right: str) -> Callable[[Take[S]], Take[S]]:
        """Raises ValueError for one that the module has already."""
        return self._on(StaffPress, action, right)

    def command(self, name: str, *, right: str) -> Callable[[Take[S]], Take[S]]:
        """`/name` in a group; raises ValueError for one that is taken."""
        return self._on(StaffCommand, name, right)

    def _on(self, kind: type, subject: str, right: str) -> Callable[[Take[S]], Take[S]]:
        def register(taker: Take[S]) -> Take[S]:
            if (kind, subject) in self.takers or subject in {"staff", "topic"}:
                raise ValueError(f"{subject} is taken")
            self.takers[kind, subject] = _Taker(right, taker)
            return taker

        return register

    @property
    def buttons(self) -> frozenset[str]:
        return frozenset(subject for kind, subject in self.takers if kind is StaffPress)


async def take(transaction: Transaction, update: StaffUpdate) -> str | None:
    """Has the module act that takes it; its key. A group that is not bound hears nothing but
    `/staff CODE`; what breaks a rule of the shop is answered in words."""
    if isinstance(update, StaffCommand) and update.name == "staff":
        await _bind(transaction, update)
        return None
    subject = update.name if isinstance(update, StaffCommand) else update.action
    item, taker = _found(transaction, type(update), subject)
    right = taker.right if taker is not None else "topics"
    try:
        doer = await staff.presser(
            transaction.connection,
            transaction.origin,
            update.chat_id,
            update.person_id,
            update.person_name,
            right,
        )
    except NotStaff:
        if isinstance(update, StaffPress):
            _say(transaction, update, _words(transaction).get("staff_not"), alert=True)
        return None
    if isinstance(update, StaffCommand) and update.name == "topic":
        await _set_topic(transaction, update)
    elif item is not None and taker is not None:
        context: StaffContext[Any] = StaffContext(transaction, item, update, doer)
        mark = transaction.mark()
        try:
            async with transaction.connection.transaction():
                await taker.take(context, update)
        except VitrinaError as error:
            transaction.return_to(mark)
            _say(transaction, update, Text(plain=error.detail[:190]), alert=True)
    elif isinstance(update, StaffPress):
        _say(transaction, update, platform_texts()[transaction.shop.language].get("button_stale"))
    return item.key if item is not None else None


def _found(
    transaction: Transaction, kind: type, subject: str
) -> "tuple[EnabledModule | None, _Taker | None]":
    for item in transaction.enabled:
        taker = item.module.desk.takers.get((kind, subject))
        if taker is not None:
            return item, taker
    return None, None


async def _bind(transaction: Transaction, update: StaffCommand) -> None:
    words = _words(transaction)
    try:
        async with transaction.connection.transaction():
            await staff.bind(
                transaction.connection,
                transaction.origin,
                update.argument,
                chat_id=update.chat_id,
                title=update.title or str(update.chat_id),
                has_topics=update.thread_id is not None,
                telegram_id=update.person_id,
                name=update.person_name or str(update.person_id),
            )
    except CodeInvalid:
        _say(transaction, update, words.get("staff_code_invalid"))
    except TooManyChats as error:
        _say(transaction, update, Text(plain=error.detail))
    else:
        if update.thread_id is not None:
            await _write_topic(transaction, update, "orders")
        _say(transaction, update, words.get("staff_bound"))


async def _set_topic(transaction: Transaction, update: StaffCommand) -> None:
    words = _words(transaction)
    purpose = update.argument.strip().lower()
    if purpose not in PURPOSES or update.thread_id is None:
        _say(transaction, update, words.get("staff_topic_how"))
        return
    await _write_topic(transaction, update, purpose)
    _say(transaction, update, words.get("staff_topic_set"))


async def _write_topic(transaction: Transaction, update: StaffCommand, purpose: str) -> None:
    await staff.set_topic(
        transaction.connection,
        transaction.origin.bot_id,
        update.chat_id,
        purpose,
        update.thread_id or 1,
    )


def _words(transaction: Transaction) -> Texts:
    return platform_texts()[transaction.shop.language]


def _say(transaction: Transaction, update: StaffUpdate, text: Text, *, alert: bool = False) -> None:
    if isinstance(update, StaffPress):
        notice = AnswerButton(query_id=update.query_id, text=text.plain[:200], alert=alert)
        transaction.replies.append(notice)
    else:
        transaction.replies.append(SendText(text=text, thread_id=update.thread_id))


async def tell(
    scope: Scope[Any],
    purpose: str,
    text: Text,
    natural_key: str,
    *,
    topic: str = "orders",
    keyboard: Keyboard | None = None,
) -> int:
    """Tells each group that is bound to the bot, durably and once; how many there are."""
    chats = await staff.chats_of(scope.connection, scope.bot_id)
    for chat in chats:
        message = SendText(
            text=split_text(text)[0], keyboard=keyboard, thread_id=chat.topics.get(topic)
        )
        await scope.send_durably(purpose, message, natural_key, chat_id=chat.chat_id)
    return len(chats)


async def order_replied_to(scope: Scope[Any], update: StaffCommand, purpose: str) -> str | None:
    """The natural key's part of the message that a command replies to, from its buttons' data;
    None if it replies to none of the bot's of this purpose."""
    if not update.reply_to:
        return None
    data: str | None = await scope.connection.fetchval(
        "SELECT message #>> '{keyboard,rows,0,0,data}' FROM outgoing WHERE bot_id = $1 "
        "AND chat_id = $2 AND message_id = $3 AND purpose = $4",
        scope.bot_id,
        update.chat_id,
        update.reply_to,
        purpose,
    )
    return data
