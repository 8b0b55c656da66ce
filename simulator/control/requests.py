"""The control port's requests: one model for each operation.

An operation is a JSON object with its name under `op` and the model's fields beside it. The list
with examples is in README.md.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from simulator.wire.faults import EVERY_METHOD

TOKEN_PATTERN = r"^\d{5,12}:[A-Za-z0-9_-]{35}$"


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stats(Request):
    """Counts of accounts, sessions, messages, charges, and calls by method."""

    op: Literal["stats"]


class AddBot(Request):
    """Add a bot, or give the bot with the token's id this token, name and username."""

    op: Literal["add_bot"]
    token: str = Field(pattern=TOKEN_PATTERN)
    name: str = Field(min_length=1, max_length=64)
    username: str = Field(min_length=5, max_length=32)


class Move(Request):
    """Move an account to another data centre: signing in elsewhere, it is sent there (303)."""

    op: Literal["move"]
    account: int
    data_centre: int = Field(ge=1, le=5)


class Charges(Request):
    """Every charge so far, the oldest first: the truth that sales are compared with."""

    op: Literal["charges"]
    bot: int | None = None
    user: int | None = None


class Messages(Request):
    """The newest messages of the chat between `account` and `peer`, as `account` has them."""

    op: Literal["messages"]
    account: int
    peer: int
    limit: int = Field(default=50, ge=1, le=1000)


class Audit(Request):
    """What the scripted people have done and seen: `crowd.ledger.Audit`."""

    op: Literal["audit"]
    payers: bool = False
    """With every payer's charges and receipts."""


class UseToken(Request):
    """What somebody else with a bot's token does with it: sends `text` to a person, changes the
    bot's name, texts, or commands (names alone) for everybody or for private chats, in a language
    or any."""

    op: Literal["use_token"]
    bot: int
    person: int | None = None
    text: str = Field(default="Hello", min_length=1, max_length=1000)
    name: str | None = None
    about: str | None = None
    description: str | None = None
    commands: list[str] | None = Field(default=None, max_length=100)
    scope: Literal["everybody", "private"] = "everybody"
    language: str = Field(default="", pattern=r"^([a-z]{2})?$")


class LetIn(Request):
    """Allow or stop new visits of scripted people; answers with the number of visits in
    progress."""

    op: Literal["let_in"]
    open: bool


class Transcript(Request):
    """A bot's chat with a person, by id or username, or the bot's newest chats, as readable text.

    Without a person, the answer is a list of people with their newest message.
    """

    op: Literal["transcript"]
    bot: str
    person: str | None = None
    limit: int = Field(default=30, ge=1, le=1000)


class DropSockets(Request):
    """Cut the connections of one account, or of all."""

    op: Literal["drop_sockets"]
    account: int | None = None


class DropAtRandom(Request):
    """Cut randomly chosen connections for some seconds, at so many a second; 0 seconds stops it."""

    op: Literal["drop_at_random"]
    per_second: float = Field(default=1.0, gt=0, le=1000)
    seconds: float = Field(ge=0, le=86_400)
    account: int | None = None


class RevokeToken(Request):
    """What BotFather does on /revoke: the token becomes invalid, every session of the bot is signed
    out."""

    op: Literal["revoke_token"]
    bot: int


class ForgetKeys(Request):
    """Destroy an account's auth keys (transport error 404) and cut its connections."""

    op: Literal["forget_keys"]
    account: int


class SeedKeys(Request):
    """Make an auth key for each account, signed in: mass tests need no key exchange, no login.

    Answers with `{"account", "key"}` objects, the 256 bytes of a key as hexadecimal digits.
    """

    op: Literal["seed_keys"]
    accounts: list[int] = Field(min_length=1, max_length=10_000)


class DuplicateKey(Request):
    """Invalidate an account's keys as if each were used from two places (406
    AUTH_KEY_DUPLICATED)."""

    op: Literal["duplicate_key"]
    account: int


class ChangeSalts(Request):
    """Invalidate the salts of an account's keys: each session's next message has to be repeated."""

    op: Literal["change_salts"]
    account: int


class OrderFloodWait(Request):
    """Answer the next `times` calls of a method with FLOOD_WAIT of `seconds`."""

    op: Literal["flood_wait"]
    method: str
    seconds: int = Field(ge=1, le=86_400)
    times: int = Field(default=1, ge=1)


class RefuseCalls(Request):
    """Answer the next `times` calls of a method with this error; 0 times ends it."""

    op: Literal["refuse"]
    method: str
    code: int = Field(ge=300, le=599)
    error: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    times: int = Field(default=1, ge=0)


class Latency(Request):
    """Delay every call, or those of one method, by so many seconds, until the delay is set to 0."""

    op: Literal["latency"]
    seconds: float = Field(ge=0, le=60)
    method: str = EVERY_METHOD


class LoseAnswers(Request):
    """Execute the calls of a method (or all), but never send the answer; with `cut`, also
    disconnect.

    It happens to `share` of the calls, at most `times` of them; a share of 0 ends it.
    """

    op: Literal["lose_answers"]
    method: str = EVERY_METHOD
    share: float = Field(default=1.0, ge=0, le=1)
    times: int | None = Field(default=None, ge=1)
    cut: bool = False


class DuplicateUpdates(Request):
    """Send this share of all updates twice; a share of 0 ends it."""

    op: Literal["duplicate_updates"]
    share: float = Field(ge=0, le=1)


class LoseUpdates(Request):
    """Withhold the next `count` updates from an account's sessions, then send UpdatesTooLong.

    With 0, send it at once. Withheld updates are in the difference, as on Telegram; queries are
    not. Answers with the number of sessions.
    """

    op: Literal["lose_updates"]
    account: int
    count: int = Field(default=0, ge=0, le=100_000)


class Burst(Request):
    """New people write to a bot, all at once; while the bot is away, the messages wait in its box.

    They take turns; the text is `text` with the message's number from 1 in place of `{n}`. Answers
    with their ids.
    """

    op: Literal["burst"]
    bot: int
    people: int = Field(default=1, ge=1, le=1000)
    messages: int = Field(default=1, ge=1, le=20_000)
    text: str = Field(default="message {n}", min_length=1, max_length=1000)


class SwitchLimits(Request):
    """Switch Telegram's own limits on what a bot sends on or off."""

    op: Literal["limits"]
    enabled: bool


class ClearFaults(Request):
    """No more flood waits, refusals, latency, lost answers, duplicates and random cuts."""

    op: Literal["clear_faults"]


Question = Stats | Charges | Messages
Report = Audit | LetIn | Transcript
Setup = AddBot | Move | SeedKeys | SwitchLimits
Trouble = (
    DropSockets
    | DropAtRandom
    | RevokeToken
    | ForgetKeys
    | DuplicateKey
    | ChangeSalts
    | OrderFloodWait
    | RefuseCalls
    | Latency
    | LoseAnswers
    | DuplicateUpdates
    | LoseUpdates
    | Burst
    | UseToken
    | ClearFaults
)
AnyRequest = Annotated[Question | Report | Setup | Trouble, Field(discriminator="op")]
REQUESTS: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
