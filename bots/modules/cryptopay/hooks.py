"""Crypto Pay's web hook: an invoice has been paid."""

from pydantic import ValidationError

from bots.modules.cryptopay.client import HookUpdate, is_signed
from bots.modules.cryptopay.settings import CryptopaySettings
from bots.modules.cryptopay.settling import settle
from bots.sdk.context import Scope
from bots.sdk.hooks import Hook, HookCall

hook = Hook[CryptopaySettings]()

_SIGNATURE = "crypto-pay-api-signature"


@hook.verify
def signed(settings: CryptopaySettings, call: HookCall) -> str | None:
    if settings.token is None:
        return None
    signature = call.headers.get(_SIGNATURE, "")
    if not is_signed(settings.token.reveal(), call.body, signature):
        return None
    try:
        update = HookUpdate.model_validate(call.json())
        invoice = update.invoice
    except ValidationError:
        return None
    # However often it is reported, and under whatever number: an invoice is paid once.
    return f"update:{update.update_id}" if invoice is None else f"paid:{invoice.invoice_id}"


@hook.act
async def paid(scope: Scope[CryptopaySettings], call: HookCall) -> None:
    invoice = HookUpdate.model_validate(call.json()).invoice
    if invoice is not None:
        await settle(scope, invoice)
