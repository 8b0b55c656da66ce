"""A bot with support alone: its shoppers write, its staff answer in a group."""

import io
import itertools
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from bots.sdk import staffing
from bots.sdk.context import Scope
from bots.sdk.keyboards import ActionButton, Keyboard
from bots.sdk.replies import Reply, SendDocument, SendPhoto, SendText
from bots.sdk.updates import Message, ReceivedFile, StaffPress, StaffReply, split
from core.postgres import Connection
from core.shop import staff
from core.shop.staff import Doer
from tests.bots.paying import Paid
from tests.bots.shopper import Seen, Shopper, outgoing

GROUP = -1001234567890
OLGA, BORIS, STRANGER = 501, 502, 503
OWNER = Doer("the owner")
_numbers = itertools.count(1000)


class Desk(Paid):
    """Of whom Olga may answer, and Boris may not."""

    async def bind(self) -> None:
        code, _ = await staff.create_code(self.connection, self.origin.bot_id, "owner")
        await staff.bind(
            self.connection,
            self.origin,
            code,
            chat_id=GROUP,
            title="Staff",
            has_topics=True,
            telegram_id=OLGA,
            name="Olga",
        )
        await staff.set_topic(self.connection, self.origin.bot_id, GROUP, "support", 7)
        await staff.add_member(
            self.connection,
            self.origin.shop_id,
            BORIS,
            "Boris",
            added_by="owner",
            rights=["orders"],
        )

    def scope(self, transaction: Any) -> Scope[Any]:
        item = next(each for each in self.enabled if each.key == "support")
        return Scope(transaction, item)

    async def deliver(self) -> None:
        """As the sender: what waits has its number at Telegram."""
        await self.connection.execute(
            "UPDATE outgoing SET state = 'sent', message_id = id + 100 WHERE state = 'pending'"
        )

    async def cards(self) -> list[Any]:
        """What the group was told of questions, oldest first."""
        return [
            message
            for chat_id, purpose, message in await outgoing(self.connection)
            if purpose == "staff_ticket" and chat_id == GROUP
        ]

    async def answers(self) -> list[SendText | SendPhoto | SendDocument]:
        """What shoppers were sent, oldest first."""
        return [
            message
            for _, purpose, message in await outgoing(self.connection)
            if purpose == "support_answer"
            and isinstance(message, SendText | SendPhoto | SendDocument)
        ]

    async def reply(
        self, text: str, *, person: int = OLGA, to: int = 0, **more: Any
    ) -> list[Reply]:
        """Staff reply to the group's newest card, or to another message."""
        await self.deliver()
        newest = await self.connection.fetchval(
            "SELECT max(message_id) FROM outgoing WHERE purpose = 'staff_ticket'"
        )
        values = {"kind": "text", "text": text} | more
        update = StaffReply(
            chat_id=GROUP,
            occurred_at=datetime.now(UTC),
            person_id=person,
            person_name="x",
            thread_id=7,
            reply_to=to or newest,
            message_id=next(_numbers),
            **values,
        )
        async with self.transaction() as transaction:
            await staffing.take(transaction, update)
        return transaction.replies

    async def press(self, data: str, *, person: int = OLGA) -> list[Reply]:
        action, argument = split(data)
        update = StaffPress(
            chat_id=GROUP,
            occurred_at=datetime.now(UTC),
            person_id=person,
            person_name="x",
            action=action,
            argument=argument,
            query_id=next(_numbers),
            message_id=9,
        )
        async with self.transaction() as transaction:
            await staffing.take(transaction, update)
        return transaction.replies

    async def tickets(self) -> list[tuple[str, int | None]]:
        """State and order of each, oldest first."""
        rows = await self.connection.fetch(
            "SELECT state, order_id FROM support_tickets ORDER BY id"
        )
        return [(row["state"], row["order_id"]) for row in rows]

    async def said(self) -> list[tuple[str, str]]:
        """Author and words of each message, oldest first."""
        rows = await self.connection.fetch("SELECT author, body FROM support_messages ORDER BY id")
        return [(row["author"], row["body"]) for row in rows]


async def opened(connection: Connection, **settings: Any) -> Desk:
    desk = await Desk.open(connection, support=settings)
    await desk.bind()
    return desk


async def ask(shopper: Shopper, text: str) -> Seen:
    """A question by the buttons, as people ask one."""
    await shopper.press("support_new")
    return await shopper.write(text)


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(file, "JPEG")
    return file.getvalue()


def file_of(desk: Desk, content: bytes, **more: Any) -> ReceivedFile:
    """A file at Telegram with this content."""
    name = f"file-{next(_numbers)}"
    desk.fetched[name] = content
    values: dict[str, Any] = {
        "kind": "photo",
        "file_id": name,
        "unique_id": name,
        "size": len(content),
    }
    return ReceivedFile(**(values | more))


async def send(
    desk: Desk, shopper: Shopper, file: ReceivedFile, text: str = "", **more: Any
) -> Seen:
    """The shopper sends a file, and the worker does what was put off."""
    seen = await shopper.do(
        Message(
            kind=file.kind,
            file=file,
            text=text,
            chat_id=shopper.profile.telegram_id,
            occurred_at=datetime.now(UTC),
            **more,
        )
    )
    await desk.run_jobs()
    return seen


def data_of(message: Any) -> list[str]:
    rows = message.keyboard.rows if isinstance(message.keyboard, Keyboard) else ()
    return [each.data for row in rows for each in row if isinstance(each, ActionButton)]
