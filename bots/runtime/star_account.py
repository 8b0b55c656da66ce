"""A bot's Stars, as reported by Telegram.

Source: https://core.telegram.org/api/stars
"""

from datetime import UTC, datetime

from pyrogram import raw
from pyrogram.errors import BadRequest

from bots.runtime.client import BotClient
from bots.sdk.stars import StarMove, StarsRefused

_PAGE = 100


class StarAccount:
    """The Stars of a connected bot: `bots.sdk.stars.StarsAccount`."""

    def __init__(self, client: BotClient) -> None:
        self._client = client

    async def give_back(self, telegram_id: int, charge_id: str) -> None:
        """Telegram also reports it in the chat, and the runtime books that."""
        try:
            peer = await self._client.resolve_peer(telegram_id)
            if not isinstance(peer, raw.types.InputPeerUser):
                raise StarsRefused("PEER_ID_INVALID")
            payer = raw.types.InputUser(user_id=peer.user_id, access_hash=peer.access_hash)
            await self._client.call(
                raw.functions.payments.RefundStarsCharge(user_id=payer, charge_id=charge_id)
            )
        except BadRequest as error:
            raise StarsRefused(str(error.ID or error.CODE)) from error

    async def moves(self, offset: str = "") -> tuple[list[StarMove], str]:
        status: raw.types.payments.StarsStatus = await self._client.call(
            raw.functions.payments.GetStarsTransactions(
                peer=raw.types.InputPeerSelf(), offset=offset, limit=_PAGE
            )
        )
        found = [_move(each) for each in status.history or [] if not each.failed]
        return found, status.next_offset or ""


def _move(transaction: raw.types.StarsTransaction) -> StarMove:
    peer = getattr(transaction.peer, "peer", None)
    return StarMove(
        charge_id=transaction.id,
        amount=transaction.amount.amount,
        at=datetime.fromtimestamp(transaction.date, UTC),
        is_refund=bool(transaction.refund),
        telegram_id=peer.user_id if isinstance(peer, raw.types.PeerUser) else None,
    )
