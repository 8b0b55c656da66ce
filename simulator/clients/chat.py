"""A conversation in the terminal between a person, signed in with the real client, and a bot.

Works on any running simulator. In a terminal the bot's messages appear as they come; lines that are
piped in or read from a script are typed one after another, each after the bot's answer.
"""

import asyncio
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pyrogram import Client
from pyrogram.errors import RPCError
from pyrogram.handlers import RawUpdateHandler
from pyrogram.raw import functions, types

from simulator.clients.kurigram import SignInFailed, person, trust
from simulator.control import transcript
from simulator.control.transcript import Choice, Entry

HISTORY_MESSAGES = 10
# A script's next line is typed after the bot has been silent for this long.
SILENCE_SECONDS = 0.4
HELP = (
    "text            is sent as it is",
    "a number        presses the button of that number in the newest message that has any",
    "/start, /menu   and other commands go to the bot; //pay sends it what stands below",
    "/pay            pays the newest invoice",
    "/block          blocks the bot; /start unblocks it",
    "/history        shows the newest messages again",
    "/quit           leaves",
)


@dataclass(frozen=True, slots=True)
class ChatOptions:
    server: str
    key: Path
    bot: str
    """Username, without @."""
    name: str
    language: str
    start_code: str | None
    """None: Start is not pressed."""
    patience_seconds: float


async def run(options: ChatOptions, script: Sequence[str] | None) -> int:
    """Talk until /quit or the end of the lines; returns the exit code.

    Without a script the lines come from standard input. Returns 1 if the server or the bot is not
    there, or if the bot leaves a line of a script unanswered.
    """
    try:
        trust(options.key)
        async with person(options.server, _phone(options.name), options.language) as client:
            bot = await client.get_users(options.bot)
            chat = Chat(client, bot, options)
            await chat.open()
            waits = script is not None or not sys.stdin.isatty()
            answered = await _type(chat, _given(script) if script else _stdin(), waits)
    except (OSError, ValueError, SignInFailed, RPCError) as error:
        print(f"vitrina: {error}", file=sys.stderr)
        return 1
    return 0 if answered else 1


def _phone(name: str) -> str:
    """A phone number that follows from the name, so the same name is the same person."""
    return f"+7990{int(sha256(name.encode()).hexdigest(), 16) % 10**7:07}"


def _given(lines: Sequence[str]) -> "asyncio.Queue[str | None]":
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    for line in [*lines, None]:
        queue.put_nowait(line)
    return queue


def _stdin() -> "asyncio.Queue[str | None]":
    """Lines as they are typed, None at the end; read in a thread that nobody waits for."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the loop is closed: the chat is over
            for line in sys.stdin:
                loop.call_soon_threadsafe(queue.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    return queue


async def _type(chat: "Chat", lines: "asyncio.Queue[str | None]", waits: bool) -> bool:
    """Type line after line; returns False if the bot left one unanswered."""
    if waits and chat.pressed_start and not await chat.answered(0):
        return False
    while (line := await lines.get()) is not None:
        if line.strip() == "/quit":
            break
        before = chat.clock
        if waits:
            print(f"> {line}")
        asks = await chat.do(line.strip())
        if waits and asks and not await chat.answered(before):
            print(f"no answer to {line!r}", file=sys.stderr)
            return False
    return True


class Chat:
    """One person's chat with a bot, printed as it happens."""

    def __init__(self, client: Client, bot: Any, options: ChatOptions) -> None:
        self._client = client
        self._options = options
        self._bot_id: int = bot.id
        self._bot_name = f"{bot.first_name} (@{options.bot})"
        self._choices: tuple[int, list[Choice]] = (0, [])
        self._bill = 0
        self._news = asyncio.Event()
        self.clock = 0
        """How many messages the bot has sent or changed."""
        self.pressed_start = False

    async def open(self) -> None:
        """Show what was said before, and press Start if asked."""
        peer = await self._peer()
        await self._show_history()
        self._client.add_handler(RawUpdateHandler(self._on_update))
        if self._options.start_code is not None:
            self.pressed_start = True
            await self._call(
                functions.messages.StartBot(
                    bot=peer,
                    peer=peer,
                    random_id=self._client.rnd_id(),
                    start_param=self._options.start_code,
                )
            )

    async def do(self, line: str) -> bool:
        """Do what a line says; returns True if an answer of the bot is expected."""
        try:
            if line in ("", "/help", "/history", "/block"):
                await self._do_without_answer(line)
                return False
            if line == "/pay":
                return await self._pay()
            if line.isdecimal():
                return await self._press(int(line))
            await self._say(line.removeprefix("/") if line.startswith("//") else line)
        except (OSError, RPCError) as error:
            print(f"({error})")
            return False
        return True

    async def _do_without_answer(self, line: str) -> None:
        match line:
            case "/help":
                print("\n".join(HELP))
            case "/history":
                await self._show_history()
            case "/block":
                await self._call(functions.contacts.Block(id=await self._peer()))
                print("(blocked)")

    async def _show_history(self) -> None:
        for message in reversed(await self._history(HISTORY_MESSAGES)):
            self._show(transcript.entry_of(message))

    async def answered(self, before: int) -> bool:
        """Wait until the bot has answered and is silent; returns False if it does not answer."""
        if self.clock == before:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._options.patience_seconds)
        while self.clock > before:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), SILENCE_SECONDS)
            except TimeoutError:
                return True
        return False

    async def _call(self, query: Any) -> Any:
        return await self._client.invoke(query)

    async def _peer(self) -> Any:
        return await self._client.resolve_peer(self._bot_id)

    async def _history(self, limit: int) -> list[Any]:
        """The newest first."""
        found = await self._call(
            functions.messages.GetHistory(
                peer=await self._peer(),
                offset_id=0,
                offset_date=0,
                add_offset=0,
                limit=limit,
                max_id=0,
                min_id=0,
                hash=0,
            )
        )
        return list(found.messages)

    async def _on_update(self, _client: Client, update: Any, *_peers: object) -> None:
        message = getattr(update, "message", None)
        peer = getattr(message, "peer_id", None)
        if isinstance(peer, types.PeerUser) and peer.user_id == self._bot_id:
            self._show(transcript.entry_of(message))
            if not getattr(message, "out", False):
                self.clock += 1
                self._news.set()

    def _show(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if entry.choices:
            self._choices = entry.id, entry.choices
            if any(choice.pays for choice in entry.choices):
                self._bill = entry.id
        print("\n".join(transcript.lines(entry, self._options.name, self._bot_name)), flush=True)

    async def _say(self, text: str) -> None:
        if text.startswith("/start"):
            await self._call(functions.contacts.Unblock(id=await self._peer()))
        answer = await self._call(
            functions.messages.SendMessage(
                peer=await self._peer(), message=text, random_id=self._client.rnd_id()
            )
        )
        # @BotFather answers at once: in what the call returns, which the client tells no handler.
        for update in getattr(answer, "updates", []):
            if not getattr(getattr(update, "message", None), "out", True):
                await self._on_update(self._client, update)

    async def _press(self, number: int) -> bool:
        message_id, choices = self._choices
        if not 1 <= number <= len(choices):
            print(f"(there is no button {number})")
            return False
        choice = choices[number - 1]
        if choice.pays:
            return await self._pay()
        if choice.url:
            print(f"(opens {choice.url})")
            return False
        if choice.data is None:
            await self._say(choice.label)
            return True
        answer = await self._call(
            functions.messages.GetBotCallbackAnswer(
                peer=await self._peer(), msg_id=message_id, data=choice.data
            )
        )
        if answer.message:
            print(f"({'!' if answer.alert else ''}{answer.message})")
            self.clock += 1
            self._news.set()
        return True

    async def _pay(self) -> bool:
        if not self._bill:
            print("(there is no invoice to pay)")
            return False
        invoice = types.InputInvoiceMessage(peer=await self._peer(), msg_id=self._bill)
        form = await self._call(functions.payments.GetPaymentForm(invoice=invoice))
        if isinstance(form, types.payments.PaymentFormStars):
            await self._call(
                functions.payments.SendStarsForm(form_id=form.form_id, invoice=invoice)
            )
            return True
        card = types.InputPaymentCredentials(data=types.DataJSON(data="{}"))
        await self._call(
            functions.payments.SendPaymentForm(
                form_id=form.form_id, invoice=invoice, credentials=card
            )
        )
        return True
