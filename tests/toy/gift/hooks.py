import hashlib
import hmac

from bots.sdk.context import Scope
from bots.sdk.hooks import Hook, HookCall
from tests.toy.gift import store
from tests.toy.gift.settings import GiftSettings

hook = Hook[GiftSettings](body_bytes=1000)


@hook.verify
def signed(settings: GiftSettings, call: HookCall) -> str | None:
    if settings.token is None:
        return None
    signature = hmac.new(settings.token.reveal().encode(), call.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), call.headers.get("signature", "").encode()):
        return None
    said = call.json()
    return f"gift:{said['gift']}" if isinstance(said, dict) and "gift" in said else None


@hook.act
async def paid(scope: Scope[GiftSettings], call: HookCall) -> None:
    gift = call.json()["gift"]
    await store.mark_paid(scope.connection, scope.bot_id, gift)
    if gift == 13:
        raise ValueError("this one cannot be booked")
