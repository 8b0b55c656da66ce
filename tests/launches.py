"""Launches of a Mini App, as Telegram signs them."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TELEGRAM = Ed25519PrivateKey.from_private_bytes(b"32 bytes in place of Telegram's.")
LAUNCH_KEY = TELEGRAM.public_key().public_bytes_raw().hex()


def signed(token: str, at: datetime, *, by: Ed25519PrivateKey = TELEGRAM, **changes: str) -> str:
    """As Telegram makes it, of a person whose id is 555."""
    fields = {
        "auth_date": str(int(at.timestamp())),
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": json.dumps({"id": 555, "first_name": "Ольга & Co=", "language_code": "ru"}),
    } | changes
    bot_id = token.partition(":")[0]
    signature = by.sign(f"{bot_id}:WebAppData\n{_told(fields)}".encode())
    encoded = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return hashed(fields | {"signature": encoded}, token)


def hashed(fields: Mapping[str, str], token: str) -> str:
    """With the hash that whoever has the token can make."""
    key = hmac.new(b"WebAppData", token.encode(), "sha256").digest()
    mark = hmac.new(key, _told(fields).encode(), "sha256").hexdigest()
    return urlencode({**fields, "hash": mark})


def _told(fields: Mapping[str, str]) -> str:
    return "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
