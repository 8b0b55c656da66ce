"""What a person does with a bot, whether through MTProto or as a scripted shopper."""

from pyrogram.raw import types

from simulator import accounts, mailbox
from simulator.accounts import Account
from simulator.mailbox import Content, Sent
from simulator.rpc import RpcError
from simulator.world import Change, World

CALLBACK_SECONDS = 15.0


def write(
    change: Change, person: Account, bot: Account, content: Content, random_id: int | None = None
) -> Sent:
    """Send a message. Raises RpcError."""
    if accounts.has_blocked(change.db, person.id, bot.id):
        raise RpcError(400, "YOU_BLOCKED_USER")
    return mailbox.send(change, person, bot, content, random_id)


def start(
    change: Change, person: Account, bot: Account, code: str = "", random_id: int | None = None
) -> Sent:
    """Press Start, by a deep link if there is a code. Raises RpcError."""
    text = f"/start {code}".rstrip()
    command = types.MessageEntityBotCommand(offset=0, length=len("/start"))
    return write(change, person, bot, Content(text, [command]), random_id)


async def press(
    world: World, person: Account, message_id: int, data: bytes
) -> types.messages.BotCallbackAnswer:
    """Press an inline button; `message_id` is that of the person's copy.

    Raises RpcError: BOT_RESPONSE_TIMEOUT if the bot does not answer in CALLBACK_SECONDS.
    """
    stored = mailbox.find(world.db, person.id, message_id)
    if stored is None or stored.message.out:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    try:
        answer: types.messages.BotCallbackAnswer = await world.ask(
            stored.peer,
            person.id,
            lambda query_id: types.UpdateBotCallbackQuery(
                query_id=query_id,
                user_id=person.id,
                peer=types.PeerUser(user_id=person.id),
                msg_id=stored.twin,
                chat_instance=(stored.peer * 1_000_003 + person.id) % 2**63,
                data=data,
            ),
            CALLBACK_SECONDS,
        )
    except TimeoutError as error:
        raise RpcError(400, "BOT_RESPONSE_TIMEOUT") from error
    return answer
