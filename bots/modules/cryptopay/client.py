"""A small client of Crypto Pay, the payments of Crypto Bot.

Source: https://help.crypt.bot/crypto-pay-api (1.5).
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bots.modules.cryptopay.settings import CryptopaySettings, Network
from bots.sdk.outside import Http, OutsideError
from core.money import Money, exponent

ADDRESSES: dict[Network, str] = {
    "main": "https://pay.crypt.bot",
    "test": "https://testnet-pay.crypt.bot",
}
T = TypeVar("T")


class CryptopayError(Exception):
    """Crypto Pay has refused a call; `name` is its error's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Invoice(BaseModel):
    """An invoice as Crypto Pay reports it.

    `amount` is in `fiat`; what was paid is in `paid_asset`, of which one unit was worth
    `paid_fiat_rate` of the fiat.
    """

    model_config = ConfigDict(frozen=True)

    invoice_id: int
    status: Literal["active", "paid", "expired"]
    amount: Decimal
    fiat: str | None = None
    bot_invoice_url: str = ""
    payload: str = ""
    expiration_date: datetime | None = None
    paid_asset: str | None = None
    paid_amount: Decimal | None = None
    paid_fiat_rate: Decimal | None = None
    paid_usd_rate: Decimal | None = None
    fee_asset: str | None = None
    fee_amount: Decimal | None = None

    @property
    def price(self) -> Money | None:
        """What it asks for; None if that is no sum in whole minor units of a currency."""
        if self.fiat is None or len(self.fiat) != 3 or not self.fiat.isupper():
            return None
        minor = self.amount.scaleb(exponent(self.fiat))
        whole = minor.to_integral_value()
        return Money(int(whole), self.fiat) if whole == minor else None

    @property
    def fee_minor(self) -> int | None:
        """Crypto Pay's fee in minor units of the fiat, rounded half up; None if it is not
        reported."""
        if self.fee_amount is None or self.paid_fiat_rate is None or self.fiat is None:
            return None
        if self.fee_asset not in (None, self.paid_asset):
            return None
        fee = (self.fee_amount * self.paid_fiat_rate).scaleb(exponent(self.fiat))
        return int(fee.to_integral_value(ROUND_HALF_UP))

    @property
    def details(self) -> dict[str, str]:
        """Amounts and rates as they were, for the payment's record."""
        recorded = {
            "invoice_id": self.invoice_id,
            "paid_asset": self.paid_asset,
            "paid_amount": self.paid_amount,
            "paid_fiat_rate": self.paid_fiat_rate,
            "paid_usd_rate": self.paid_usd_rate,
            "fee_asset": self.fee_asset,
            "fee_amount": self.fee_amount,
        }
        return {name: str(value) for name, value in recorded.items() if value is not None}


class HookUpdate(BaseModel):
    """The body of Crypto Pay's web hook calls. It reports other things besides `invoice_paid`,
    whose payload is no invoice."""

    model_config = ConfigDict(frozen=True)

    update_id: int
    update_type: str
    payload: dict[str, Any]

    @property
    def invoice(self) -> Invoice | None:
        """The invoice that was paid. Raises ValidationError if it is not as it must be."""
        if self.update_type != "invoice_paid":
            return None
        return Invoice.model_validate(self.payload)


class _Refusal(BaseModel):
    name: str = "UNKNOWN"


class _Said(BaseModel):
    ok: bool
    result: Any = None
    error: _Refusal | None = None


class _Invoices(BaseModel):
    items: list[Invoice]


@dataclass(frozen=True, slots=True)
class Access:
    """Whose invoices, and where."""

    token: str
    address: str

    @classmethod
    def of(cls, settings: CryptopaySettings) -> "Access | None":
        """None without a token."""
        if settings.token is None:
            return None
        return cls(settings.token.reveal(), ADDRESSES[settings.network])


def is_signed(token: str, body: bytes, signature: str) -> bool:
    """Whether a web hook's call is Crypto Pay's: HMAC-SHA-256 of the body, keyed with SHA-256 of
    the app's token, in hexadecimal."""
    key = hashlib.sha256(token.encode()).digest()
    made = hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode())


async def create_invoice(
    http: Http,
    access: Access,
    price: Money,
    *,
    description: str,
    payload: str,
    seconds: int,
    assets: Sequence[str] = (),
) -> Invoice:
    """An invoice in a currency, valid for so long. Raises CryptopayError and OutsideError."""
    asked: dict[str, Any] = {
        "currency_type": "fiat",
        "fiat": price.currency,
        "amount": str(price.major),
        "description": description[:1024],
        "payload": payload,
        "expires_in": seconds,
        "allow_comments": False,
    }
    if assets:
        asked["accepted_assets"] = ",".join(assets)
    return await _call(http, access, "createInvoice", asked, Invoice)


async def get_invoices(http: Http, access: Access, ids: Sequence[int]) -> list[Invoice]:
    """Those of these numbers that are there. Raises CryptopayError and OutsideError."""
    asked = {"invoice_ids": ",".join(map(str, ids)), "count": len(ids)}
    return (await _call(http, access, "getInvoices", asked, _Invoices, is_repeatable=True)).items


async def delete_invoice(http: Http, access: Access, invoice_id: int) -> None:
    """Nobody can pay it any more. Raises CryptopayError and OutsideError."""
    await _call(http, access, "deleteInvoice", {"invoice_id": invoice_id}, bool)


async def _call(
    http: Http,
    access: Access,
    method: str,
    asked: dict[str, Any],
    result: type[T],
    *,
    is_repeatable: bool = False,
) -> T:
    answer = await http.call(
        "POST",
        f"{access.address}/api/{method}",
        json=asked,
        headers={"Crypto-Pay-API-Token": access.token},
        is_repeatable=is_repeatable,
    )
    try:
        said = answer.read(_Said)
        if not said.ok:
            raise CryptopayError(said.error.name if said.error else f"HTTP_{answer.status}")
        return TypeAdapter(result).validate_python(said.result)
    except ValidationError as error:
        raise OutsideError(f"{method} was answered {answer.status} with no such thing") from error
