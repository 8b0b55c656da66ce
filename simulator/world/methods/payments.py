"""payments.*: paying an invoice, giving Stars back, and the account of one's Stars."""

from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object
from simulator.world import payments, profiles, provider, stars
from simulator.world.accounts import Account
from simulator.world.calls import Call, Methods
from simulator.world.methods.peers import account_of
from simulator.world.payments import Filled, Invoice


def _invoice(call: Call, invoice: Object) -> Invoice:
    if not isinstance(invoice, types.InputInvoiceMessage):
        raise RpcError(400, "INVOICE_INVALID")
    return payments.find_invoice(call.world.db, call.account, invoice.msg_id)


def methods() -> Methods:
    group = Methods()
    _add_paying(group)

    @group.on(functions.payments.RefundStarsCharge)
    async def refund(call: Call, query: functions.payments.RefundStarsCharge) -> Object:
        bot, payer = call.account, account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            payments.refund(call.world, change, bot, payer.id, query.charge_id)
        return call.world.result(change, bot.id)

    @group.on(functions.payments.GetStarsStatus)
    async def get_status(call: Call, query: functions.payments.GetStarsStatus) -> Object:
        return _status(call, _own(call, query.peer))

    @group.on(functions.payments.GetStarsTransactions)
    async def get_moves(call: Call, query: functions.payments.GetStarsTransactions) -> Object:
        account, skip = _own(call, query.peer), stars.offset_of(query.offset)
        limit = min(query.limit, stars.MAX_TRANSACTIONS)
        found = stars.transactions(
            call.world.db,
            account.id,
            inbound=bool(query.inbound),
            outbound=bool(query.outbound),
            ascending=bool(query.ascending),
            skip=skip,
            limit=limit + 1,
        )
        status = _status(call, account, {each.peer for each in found[:limit]})
        status.history = [stars.described(each) for each in found[:limit]]
        status.next_offset = str(skip + limit) if len(found) > limit > 0 else None
        return status

    return group


def _own(call: Call, peer: Any) -> Account:
    """The caller's own account, or one of their bots. Raises RpcError."""
    account = account_of(call, peer)
    if account.id not in (call.account.id, *profiles.bots_of(call.world.db, call.account.id)):
        raise RpcError(400, "PEER_ID_INVALID")
    return account


def _status(
    call: Call, account: Account, peers: set[int] | frozenset[int] = frozenset()
) -> types.payments.StarsStatus:
    amount = payments.balance(call.world.db, account.id)
    return types.payments.StarsStatus(
        balance=types.StarsAmount(amount=amount, nanos=0),
        chats=[],
        users=call.world.users(call.account.id, peers),
    )


def _add_paying(group: Methods) -> None:
    @group.on(functions.payments.GetPaymentForm)
    async def get_form(call: Call, query: functions.payments.GetPaymentForm) -> Object:
        invoice = _invoice(call, query.invoice)
        shown: dict[str, Any] = {
            "form_id": invoice.message_id,
            "bot_id": invoice.bot_id,
            "title": invoice.media.title,
            "description": invoice.media.description,
            "invoice": invoice.media.invoice,
            "users": call.world.users(call.account.id, (invoice.bot_id,)),
        }
        if invoice.currency == payments.STARS:
            return types.payments.PaymentFormStars(**shown)
        return types.payments.PaymentForm(
            provider_id=provider.BOT_ID,
            url="https://example.org/pay",
            native_provider=provider.NAME,
            native_params=types.DataJSON(data="{}"),
            **shown,
        )

    @group.on(functions.payments.ValidateRequestedInfo)
    async def keep_info(call: Call, query: functions.payments.ValidateRequestedInfo) -> Object:
        invoice = _invoice(call, query.invoice)
        info_id, options = await payments.fill_in(call.world, call.account, invoice, query.info)
        return types.payments.ValidatedRequestedInfo(id=info_id, shipping_options=options or None)

    @group.on(functions.payments.SendStarsForm)
    async def send_stars(call: Call, query: functions.payments.SendStarsForm) -> Object:
        invoice = _invoice(call, query.invoice)
        if invoice.currency != payments.STARS:
            raise RpcError(400, "FORM_UNSUPPORTED")
        return await _pay(call, invoice, payments.NOTHING)

    @group.on(functions.payments.SendPaymentForm)
    async def send_form(call: Call, query: functions.payments.SendPaymentForm) -> Object:
        invoice = _invoice(call, query.invoice)
        if invoice.currency == payments.STARS:
            raise RpcError(400, "FORM_UNSUPPORTED")
        provider.check_credentials(query.credentials)
        filled = Filled(query.requested_info_id, query.shipping_option_id, query.tip_amount or 0)
        return await _pay(call, invoice, filled)


async def _pay(call: Call, invoice: Invoice, filled: Filled) -> Object:
    await payments.pay(call.world, call.account, invoice, filled)
    return types.payments.PaymentResult(updates=call.world.updates(call.account.id, []))
