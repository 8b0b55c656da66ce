"""What was kept for an order that nobody paid in time is free again, whatever becomes of the
order itself."""

from bots.modules.wallet import store
from bots.modules.wallet.screens import WalletScope
from bots.modules.wallet.settings import WalletSettings
from bots.sdk.jobs import Jobs
from core.shop import wallets

jobs = Jobs[WalletSettings]()


@jobs.every(minutes=1)
async def release(scope: WalletScope) -> None:
    for order_id, held_minor in await store.overdue(scope.connection, scope.bot_id):
        await wallets.release(scope.connection, order_id, held_minor)
