"""A stand-in for Crypto Pay on a free port, by its published API.

Source: https://help.crypt.bot/crypto-pay-api
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

TOKEN = "12345:AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC"
RATES = {"USDT": "90.5", "TON": "300"}


class CryptoPay:
    """Invoices of one app. `refusal` is the name of the error that each call is answered with;
    with `is_away`, each is answered 502."""

    def __init__(self) -> None:
        self.address = ""
        self.invoices: dict[int, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.refusal: str | None = None
        self.is_away = False

    def pay(self, invoice_id: int, asset: str = "USDT", *, fee: str = "0.05") -> dict[str, Any]:
        """Somebody pays an invoice; what the web hook is told of it."""
        invoice = self.invoices[invoice_id]
        rate = RATES[asset]
        invoice.update(
            status="paid",
            paid_at=datetime.now(UTC).isoformat(),
            paid_asset=asset,
            paid_amount=f"{float(invoice['amount']) / float(rate):.6f}",
            paid_fiat_rate=rate,
            paid_usd_rate="1.0",
            fee_asset=asset,
            fee_amount=float(fee),
        )
        return {
            "update_id": 700 + invoice_id,
            "update_type": "invoice_paid",
            "request_date": datetime.now(UTC).isoformat(),
            "payload": invoice,
        }

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        if self.is_away:
            return web.Response(status=502, text="<html>")
        if request.headers.get("Crypto-Pay-API-Token") != TOKEN:
            return _error("UNAUTHORIZED", 401)
        if self.refusal is not None:
            return _error(self.refusal)
        answers = {
            "createInvoice": self._create,
            "getInvoices": self._get,
            "deleteInvoice": self._delete,
        }
        if method not in answers:
            return _error("METHOD_NOT_FOUND", 405)
        return answers[method](await request.json())

    def _get(self, asked: dict[str, Any]) -> web.Response:
        wanted = {int(each) for each in asked["invoice_ids"].split(",")}
        items = [self.invoices[each] for each in sorted(wanted & self.invoices.keys())]
        return _result({"items": items})

    def _delete(self, asked: dict[str, Any]) -> web.Response:
        invoice = self.invoices.get(asked["invoice_id"])
        if invoice is None or invoice["status"] != "active":
            return _error("INVOICE_NOT_FOUND")
        del self.invoices[asked["invoice_id"]]
        return _result(True)

    def _create(self, asked: dict[str, Any]) -> web.Response:
        if asked["currency_type"] != "fiat" or "fiat" not in asked:
            return _error("FIAT_REQUIRED")
        if not 1 <= asked["expires_in"] <= 2_678_400:
            return _error("EXPIRES_IN_INVALID")
        number = len(self.invoices) + 1
        expires = datetime.now(UTC) + timedelta(seconds=asked["expires_in"])
        self.invoices[number] = {
            "invoice_id": number,
            "hash": f"IV{number}",
            "currency_type": "fiat",
            "fiat": asked["fiat"],
            "amount": asked["amount"],
            "accepted_assets": asked.get("accepted_assets", "USDT,TON").split(","),
            "bot_invoice_url": f"https://t.me/CryptoBot?start=IV{number}",
            "description": asked.get("description"),
            "status": "active",
            "created_at": datetime.now(UTC).isoformat(),
            "expiration_date": expires.isoformat(),
            "payload": asked["payload"],
        }
        return _result(self.invoices[number])


def _result(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(name: str, code: int = 400) -> web.Response:
    return web.json_response({"ok": False, "error": {"code": code, "name": name}}, status=code)


def signed(update: dict[str, Any], token: str = TOKEN) -> tuple[bytes, str]:
    """A web hook's call: its body, and the signature that goes with it."""
    body = json.dumps(update).encode()
    key = hashlib.sha256(token.encode()).digest()
    return body, hmac.new(key, body, hashlib.sha256).hexdigest()


@asynccontextmanager
async def running() -> AsyncIterator[CryptoPay]:
    stand_in = CryptoPay()
    application = web.Application()
    application.router.add_route("*", "/api/{method}", stand_in.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    stand_in.address = f"http://{host}:{port}"
    try:
        yield stand_in
    finally:
        await runner.cleanup()
