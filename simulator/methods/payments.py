"""payments.*: paying an invoice with Stars, and giving them back."""

from pyrogram.raw import functions, types

from simulator import payments
from simulator.methods.peers import account_of
from simulator.payments import Invoice
from simulator.rpc import Call, Methods, RpcError
from simulator.tl import Object


def _invoice(call: Call, invoice: Object) -> Invoice:
    if not isinstance(invoice, types.InputInvoiceMessage):
        raise RpcError(400, "INVOICE_INVALID")
    return payments.find_invoice(call.world.db, call.account, invoice.msg_id)


def methods() -> Methods:
    group = Methods()

    @group.on(functions.payments.GetPaymentForm)
    async def get_form(call: Call, query: functions.payments.GetPaymentForm) -> Object:
        invoice = _invoice(call, query.invoice)
        return types.payments.PaymentFormStars(
            form_id=invoice.message_id,
            bot_id=invoice.bot_id,
            title=invoice.media.title,
            description=invoice.media.description,
            invoice=invoice.media.invoice,
            users=call.world.users(call.account.id, (invoice.bot_id,)),
        )

    @group.on(functions.payments.SendStarsForm)
    async def send_form(call: Call, query: functions.payments.SendStarsForm) -> Object:
        await payments.pay(call.world, call.account, _invoice(call, query.invoice))
        return types.payments.PaymentResult(updates=call.world.updates(call.account.id, []))

    @group.on(functions.payments.RefundStarsCharge)
    async def refund(call: Call, query: functions.payments.RefundStarsCharge) -> Object:
        bot, payer = call.account, account_of(call, query.user_id)
        with call.world.change(call.session) as change:
            payments.refund(call.world, change, bot, payer.id, query.charge_id)
        return call.world.result(change, bot.id)

    @group.on(functions.payments.GetStarsStatus)
    async def get_status(call: Call, _query: functions.payments.GetStarsStatus) -> Object:
        query = "SELECT stars FROM accounts WHERE id = ?"
        (stars,) = call.world.db.execute(query, (call.account.id,)).fetchone()
        balance = types.StarsAmount(amount=stars, nanos=0)
        return types.payments.StarsStatus(balance=balance, chats=[], users=[])

    return group
