"""What staff do in their group: its module takes commands and presses there, by `staff.py`.

    desk = StaffDesk[OrdersSettings]()


    @desk.button("staff_order", right="orders")
    async def pressed(context: StaffContext[OrdersSettings], update: StaffPress) -> None: ...

    @desk.reply("staff_ticket", right="support")
    async def replied(context: StaffContext[SupportSettings], update: StaffReply) -> None: ...

Whoever may not is told so and nothing is run. `/staff CODE` binds the group and `/topic PURPOSE`
says where something is written; both are the platform's. So is following a group that becomes a
supergroup, and noting that the bot was taken out of one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import structlog
from pydantic import BaseModel
from typing_extensions import assert_never

from bots.sdk.asking import platform_texts
from bots.sdk.context import Scope
from bots.sdk.keyboards import Keyboard
from bots.sdk.replies import (
    CAPTION_UNITS,
    AnswerButton,
    EditText,
    Media,
    SendDocument,
    SendPhoto,
    SendText,
    Text,
    split_text,
)
from bots.sdk.texts import Texts
from bots.sdk.transaction import Transaction, random_id_of
from bots.sdk.updates import (
    GroupJoined,
    GroupLeft,
    GroupMoved,
    MembershipChanged,
    OfGroup,
    StaffCommand,
    StaffPress,
    StaffReply,
    split,
)
from core.errors import VitrinaError
from core.events import Bilingual
from core.shop import group_changes, staff
from core.shop.staff import CodeInvalid, Doer, NotStaff, StaffChat, TooManyChats

if TYPE_CHECKING:  # a module is loaded with its desk, which is given a context
    from bots.sdk.loading import EnabledModule

log = structlog.get_logger()

S = TypeVar("S", bound=BaseModel)
StaffUpdate: TypeAlias = StaffCommand | StaffReply | StaffPress
PURPOSES = ("orders", "payments", "stock", "support")
_OWN = frozenset({"staff", "topic"})  # the platform's commands


class StaffContext(Scope[S]):
    """One module and one action of a member of a staff's group, in the shop's language."""

    def __init__(
        self, transaction: Transaction, item: "EnabledModule", update: StaffUpdate, doer: Doer
    ) -> None:
        super().__init__(transaction, item)
        self.update = update
        self.doer = doer

    def answer(self, text: str = "", *, alert: bool = False) -> None:
        """For a press shown over the chat, ending its wait; for a command sent as a message."""
        if text:
            _say(self.transaction, self.update, Text(plain=text), alert=alert)
        elif isinstance(self.update, StaffPress):
            self.transaction.replies.append(AnswerButton(query_id=self.update.query_id))

    def edit(self, text: Text, keyboard: Keyboard | None) -> None:
        """Changes the message whose button was pressed or that is replied to; of a longer text, its
        last part."""
        update = self.update
        if isinstance(update, StaffCommand):
            return
        message_id = update.reply_to if isinstance(update, StaffReply) else update.message_id
        last = split_text(text)[-1]
        self.transaction.replies.append(
            EditText(message_id=message_id, text=last, keyboard=keyboard)
        )

    def reply(self, text: Text, keyboard: Keyboard | None = None) -> None:
        """A new message, in the topic of the command."""
        *parts, last = split_text(text)
        thread_id = self.update.thread_id
        self.transaction.replies += [SendText(text=each, thread_id=thread_id) for each in parts]
        self.transaction.replies.append(SendText(text=last, keyboard=keyboard, thread_id=thread_id))


Take: TypeAlias = Callable[[StaffContext[S], Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Taker:
    right: str
    take: Callable[..., Awaitable[None]]


@dataclass(slots=True)
class StaffDesk(Generic[S]):
    """A module's buttons, commands and replies in the staff's groups, each with the right that it
    needs."""

    takers: dict[tuple[type, str], _Taker] = field(default_factory=dict)

    def button(self, action: str, *, right: str) -> Callable[[Take[S]], Take[S]]:
        """Raises ValueError for one that the module has already."""
        return self._on(StaffPress, action, right)

    def command(self, name: str, *, right: str) -> Callable[[Take[S]], Take[S]]:
        """`/name` in a group; raises ValueError for one that is taken."""
        return self._on(StaffCommand, name, right)

    def reply(self, purpose: str, *, right: str) -> Callable[[Take[S]], Take[S]]:
        """A reply to what the bot wrote for this purpose (`tell`); raises ValueError for one that
        the module has already."""
        return self._on(StaffReply, purpose, right)

    def _on(self, kind: type, subject: str, right: str) -> Callable[[Take[S]], Take[S]]:
        def register(taker: Take[S]) -> Take[S]:
            if (kind, subject) in self.takers or (kind is StaffCommand and subject in _OWN):
                raise ValueError(f"{subject} is taken")
            self.takers[kind, subject] = _Taker(right, taker)
            return taker

        return register

    @property
    def commands(self) -> frozenset[str]:
        return frozenset(subject for kind, subject in self.takers if kind is StaffCommand)

    @property
    def buttons(self) -> frozenset[str]:
        return frozenset(subject for kind, subject in self.takers if kind is StaffPress)

    @property
    def purposes(self) -> frozenset[str]:
        """Of the messages to which staff may reply."""
        return frozenset(subject for kind, subject in self.takers if kind is StaffReply)


def concerns(enabled: "Sequence[EnabledModule]", update: OfGroup) -> bool:
    """Whether it has to be handled: not a command for another bot, nor what people write to each
    other."""
    if isinstance(update, StaffReply):
        return any(item.module.desk.purposes for item in enabled)
    if isinstance(update, MembershipChanged):
        return any(item.module.has_gate for item in enabled)
    if not isinstance(update, StaffCommand) or update.name in _OWN:
        return True
    return any(update.name in item.module.desk.commands for item in enabled)


async def take(transaction: Transaction, update: OfGroup) -> str | None:
    """Has the module act that takes it; its key. A group that is not bound hears nothing but
    `/staff CODE`; what breaks a rule of the shop is answered in words."""
    if not isinstance(update, StaffCommand | StaffReply | StaffPress):
        await _follow(transaction, update)
        return None
    if isinstance(update, StaffCommand) and update.name == "staff":
        await _bind(transaction, update)
        return None
    subject = await _subject_of(transaction, update)
    item, taker = _found(transaction, type(update), subject)
    if taker is None and isinstance(update, StaffReply):
        return None  # to a person, or to what nobody answers
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
        if not isinstance(update, StaffCommand):
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
            log.info("staff were refused", module=item.key, subject=subject, error=error.detail)
            _say(transaction, update, _refusal(transaction, error), alert=True)
    elif isinstance(update, StaffPress):
        _say(transaction, update, platform_texts()[transaction.shop.language].get("button_stale"))
    return item.key if item is not None else None


async def _subject_of(transaction: Transaction, update: StaffUpdate) -> str:
    """What its taker is found by; of a reply the purpose of the bot's message, empty if it is
    another's."""
    match update:
        case StaffCommand():
            return update.name
        case StaffPress():
            return update.action
        case StaffReply():
            purpose: str | None = await transaction.connection.fetchval(
                "SELECT purpose FROM outgoing "
                "WHERE bot_id = $1 AND chat_id = $2 AND message_id = $3 AND chat_id < 0",
                transaction.origin.bot_id,
                update.chat_id,
                update.reply_to,
            )
            return purpose or ""
        case _:
            assert_never(update)


def _found(
    transaction: Transaction, kind: type, subject: str
) -> "tuple[EnabledModule | None, _Taker | None]":
    for item in transaction.enabled:
        taker = item.module.desk.takers.get((kind, subject))
        if taker is not None:
            return item, taker
    return None, None


def _refusal(transaction: Transaction, error: VitrinaError) -> Text:
    """The reason for a refusal, in the shop's language if the error has it."""
    explained = getattr(error, "explained", None)
    if isinstance(explained, Bilingual):
        return Text(plain=explained.ru if transaction.shop.language == "ru" else explained.en)
    return _words(transaction).get("staff_refused")


async def _follow(transaction: Transaction, update: OfGroup) -> None:
    connection, bot_id = transaction.connection, transaction.origin.bot_id
    match update:
        case GroupJoined():
            await group_changes.rejoined(connection, bot_id, update.chat_id, update.title)
        case GroupLeft():
            await group_changes.set_trouble(connection, bot_id, update.chat_id, staff.REMOVED)
        case GroupMoved():
            await group_changes.move(connection, bot_id, update.chat_id, update.new_chat_id)
            transaction.queued += 1  # waiting messages may be sent now


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
    except TooManyChats:
        _say(transaction, update, words.get("staff_too_many", count=staff.CHATS_A_BOT))
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
    photo: Media | None = None,
    document: Media | None = None,
) -> int:
    """Tells each group that is bound to the bot, durably and once; how many there are.

    `topic` is one of `PURPOSES`. Below a photo or document a text has 1,024 characters.
    """
    notified = 0
    for chat in await staff.chats_of(scope.connection, scope.bot_id):
        if chat.trouble == staff.REMOVED or await _was_sent(scope, chat, purpose, natural_key):
            continue
        notified += 1
        *parts, last = _messages(text, keyboard, photo, document, chat.topic(topic))
        for number, part in enumerate(parts):
            key = f"{natural_key}#{number}"
            await scope.send_durably(purpose, part, key, chat_id=chat.chat_id)
        await scope.send_durably(purpose, last, natural_key, chat_id=chat.chat_id)
    return notified


def _messages(
    text: Text,
    keyboard: Keyboard | None,
    photo: Media | None,
    document: Media | None,
    thread_id: int | None,
) -> list[SendText | SendPhoto | SendDocument]:
    """What a group reads, the buttons under the last."""
    caption = split_text(text, CAPTION_UNITS)[0]
    if photo is not None:
        return [SendPhoto(photo=photo, caption=caption, keyboard=keyboard, thread_id=thread_id)]
    if document is not None:
        return [
            SendDocument(document=document, caption=caption, keyboard=keyboard, thread_id=thread_id)
        ]
    *parts, last = split_text(text)
    return [
        *(SendText(text=part, thread_id=thread_id) for part in parts),
        SendText(text=last, keyboard=keyboard, thread_id=thread_id),
    ]


async def _was_sent(scope: Scope[Any], chat: StaffChat, purpose: str, natural_key: str) -> bool:
    """Whether the group was told under the id that it had before."""
    if chat.moved_from is None:
        return False
    found: bool = await scope.connection.fetchval(
        "SELECT EXISTS (SELECT FROM outgoing WHERE bot_id = $1 AND random_id = $2)",
        scope.bot_id,
        random_id_of(scope.bot_id, chat.moved_from, purpose, natural_key),
    )
    return found


async def buttons_replied_to(
    scope: Scope[Any], update: StaffCommand | StaffReply, purpose: str
) -> list[tuple[str, str]]:
    """The actions and arguments of the buttons under the message that a command or a reply is
    about; none if it is no message of the bot's of this purpose."""
    if not update.reply_to:
        return []
    found: list[str] | None = await scope.connection.fetchval(
        "SELECT jsonb_path_query_array(message, '$.keyboard.rows[*][*].data') FROM outgoing "
        "WHERE bot_id = $1 AND chat_id = $2 AND message_id = $3 AND chat_id < 0 "
        "AND purpose = $4",
        scope.bot_id,
        update.chat_id,
        update.reply_to,
        purpose,
    )
    return [split(data) for data in found or []]
