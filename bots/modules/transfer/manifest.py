"""Payments by transfer, confirmed by hand."""

from bots.modules.transfer.events import PAYMENT_PROOF_UPLOADED, PAYMENT_REVIEWED
from bots.modules.transfer.settings import TransferSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="transfer",
    title=Bilingual("Оплата переводом", "Payment by transfer"),
    summary=Bilingual(
        "Показывает реквизиты, принимает чек и ждёт, пока вы подтвердите оплату.",
        "Shows your requisites, takes the proof and waits until you confirm the payment.",
    ),
    settings=TransferSettings,
    events=(PAYMENT_PROOF_UPLOADED, PAYMENT_REVIEWED),
)
