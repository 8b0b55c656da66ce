"""A person in their chat with a bot of the simulated Telegram: what they do, and what they see."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from pyrogram.raw import types

from simulator.control.transcript import Entry, entry_of
from simulator.world import files, gestures, mailbox, payments
from simulator.world.accounts import Account
from simulator.world.mailbox import Content
from simulator.world.world import World

Found = TypeVar("Found")
WAIT_SECONDS = 120.0  # of what is there at once on a machine with time


@dataclass(frozen=True, slots=True)
class Did:
    """What the person wrote, or that they did something else."""

    text: str
    kind: str = "wrote"


@dataclass(frozen=True, slots=True)
class Saw:
    """A message of the bot's, as it came or as it is from now on; `rows` are its buttons."""

    entry: Entry
    message: Any
    is_changed: bool

    @property
    def buttons(self) -> list["Button"]:
        """Those that act."""
        return [
            Button(self.entry.id, each.label, each.data)
            for each in self.entry.choices
            if each.data is not None
        ]

    @property
    def rows(self) -> list[list[str]]:
        rows = getattr(getattr(self.message, "reply_markup", None), "rows", None) or []
        return [[button.text for button in row.buttons] for row in rows]


@dataclass(frozen=True, slots=True)
class Notice:
    """A word over the chat, after a button was pressed or a payment refused."""

    text: str


Happened: TypeAlias = Did | Saw | Notice


class Visitor:
    """Each deed is awaited by what it leads to: `offered`, `hears`, `until`. These look at what has
    come or changed since the last deed."""

    def __init__(self, world: World, person: Account, bot_id: int) -> None:
        self.world = world
        self.person = person
        self.bot = world.account(bot_id)
        self.log: list[Happened] = []
        self._since = 0
        self._news = asyncio.Event()

    @contextmanager
    def listening(self) -> Iterator["Visitor"]:
        self.world.listen(self.person.id, self)
        try:
            yield self
        finally:
            self.world.unlisten(self.person.id, self)

    def deliver(self, updates: types.Updates) -> None:
        """What Telegram tells the person's phone."""
        for update in updates.updates:
            match update:
                case types.UpdateNewMessage(message=message):
                    self._see(message, is_changed=False)
                case types.UpdateEditMessage(message=message):
                    self._see(message, is_changed=True)
                case types.UpdateServiceNotification(message=text):
                    self._note(Notice(text))

    def _see(self, message: Any, *, is_changed: bool) -> None:
        entry = entry_of(message)
        peer = message.peer_id
        is_here = isinstance(peer, types.PeerUser) and peer.user_id == self.bot.id
        if entry is not None and is_here and not entry.outgoing:
            self._note(Saw(entry, message, is_changed))

    def _note(self, happened: Happened) -> None:
        self.log.append(happened)
        self._news.set()

    def notes(self, text: str, kind: str = "wrote") -> None:
        """Something was done, by the person or somebody else; what is seen from now on counts."""
        self.log.append(Did(text, kind))
        self._since = len(self.log)

    # What the person does.

    def write(self, text: str) -> None:
        self.notes(text)
        self._send(Content(text))

    def _send(self, content: Content) -> None:
        with self.world.change() as change:
            gestures.write(change, self.person, self.bot, content)

    def forward(self, text: str, author: Account) -> None:
        """Passes on what somebody else wrote."""
        self.notes(text, "forwarded")
        self._send(Content(text, author_id=author.id))

    def start(self, code: str = "") -> None:
        self.notes(f"/start {code}".rstrip())
        with self.world.change() as change:
            gestures.start(change, self.person, self.bot, code)

    def send_photo(self, data: bytes) -> None:
        self.notes("", "photo")
        with self.world.change() as change:
            media = types.MessageMediaPhoto(photo=files.add_photo(change, data))
            gestures.write(change, self.person, self.bot, Content(media=media))

    def send_file(self, name: str, media_type: str, data: bytes) -> None:
        self.notes(name, "file")
        with self.world.change() as change:
            named = types.DocumentAttributeFilename(file_name=name)
            document = files.add_document(change, data, media_type, [named])
            content = Content(media=types.MessageMediaDocument(document=document))
            gestures.write(change, self.person, self.bot, content)

    def edit_last(self, text: str) -> None:
        """Changes what was written last."""
        self.notes(text, "edited")
        with self.world.change() as change:
            chat = mailbox.history(change.db, self.person.id, self.bot.id, limit=20)
            last = next(each for each in chat if each.message.out)
            mailbox.edit(change, self.person, last.id, Content(text))

    def share_contact(self, phone: str) -> None:
        self.notes(phone, "contact")
        media = types.MessageMediaContact(
            phone_number=phone,
            first_name=self.person.first_name,
            last_name="",
            vcard="",
            user_id=self.person.id,
        )
        self._send(Content(media=media))

    async def press(self, button: "Button") -> None:
        """Raises RpcError if the bot does not answer."""
        self.notes(button.label, "pressed")
        answer = await gestures.press(self.world, self.person, button.message_id, button.data)
        if answer.message:
            self._note(Notice(answer.message))

    async def pay(self, bill: int) -> None:
        """Raises RpcError if the bot refuses."""
        self.notes("", "paid")
        invoice = payments.find_invoice(self.world.db, self.person, bill)
        await payments.pay(self.world, self.person, invoice)

    # What the person sees.

    async def until(self, find: Callable[[], Found | None], what: str) -> Found:
        """Waits until there is something to find, and gives it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    self._news.clear()
                    if (found := find()) is not None:
                        return found
                    await self._news.wait()
        seen = "\n".join(repr(each) for each in self.log[-6:])
        raise AssertionError(f"not within {WAIT_SECONDS} s: {what}; lately:\n{seen}")

    async def glance(self, seconds: float = 0.3) -> None:
        """Waits a little for anything to come: a screen that stays as it was shows nothing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.has_news:
                    self._news.clear()
                    await self._news.wait()

    @property
    def has_news(self) -> bool:
        """Whether anything has come since the last deed, be it a word over the chat."""
        return len(self.log) > self._since

    @property
    def seen(self) -> list[Saw]:
        """Messages that came or changed since the last deed, the newest first."""
        lately = self.log[self._since :]
        return [each for each in reversed(lately) if isinstance(each, Saw)]

    def buttons(self) -> list["Button"]:
        """Those of the newest message that has any."""
        return next((saw.buttons for saw in self.seen if saw.entry.choices), [])

    def bill(self) -> int | None:
        """The newest message that waits to be paid."""
        for saw in self.seen:
            if any(choice.pays for choice in saw.entry.choices):
                return saw.entry.id
        return None

    async def offered(self, label: str) -> "Button":
        """Waits for a button on which this stands, in any message since the last deed."""

        def find() -> Button | None:
            every = (each for saw in self.seen for each in saw.buttons)
            return next((each for each in every if label in each.label), None)

        return await self.until(find, f"a button {label!r}")

    async def hears(self, words: str) -> str:
        """Waits for a message with these words."""

        def find() -> str | None:
            texts = (f"{saw.entry.text}{saw.entry.note}" for saw in self.seen)
            return next((text for text in texts if words in text), None)

        return await self.until(find, f"the words {words!r}")


@dataclass(frozen=True, slots=True)
class Button:
    """A button that acts, under a message of the person's chat."""

    message_id: int
    label: str
    data: bytes

    @property
    def action(self) -> str:
        return self.data.partition(b":")[0].rstrip(b"\x1f").decode()
