"""The ground truth: who each person is and what they did, for checking figures and fraud scores.

JSON lines, one file a UTC day in a folder of its own, such as `truth/2026-11-24.jsonl`; `read` is
the reader. A line is written right after the event that it records, and flushed at once: a killed
process loses at most the line that it is writing, and `Truth` adds missing charges and receipts
from the simulator's database when it is opened again. As in the database, nothing is synced to the
disk. No bot sees any of it.

Times are seconds since the epoch, ids Telegram's. Amounts are in minor units of their currency,
those that a bot wrote (`Row`, `RefundNotice`) in its main units.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from simulator.crowd.options import Abuse, Role

FOLDER = "truth"
KEPT_DAYS = 14
# People in so many of the latest files may come back after a restart.
REMEMBERED_DAYS = 2


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float = Field(default_factory=time.time)


class Run(Record):
    """A crowd began to work, also after a restart."""

    kind: Literal["run"] = "run"
    run: int
    """1, 2, …: the same seed makes other people in each run."""
    seed: int
    bots: list[int]


class Person(Record):
    """A new person. One person shops with one bot."""

    kind: Literal["person"] = "person"
    telegram_id: int
    bot: int
    role: Role
    abuse: Abuse | None
    """Set if the role is `abuser`."""
    source: str
    """Start code of the first visit, "" without one."""
    first_name: str
    language: str | None
    premium: bool
    username: str | None
    slot: int | None
    """The number of one of the fixed shoppers; None for somebody who arrived at a rate."""
    home: int = 0
    """The number of their address, which two people at most have in common, and a ring's accounts;
    0 if it is not known, in a truth from before there were any."""


class Start(Record):
    """A message /start with a code, "" without one: one for each visit, many for a flood."""

    kind: Literal["start"] = "start"
    telegram_id: int
    bot: int
    code: str


class Block(Record):
    """A person blocked the bot, or let it write again."""

    kind: Literal["block"] = "block"
    telegram_id: int
    bot: int
    stopped: bool


What = Literal[
    "view",
    "search",
    "favourite",
    "wait",
    "cart_add",
    "cart_change",
    "cart_leave",
    "shipping",
    "answer",
    "promo",
    "decline",
    "cancel",
    "open",
    "ask",
    "helped",
    "rate",
    "review",
    "invite",
    "points",
    "top_up",
    "wallet",
    "refused",
    "pass",
    "fail",
    "leave",
    "click",
    "stop",
]


class Deed(Record):
    """An action of a person in a shop, once the bot's reaction was seen."""

    kind: Literal["deed"] = "deed"
    telegram_id: int
    bot: int
    what: What
    """`view`: opened a product's card; `wait`: asked to be notified when it is back; `cart_leave`:
    a cart was viewed and abandoned; `decline`: the bot approved a payment that then failed; `open`:
    a purchase was opened again; `ask`: a question came to the shop; `helped`: a ready answer was
    enough; `rate`: an answer was rated; `review`: something that was bought was rated; `invite`:
    they passed on their own link, by whose code others come; `points`: they used their points for
    an order; `top_up`: their wallet got a sum; `wallet`: they paid with it, `whole` or `part`;
    `refused`: a payment of what was paid already, by Telegram's error (`BOT_PRECHECKOUT_FAILED` if
    the bot said no); `pass`, `fail`: did as a gate asked, or not; `leave`:
    a channel that a gate had asked for; `click`, `stop`: opened a
    broadcast, or wanted no more."""
    about: str = ""
    """The data of the pressed button (of `shipping` its label), the words that were written, or the
    start code of a link."""


class Bill(Record):
    """An invoice came: an order was made, or is to be paid again, or a wallet is to be topped
    up."""

    kind: Literal["bill"] = "bill"
    telegram_id: int
    bot: int
    payload: str
    """As of a charge: the same for all bills of one order."""
    amount: int
    currency: str
    is_cart: bool = False
    """Its goods were in the cart, whose next bill takes its place if it is another order's."""
    is_top_up: bool = False
    """It is for money in the person's wallet: no order."""
    from_wallet: int = 0
    """What the wallet pays of the order besides `amount`, in minor units."""


class WalletPayment(Record):
    """The wallet paid all of an order, for which no invoice comes; `at` is the last press before
    it."""

    kind: Literal["wallet_payment"] = "wallet_payment"
    telegram_id: int
    bot: int
    payload: str
    """Names the order as a bill would."""
    amount: int
    currency: str
    is_cart: bool = False


class Charge(Record):
    kind: Literal["charge"] = "charge"
    telegram_id: int
    bot: int
    charge_id: str
    payload: str
    """The invoice's payload: `order:7`."""
    amount: int
    currency: str


class Refund(Record):
    """Telegram gave Stars back, asked by the person or by the shop."""

    kind: Literal["refund"] = "refund"
    telegram_id: int
    bot: int
    charge_id: str
    amount: int
    currency: str = "XTR"


class RefundNotice(Record):
    """The bot wrote that money of an order went back, all of it or a part; of Stars it is Telegram
    that says so."""

    kind: Literal["refund_notice"] = "refund_notice"
    telegram_id: int
    bot: int
    message_id: int
    order_no: int
    amount: Decimal
    """In main units of the order's currency, as it is written."""
    to_wallet: bool = False
    """It is in the person's wallet."""


class Row(BaseModel):
    """A row of a receipt; `amount` is in main units of the order's currency, as it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    quantity: int = 1
    amount: Decimal | None = None
    """None: it stands in the total alone."""


class Receipt(Record):
    """The bot wrote the receipt of an order; each one is a new message."""

    kind: Literal["receipt"] = "receipt"
    telegram_id: int
    bot: int
    message_id: int
    """Id in the person's box."""
    order_no: int
    """As people see it: the shop's own number."""
    goods: list[Row] = []
    added: list[Row] = []
    """Shipping, tax, a tip; what was taken off is negative."""
    total: Decimal | None = None
    """None: the receipt does not say it."""


class Delivery(Record):
    """The goods of an order came; each time in a new message."""

    kind: Literal["delivery"] = "delivery"
    telegram_id: int
    bot: int
    message_id: int
    order_no: int


class Broadcast(Record):
    """A broadcast came."""

    kind: Literal["broadcast"] = "broadcast"
    telegram_id: int
    bot: int
    message_id: int
    number: int
    """The same for everybody who gets it."""


class OrderNotice(Record):
    """Another message about an order, which leads to the order (`leads_to_order`) or to the menu
    alone. Before the receipt: the order was not paid in time. Before the goods: they are late.
    After them: they were opened again."""

    kind: Literal["notice"] = "notice"
    telegram_id: int
    bot: int
    message_id: int
    order_no: int
    leads_to_order: bool


class Visit(Record):
    """A visit that is over; `at` is its end."""

    kind: Literal["visit"] = "visit"
    began_at: float
    telegram_id: int
    bot: int
    code: str
    started: bool
    """False if it ended before the start was sent."""
    pressed: int
    """Presses sent, including repetitions."""
    repeated: int
    """Repeated presses, because nothing had come."""
    unanswered: int
    """Presses without the bot's answer at the visit's end or within Telegram's 15 s."""
    written: int
    """Messages besides the start."""
    products: int
    """Different products opened."""
    bills: int
    """Invoices got."""
    charges: list[str]
    """Ids of the charges."""
    paid: int
    outcome: Literal["done", "gave_up", "refused", "cut"]
    """`refused`: Telegram or the bot refused an action; `cut`: the simulator was stopped."""
    reason: str = ""


AnyRecord = Annotated[
    Run
    | Person
    | Start
    | Block
    | Deed
    | Bill
    | WalletPayment
    | Charge
    | Refund
    | RefundNotice
    | Receipt
    | Delivery
    | OrderNotice
    | Broadcast
    | Visit,
    Field(discriminator="kind"),
]
_RECORDS: TypeAdapter[AnyRecord] = TypeAdapter(AnyRecord)


def files(folder: Path) -> list[Path]:
    """The days, the oldest first."""
    return sorted(folder.glob("????-??-??.jsonl"))


def read(folder: Path, *, days: int | None = None) -> Iterator[AnyRecord]:
    """Every record in the order of writing, or those of the last files; also while it is being
    written.

    An incomplete last line is left out. Raises ValidationError for another broken line.
    """
    for file in files(folder)[-days if days else 0 :]:
        with file.open("rb") as lines:
            for line in lines:
                try:
                    record = _RECORDS.validate_json(line)
                except ValidationError:
                    if line.endswith(b"\n"):
                        raise
                    break
                yield record


class Truth:
    """Writes the records of one simulator, which is the folder's only writer."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._day = ""
        self._descriptor = -1
        for file in files(folder)[-1:]:
            _end_line(file)

    def write(self, record: AnyRecord) -> None:
        day = datetime.fromtimestamp(record.at, UTC).date().isoformat()
        if day > self._day:
            self._turn(day)
        os.write(self._descriptor, record.model_dump_json().encode() + b"\n")

    def _turn(self, day: str) -> None:
        """Begin a day's file and delete the oldest."""
        self.close()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._descriptor = os.open(self.folder / f"{day}.jsonl", flags, 0o600)
        self._day = day
        for file in files(self.folder)[:-KEPT_DAYS]:
            file.unlink()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _end_line(file: Path) -> None:
    """Remove the incomplete line that a killed process was writing."""
    text = file.read_bytes()
    whole = text.rfind(b"\n") + 1
    if whole < len(text):
        os.truncate(file, whole)
