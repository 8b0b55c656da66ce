"""messages.*: sending, changing and reading messages, and the answers to queries."""

from typing import Any

from pyrogram.raw import functions, types

from simulator import files, gestures, mailbox, payments
from simulator.accounts import Account
from simulator.mailbox import Content, Sent, Stored
from simulator.methods.peers import account_of
from simulator.rpc import Call, Methods, RpcError
from simulator.tl import Object, true
from simulator.world import Change

MAX_HISTORY = 100
MAX_CALLBACK_BYTES = 64


def _reply_to(query: functions.messages.SendMessage | functions.messages.SendMedia) -> int | None:
    reply = query.reply_to
    return reply.reply_to_msg_id if isinstance(reply, types.InputReplyToMessage) else None


def _check_markup(markup: Any) -> None:
    if not isinstance(markup, types.ReplyInlineMarkup):
        return
    for row in markup.rows:
        for button in row.buttons:
            if isinstance(button.type, types.InlineButtonTypeCallback):
                if not 1 <= len(button.type.data) <= MAX_CALLBACK_BYTES:
                    raise RpcError(400, "BUTTON_DATA_INVALID")


def _media(call: Call, change: Change, media: Any) -> Any:
    """What a message shows for an input media. Raises RpcError."""
    if isinstance(media, types.InputMediaUploadedPhoto):
        file = media.file
        if not isinstance(file, (types.InputFile, types.InputFileBig)):
            raise RpcError(400, "MEDIA_INVALID")
        data = call.world.uploads.take(call.account.id, file.id, file.parts)
        return files.photo(change, files.add(change, data))
    if isinstance(media, types.InputMediaPhoto):
        if not isinstance(media.id, types.InputPhoto):
            raise RpcError(400, "MEDIA_EMPTY")
        return files.photo(change, media.id.id)
    if isinstance(media, types.InputMediaInvoice):
        payments.check_invoice(media)
        return payments.invoice_media(media)
    raise RpcError(400, "MEDIA_INVALID")


def _send(call: Call, change: Change, recipient: Account, content: Content, random_id: int) -> Sent:
    if call.account.is_bot:
        return mailbox.send(change, call.account, recipient, content, random_id)
    return gestures.write(change, call.account, recipient, content, random_id)


def _sent(call: Call, sent: Sent, recipient: Account, random_id: int) -> types.Updates:
    """The result of a send; of a repeated one too, as long as the message is there."""
    updates: list[Any] = [types.UpdateMessageID(id=sent.message_id, random_id=random_id)]
    stored = mailbox.find(call.world.db, call.account.id, sent.message_id)
    if stored is not None:
        updates.append(types.UpdateNewMessage(message=stored.message, pts=sent.pts, pts_count=1))
    return call.world.updates(call.account.id, updates, (call.account.id, recipient.id))


def methods() -> Methods:
    group = Methods()
    _add_writing(group)
    _add_reading(group)
    _add_queries(group)
    return group


def _add_writing(group: Methods) -> None:
    @group.on(functions.messages.SendMessage)
    async def send_message(call: Call, query: functions.messages.SendMessage) -> Object:
        recipient = account_of(call, query.peer)
        if not query.message:
            raise RpcError(400, "MESSAGE_EMPTY")
        _check_markup(query.reply_markup)
        content = Content(
            query.message, query.entities or (), None, query.reply_markup, _reply_to(query)
        )
        with call.world.change(call.session) as change:
            sent = _send(call, change, recipient, content, query.random_id)
        return _sent(call, sent, recipient, query.random_id)

    @group.on(functions.messages.StartBot)
    async def start_bot(call: Call, query: functions.messages.StartBot) -> Object:
        bot = account_of(call, query.bot)
        with call.world.change(call.session) as change:
            sent = gestures.start(change, call.account, bot, query.start_param, query.random_id)
        return _sent(call, sent, bot, query.random_id)

    @group.on(functions.messages.SendMedia)
    async def send_media(call: Call, query: functions.messages.SendMedia) -> Object:
        recipient = account_of(call, query.peer)
        _check_markup(query.reply_markup)
        with call.world.change(call.session) as change:
            sent = mailbox.find_sent(
                change.db, call.account.id, query.random_id
            ) or _send_new_media(call, change, recipient, query)
        return _sent(call, sent, recipient, query.random_id)

    @group.on(functions.messages.EditMessage)
    async def edit_message(call: Call, query: functions.messages.EditMessage) -> Object:
        _check_markup(query.reply_markup)
        with call.world.change(call.session) as change:
            stored = mailbox.find(change.db, call.account.id, query.id)
            if stored is None or not isinstance(stored.message, types.Message):
                raise RpcError(400, "MESSAGE_ID_INVALID")
            content = _edited(call, change, stored.message, query)
            mailbox.edit(change, call.account, query.id, content)
        return call.world.result(change, call.account.id)

    @group.on(functions.messages.DeleteMessages)
    async def delete_messages(call: Call, query: functions.messages.DeleteMessages) -> Object:
        with call.world.change(call.session) as change:
            both_sides = bool(query.revoke) or call.account.is_bot
            pts = mailbox.delete(change, call.account, list(query.id), both_sides)
        return types.messages.AffectedMessages(pts=pts, pts_count=len(query.id))


def _send_new_media(
    call: Call, change: Change, recipient: Account, query: functions.messages.SendMedia
) -> Sent:
    markup = query.reply_markup
    media = _media(call, change, query.media)
    if isinstance(media, types.MessageMediaInvoice):
        markup = markup or payments.pay_button(media.total_amount)
    content = Content(query.message, query.entities or (), media, markup, _reply_to(query))
    sent = _send(call, change, recipient, content, query.random_id)
    if isinstance(query.media, types.InputMediaInvoice):
        payments.keep_invoice(change, call.account, sent.message_id, query.media)
    return sent


def _edited(
    call: Call, change: Change, message: types.Message, query: functions.messages.EditMessage
) -> Content:
    """What a message is to show: text and media stay where the edit names none."""
    text, entities = message.message, message.entities or []
    if query.message is not None:
        text, entities = query.message, query.entities or []
    media = message.media if query.media is None else _media(call, change, query.media)
    return Content(text, entities, media, query.reply_markup)


def _add_reading(group: Methods) -> None:
    def found(call: Call, messages: list[Any], peers: set[int]) -> Object:
        viewer = call.account.id
        people = tuple(peers | {viewer})
        return types.messages.Messages(
            messages=messages, topics=[], chats=[], users=call.world.users(viewer, people)
        )

    @group.on(functions.messages.GetMessages)
    async def get_messages(call: Call, query: functions.messages.GetMessages) -> Object:
        messages: list[Any] = []
        peers: set[int] = set()
        for each in query.id:
            message_id = getattr(each, "id", 0)
            stored = mailbox.find(call.world.db, call.account.id, message_id)
            messages.append(stored.message if stored else types.MessageEmpty(id=message_id))
            peers |= {stored.peer} if stored else set()
        return found(call, messages, peers)

    @group.on(functions.messages.GetHistory)
    async def get_history(call: Call, query: functions.messages.GetHistory) -> Object:
        if call.account.is_bot:
            raise RpcError(400, "BOT_METHOD_INVALID")
        peer = account_of(call, query.peer)
        below = min(filter(None, (query.offset_id, query.max_id)), default=0)
        stored: list[Stored] = mailbox.history(
            call.world.db,
            call.account.id,
            peer.id,
            limit=min(query.limit or MAX_HISTORY, MAX_HISTORY),
            below=below,
            above=query.min_id,
            skip=max(query.add_offset, 0),
        )
        return found(call, [each.message for each in stored], {peer.id})

    @group.on(functions.messages.ReadHistory)
    async def read_history(call: Call, _query: functions.messages.ReadHistory) -> Object:
        query = "SELECT pts FROM accounts WHERE id = ?"
        (pts,) = call.world.db.execute(query, (call.account.id,)).fetchone()
        return types.messages.AffectedMessages(pts=pts, pts_count=0)

    @group.on(functions.messages.SetTyping)
    async def set_typing(call: Call, query: functions.messages.SetTyping) -> Object:
        account_of(call, query.peer)
        return true()


def _add_queries(group: Methods) -> None:
    @group.on(functions.messages.GetBotCallbackAnswer)
    async def press(call: Call, query: functions.messages.GetBotCallbackAnswer) -> Object:
        return await gestures.press(call.world, call.account, query.msg_id, query.data or b"")

    @group.on(functions.messages.SetBotCallbackAnswer)
    async def answer(call: Call, query: functions.messages.SetBotCallbackAnswer) -> Object:
        call.world.answer(
            call.account.id,
            query.query_id,
            types.messages.BotCallbackAnswer(
                cache_time=query.cache_time,
                alert=query.alert,
                message=query.message,
                url=query.url,
            ),
        )
        return true()

    @group.on(functions.messages.SetBotPrecheckoutResults)
    async def verdict(call: Call, query: functions.messages.SetBotPrecheckoutResults) -> Object:
        call.world.answer(call.account.id, query.query_id, query)
        return true()
