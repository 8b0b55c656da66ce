"""Telegram's updates in our types: what a module sees, whose it is, and its unique key."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from pyrogram import raw
from pyrogram.utils import get_channel_id

from bots.runtime import received
from bots.runtime.calls import ON_MEDIA
from bots.runtime.memberships import others_change, own_change
from bots.runtime.received import plain
from bots.sdk import updates as sdk
from core.shop.customers import Profile

# The argument stands behind any white space: clients and people break the line there, too.
_COMMAND = re.compile(r"/(?P<name>[^\s@]+)(?:@\S*)?(?:\s+(?P<argument>.*))?", re.DOTALL)
# Telegram's dates are whole seconds; an update this fresh is timed by our own clock instead.
_FRESH = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Translation:
    """An update of a private chat. `kind` and `natural_key` identify it within its bot for ever,
    however often Telegram sends it."""

    update: sdk.Update
    profile: Profile
    kind: str
    natural_key: str


Users = Mapping[int, raw.base.User]
Titles = Mapping[int, str]  # of groups, by their ids as Kurigram writes them
_NO_TITLES: Titles = MappingProxyType({})


def titles_of(chats: Iterable[raw.base.Chat]) -> dict[int, str]:
    """What groups and channels are called."""
    found: dict[int, str] = {}
    for chat in chats:
        if isinstance(chat, raw.types.Chat | raw.types.ChatForbidden):
            found[-chat.id] = plain(chat.title)
        elif isinstance(chat, raw.types.Channel | raw.types.ChannelForbidden):
            found[get_channel_id(chat.id)] = plain(chat.title)
    return found


# pylint: disable-next=too-many-return-statements  # one for each kind of update
def translate(
    update: raw.base.Update, users: Users, now: datetime, titles: Titles = _NO_TITLES
) -> Translation | None:
    """None for what a shop's bot has no use for: its own messages, what groups talk of, other
    kinds."""
    match update:
        case raw.types.UpdateNewMessage(message=raw.types.Message() as message):
            return _message(message, users, now, titles)
        case raw.types.UpdateNewMessage(message=raw.types.MessageService() as message):
            return _service_message(message, users, now)
        case raw.types.UpdateNewChannelMessage(message=raw.types.Message() as message):
            return _in_group(message, users, now, titles)
        case raw.types.UpdateEditMessage(message=raw.types.Message() as message):
            return _edited(message, users, now)
        case raw.types.UpdateNewChannelMessage(message=raw.types.MessageService() as message):
            return _moved(message, now)
        case raw.types.UpdateChatParticipant() | raw.types.UpdateChannelParticipant():
            return _membership(update, users, now, titles)
        case raw.types.UpdateBotCallbackQuery():
            return _button(update, users, now)
        case raw.types.UpdateBotShippingQuery():
            return _shipping(update, users, now)
        case raw.types.UpdateBotPrecheckoutQuery():
            return _pre_checkout(update, users, now)
        case raw.types.UpdateBotStopped():
            happening = sdk.Blocked if update.stopped else sdk.Unblocked
            return Translation(
                happening(chat_id=update.user_id, occurred_at=_moment(update.date, now)),
                _profile(update.user_id, users),
                "stopped",
                f"{update.qts}:{update.user_id}:{update.date}:{int(update.stopped)}",
            )
        case _:
            return None


def _moment(date: int, now: datetime) -> datetime:
    sent = datetime.fromtimestamp(date, UTC)
    return now if abs(now - sent) < _FRESH else sent


def _profile(user_id: int, users: Users) -> Profile:
    user = users.get(user_id)
    if not isinstance(user, raw.types.User):
        return Profile(telegram_id=user_id)
    username = user.username or next(
        (name.username for name in user.usernames or [] if isinstance(name, raw.types.Username)),
        None,
    )
    return Profile(
        telegram_id=user_id,
        first_name=plain(user.first_name),
        username=username,
        language=(user.lang_code or "").partition("-")[0].lower(),
        is_premium=bool(user.premium),
    )


def _shopper(message: raw.types.Message | raw.types.MessageService) -> int | None:
    """Whose private chat it is; None for the bot's own messages and for groups."""
    peer = message.peer_id
    return peer.user_id if isinstance(peer, raw.types.PeerUser) and not message.out else None


def _message(
    message: raw.types.Message, users: Users, now: datetime, titles: Titles
) -> Translation | None:
    chat_id = _shopper(message)
    if chat_id is None:
        return _in_group(message, users, now, titles)
    profile = _profile(chat_id, users)
    content = _content(message, chat_id, _moment(message.date, now))
    return Translation(content, profile, "message", str(message.id))


def _edited(message: raw.types.Message, users: Users, now: datetime) -> Translation | None:
    """A text or a caption that a person has changed: not a preview that was added to a link, a
    reaction, or a place that moves on, which Telegram tells in the same way."""
    chat_id = _shopper(message)
    is_moving = isinstance(message.media, raw.types.MessageMediaGeoLive)
    if chat_id is None or message.edit_date is None or message.edit_hide or is_moving:
        return None
    edited = sdk.Edited(
        chat_id=chat_id, occurred_at=_moment(message.edit_date, now), message_id=message.id
    )
    key = f"{message.id}:{message.edit_date}"
    return Translation(edited, _profile(chat_id, users), "edited", key)


def _group_of(peer: object) -> int | None:
    """A group's id as Kurigram writes it; None for a private chat."""
    match peer:
        case raw.types.PeerChat(chat_id=chat_id):
            return -chat_id
        case raw.types.PeerChannel(channel_id=channel_id):
            return get_channel_id(channel_id)
        case _:
            return None


def _in_group(
    message: raw.types.Message, users: Users, now: datetime, titles: Titles
) -> Translation | None:
    """A command, or a reply to a message; other messages in groups are ignored."""
    chat_id, author = _group_of(message.peer_id), message.from_id
    if chat_id is None or message.out or not isinstance(author, raw.types.PeerUser):
        return None
    profile, text = _profile(author.user_id, users), plain(message.message)
    command, (reply_to, thread_id) = _COMMAND.match(text), received.place_of(message.reply_to)
    said: sdk.StaffCommand | sdk.StaffReply
    if command is not None:
        said = sdk.StaffCommand(
            chat_id=chat_id,
            occurred_at=_moment(message.date, now),
            person_id=author.user_id,
            person_name=profile.first_name,
            thread_id=thread_id,
            name=command["name"].lower(),
            argument=(command["argument"] or "").strip(),
            reply_to=reply_to,
            title=titles.get(chat_id, ""),
        )
    elif reply_to not in (0, thread_id):  # whoever writes in a topic replies to its beginning
        content = received.content_of(message.media)
        said = sdk.StaffReply(
            chat_id=chat_id,
            occurred_at=_moment(message.date, now),
            person_id=author.user_id,
            person_name=profile.first_name,
            thread_id=thread_id,
            kind=content.kind,
            reply_to=reply_to,
            message_id=message.id,
            text=text,
            file=content.file,
        )
    else:
        return None
    return Translation(said, profile, "group_message", f"{chat_id}:{message.id}")


def _moved(message: raw.types.MessageService, now: datetime) -> Translation | None:
    """A group has become a supergroup: both report it, whichever comes first."""
    match message.peer_id, message.action:
        case raw.types.PeerChat(chat_id=chat_id), raw.types.MessageActionChatMigrateTo() as action:
            new_chat_id = get_channel_id(action.channel_id)
        case (
            raw.types.PeerChannel(channel_id=channel_id),
            raw.types.MessageActionChannelMigrateFrom() as action,
        ):
            chat_id, new_chat_id = action.chat_id, get_channel_id(channel_id)
        case _:
            return None
    moved = sdk.GroupMoved(
        chat_id=-chat_id, occurred_at=_moment(message.date, now), new_chat_id=new_chat_id
    )
    return Translation(moved, Profile(telegram_id=0), "group_moved", f"{-chat_id}:{new_chat_id}")


def _membership(
    update: raw.types.UpdateChatParticipant | raw.types.UpdateChannelParticipant,
    users: Users,
    now: datetime,
    titles: Titles,
) -> Translation | None:
    """Whether the bot itself was added or removed; others where it administers a channel."""
    user = users.get(update.user_id)
    is_self = isinstance(user, raw.types.User) and bool(user.is_self)
    at = _moment(update.date, now)
    changed = own_change(update, at, titles) if is_self else others_change(update, at)
    if changed is None:
        return None
    kind = "group_member" if is_self else "membership"
    person = "" if is_self else f":{update.user_id}"
    key = f"{update.qts}:{changed.chat_id}{person}:{update.date}"
    return Translation(changed, Profile(telegram_id=update.actor_id), kind, key)


def _content(
    message: raw.types.Message, chat_id: int, at: datetime
) -> sdk.Start | sdk.Command | sdk.Message:
    text = plain(message.message)
    content = received.content_of(message.media)
    command = _COMMAND.match(text) if content.kind == "text" else None
    if command is None:
        return sdk.Message(
            chat_id=chat_id,
            occurred_at=at,
            kind=content.kind,
            text=text,
            message_id=message.id,
            contact=content.contact_for(chat_id),
            location=content.location,
            file=content.file,
            album_id=message.grouped_id or 0,
            is_forwarded=message.fwd_from is not None,
        )
    name, argument = command["name"].lower(), (command["argument"] or "").strip()
    if name == "start":
        return sdk.Start(chat_id=chat_id, occurred_at=at, code=argument[:64])
    return sdk.Command(chat_id=chat_id, occurred_at=at, name=name, argument=argument)


def _service_message(
    message: raw.types.MessageService, users: Users, now: datetime
) -> Translation | None:
    chat_id = _shopper(message)
    action = message.action
    if isinstance(action, raw.types.MessageActionChatMigrateTo):
        return _moved(message, now)
    if isinstance(action, raw.types.MessageActionPaymentRefunded):
        return _refund(message, action, users, now)
    if chat_id is None or not isinstance(action, raw.types.MessageActionPaymentSentMe):
        return None
    payment = sdk.PaymentReceived(
        chat_id=chat_id,
        occurred_at=_moment(message.date, now),
        payload=plain(action.payload.decode(errors="replace")),
        amount_minor=action.total_amount,
        currency=action.currency,
        charge_id=action.charge.id,
        provider=_provider(action.currency),
        provider_charge_id=plain(action.charge.provider_charge_id),
        shipping_key=plain(action.shipping_option_id),
        info=_info(action.info),
    )
    return Translation(payment, _profile(chat_id, users), "message", str(message.id))


def _refund(
    message: raw.types.MessageService,
    action: raw.types.MessageActionPaymentRefunded,
    users: Users,
    now: datetime,
) -> Translation | None:
    """The message is the bot's own, whoever gave the money back."""
    if not isinstance(message.peer_id, raw.types.PeerUser):
        return None
    chat_id = message.peer_id.user_id
    refund = sdk.PaymentRefunded(
        chat_id=chat_id,
        occurred_at=_moment(message.date, now),
        payload=plain((action.payload or b"").decode(errors="replace")),
        amount_minor=action.total_amount,
        currency=action.currency,
        charge_id=action.charge.id,
        provider=_provider(action.currency),
    )
    return Translation(refund, _profile(chat_id, users), "refund", str(message.id))


def _provider(currency: str) -> str:
    return "stars" if currency == "XTR" else "telegram"


def _button(
    query: raw.types.UpdateBotCallbackQuery, users: Users, now: datetime
) -> Translation | None:
    data = query.data or b""
    is_on_media = data.endswith(ON_MEDIA)
    action, argument = sdk.split(plain(data.removesuffix(ON_MEDIA).decode(errors="replace")))
    profile = _profile(query.user_id, users)
    group = _group_of(query.peer)
    if group is not None:
        pressed = sdk.StaffPress(
            chat_id=group,
            occurred_at=now,
            person_id=query.user_id,
            person_name=profile.first_name,
            action=action,
            argument=argument,
            query_id=query.query_id,
            message_id=query.msg_id,
        )
        return Translation(pressed, profile, "button", str(query.query_id))
    button = sdk.Button(
        chat_id=query.user_id,
        occurred_at=now,
        action=action,
        argument=argument,
        query_id=query.query_id,
        message_id=query.msg_id,
        is_on_media=is_on_media,
    )
    return Translation(button, profile, "button", str(query.query_id))


def _pre_checkout(
    query: raw.types.UpdateBotPrecheckoutQuery, users: Users, now: datetime
) -> Translation:
    question = sdk.PreCheckout(
        chat_id=query.user_id,
        occurred_at=now,
        payload=plain(query.payload.decode(errors="replace")),
        amount_minor=query.total_amount,
        currency=query.currency,
        query_id=query.query_id,
        shipping_key=plain(query.shipping_option_id),
        info=_info(query.info),
    )
    profile = _profile(query.user_id, users)
    return Translation(question, profile, "pre_checkout", str(query.query_id))


def _shipping(query: raw.types.UpdateBotShippingQuery, users: Users, now: datetime) -> Translation:
    question = sdk.ShippingQuery(
        chat_id=query.user_id,
        occurred_at=now,
        payload=plain(query.payload.decode(errors="replace")),
        query_id=query.query_id,
        address=_address(query.shipping_address),
    )
    profile = _profile(query.user_id, users)
    return Translation(question, profile, "shipping", str(query.query_id))


def _address(address: raw.base.PostAddress) -> sdk.Address:
    assert isinstance(address, raw.types.PostAddress)  # the type has one constructor
    return sdk.Address(
        country=plain(address.country_iso2),
        state=plain(address.state),
        city=plain(address.city),
        street=plain(address.street_line1),
        street_more=plain(address.street_line2),
        post_code=plain(address.post_code),
    )


def _info(info: raw.base.PaymentRequestedInfo | None) -> sdk.PayerInfo:
    if not isinstance(info, raw.types.PaymentRequestedInfo):
        return sdk.PayerInfo()
    return sdk.PayerInfo(
        name=plain(info.name),
        phone=plain(info.phone),
        email=plain(info.email),
        address=_address(info.shipping_address) if info.shipping_address else None,
    )
