"""messages.*: sending, editing and deleting."""

import secrets
from collections.abc import Sequence
from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import channel_box, gestures, group_box, mailbox, media, payments
from simulator.world.accounts import Account
from simulator.world.calls import Call, Methods
from simulator.world.channels import Channel
from simulator.world.groups import Group
from simulator.world.mailbox import Content, Sent
from simulator.world.markup import check_markup
from simulator.world.methods.peers import Target, account_of, channel_of, number_of, peer_of
from simulator.world.world import Change

ALBUM_SIZES = range(2, 11)
ALBUM_MEDIA = (types.MessageMediaPhoto, types.MessageMediaDocument)


def methods() -> Methods:
    group = Methods()

    @group.on(functions.messages.SendMessage)
    async def send_message(call: Call, query: functions.messages.SendMessage) -> Object:
        target = peer_of(call, query.peer)
        if not query.message.strip():
            raise RpcError(400, "MESSAGE_EMPTY")
        check_markup(query.reply_markup)
        content = Content(
            query.message,
            query.entities or (),
            None,
            query.reply_markup,
            **_reply_to(query.reply_to),
        )
        with call.world.change(call.session) as change:
            sent = deliver(call, change, target, content, query.random_id)
        return _result(call, change, target, {query.random_id: sent})

    @group.on(functions.messages.StartBot)
    async def start_bot(call: Call, query: functions.messages.StartBot) -> Object:
        bot = account_of(call, query.bot)
        with call.world.change(call.session) as change:
            sent = gestures.start(change, call.account, bot, query.start_param, query.random_id)
        return _result(call, change, bot, {query.random_id: sent})

    _add_media(group)
    _add_changing(group)
    return group


def _add_media(group: Methods) -> None:
    @group.on(functions.messages.SendMedia)
    async def send_media(call: Call, query: functions.messages.SendMedia) -> Object:
        target = peer_of(call, query.peer)
        check_markup(query.reply_markup)
        with call.world.change(call.session) as change:
            sent = mailbox.find_sent(
                change.db, call.account.id, query.random_id
            ) or _send_new_media(call, change, target, query)
        return _result(call, change, target, {query.random_id: sent})

    @group.on(functions.messages.SendMultiMedia)
    async def send_album(call: Call, query: functions.messages.SendMultiMedia) -> Object:
        target = peer_of(call, query.peer)
        if len(query.multi_media) not in ALBUM_SIZES:
            raise RpcError(400, "MULTI_MEDIA_TOO_LONG" if query.multi_media else "MEDIA_EMPTY")
        with call.world.change(call.session) as change:
            sent = _send_album(call, change, target, query)
        return _result(call, change, target, sent)

    @group.on(functions.messages.UploadMedia)
    async def upload_media(call: Call, query: functions.messages.UploadMedia) -> Object:
        with call.world.change() as change:
            uploaded: Object = media.shown(call.world, change, call.account.id, query.media)
        return uploaded


def _add_changing(group: Methods) -> None:
    @group.on(functions.messages.EditMessage)
    async def edit_message(call: Call, query: functions.messages.EditMessage) -> Object:
        check_markup(query.reply_markup)
        target = peer_of(call, query.peer)
        with call.world.change(call.session) as change:
            _edit(call, change, target, query)
        return call.world.result(change, call.account.id)

    @group.on(functions.messages.DeleteMessages)
    async def delete_messages(call: Call, query: functions.messages.DeleteMessages) -> Object:
        with call.world.change(call.session) as change:
            both_sides = bool(query.revoke) or call.account.is_bot
            pts = mailbox.delete(change, call.account, list(query.id), both_sides)
        return types.messages.AffectedMessages(pts=pts, pts_count=len(query.id))

    @group.on(functions.channels.DeleteMessages)
    async def delete_posts(call: Call, query: functions.channels.DeleteMessages) -> Object:
        channel = channel_of(call, query.channel)
        with call.world.change(call.session) as change:
            pts = channel_box.delete(change, call.account, channel, list(query.id))
        return types.messages.AffectedMessages(pts=pts, pts_count=len(query.id))


def _reply_to(reply: Any) -> dict[str, Any]:
    if isinstance(reply, types.InputReplyToMessage):
        return {"reply_to": reply.reply_to_msg_id, "top": reply.top_msg_id}
    return {}


def deliver(call: Call, change: Change, target: Target, content: Content, random_id: int) -> Sent:
    """Send as the caller, who is a bot or a person. Raises RpcError."""
    if isinstance(target, Channel):
        return channel_box.post(change, call.account, target, content, random_id)
    if isinstance(target, Group):
        return group_box.post(change, call.account, target, content, random_id)
    if call.account.is_bot:
        return mailbox.send(change, call.account, target, content, random_id)
    return gestures.write(change, call.account, target, content, random_id)


def _send_new_media(
    call: Call, change: Change, target: Target, query: functions.messages.SendMedia
) -> Sent:
    markup = query.reply_markup
    shown = media.shown(call.world, change, call.account.id, query.media)
    if isinstance(shown, types.MessageMediaInvoice):
        if not isinstance(target, Account) or not call.account.is_bot:
            raise RpcError(400, "MEDIA_INVALID")  # invoices are simulated in private chats only
        markup = markup or payments.pay_button(shown)
    content = Content(
        query.message, query.entities or (), shown, markup, **_reply_to(query.reply_to)
    )
    sent = deliver(call, change, target, content, query.random_id)
    if isinstance(query.media, types.InputMediaInvoice):
        payments.keep_invoice(change, call.account, sent.message_id, query.media)
    return sent


def _send_album(
    call: Call, change: Change, target: Target, query: functions.messages.SendMultiMedia
) -> dict[int, Sent]:
    album, sent = secrets.randbits(62), {}
    for each in query.multi_media:
        earlier = mailbox.find_sent(change.db, call.account.id, each.random_id)
        if earlier is not None:
            sent[each.random_id] = earlier
            continue
        shown = media.shown(call.world, change, call.account.id, each.media)
        if not isinstance(shown, ALBUM_MEDIA):
            raise RpcError(400, "MEDIA_INVALID")
        content = Content(
            each.message, each.entities or (), shown, album=album, **_reply_to(query.reply_to)
        )
        sent[each.random_id] = deliver(call, change, target, content, each.random_id)
    return sent


def _result(call: Call, change: Change, target: Target, sent: dict[int, Sent]) -> types.Updates:
    """The result of a send; of a repeated one too, as long as the message exists."""
    ids = [
        types.UpdateMessageID(id=each.message_id, random_id=random_id)
        for random_id, each in sent.items()
    ]
    if change.notices:
        return call.world.result(change, call.account.id, *ids)
    updates: list[Any] = [*ids]
    for each in sent.values():
        updates += _repeated(call, target, each)
    peers = (call.account.id, number_of(target))
    return call.world.updates(call.account.id, updates, peers)


def _repeated(call: Call, target: Target, sent: Sent) -> Sequence[Object]:
    db, place = call.world.db, {"pts": sent.pts, "pts_count": 1}
    if isinstance(target, Channel):
        posted = channel_box.find(db, target.id, sent.message_id)
        if posted is None:
            return ()
        message = posted.seen_by(call.account.id)
        return (types.UpdateNewChannelMessage(message=message, **place),)
    stored = mailbox.find(db, call.account.id, sent.message_id)
    return (types.UpdateNewMessage(message=stored.message, **place),) if stored else ()


def _edit(
    call: Call, change: Change, target: Target, query: functions.messages.EditMessage
) -> None:
    if isinstance(target, Channel):
        posted = channel_box.find(change.db, target.id, query.id)
        message = posted.message if posted else None
    else:
        stored = mailbox.find(change.db, call.account.id, query.id)
        message = stored.message if stored and stored.peer == number_of(target) else None
    if not isinstance(message, types.Message):
        raise RpcError(400, "MESSAGE_ID_INVALID")
    content = _edited(call, change, message, query)
    if isinstance(target, Channel):
        channel_box.edit(change, call.account, target, query.id, content)
    elif isinstance(target, Group):
        group_box.edit(change, call.account, target, query.id, content)
    else:
        mailbox.edit(change, call.account, query.id, content)


def _edited(
    call: Call, change: Change, message: types.Message, query: functions.messages.EditMessage
) -> Content:
    """The edited content: text and media stay unless the edit names them."""
    text, entities = message.message, message.entities or []
    if query.message is not None:
        text, entities = query.message, query.entities or []
    shown = message.media
    if query.media is not None:
        shown = media.shown(call.world, change, call.account.id, query.media)
    if shown is None and not text.strip():
        raise RpcError(400, "MESSAGE_EMPTY")
    return Content(text, entities, shown, query.reply_markup)
