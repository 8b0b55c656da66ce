"""What Telegram is asked for: payments to be given back, and its list of Star transactions."""

from datetime import UTC, datetime, timedelta

import structlog

from bots.modules.stars import store
from bots.modules.stars.reconciliation import Span, compare
from bots.modules.stars.settings import StarsSettings
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from bots.sdk.stars import StarMove, StarsRefused
from core.errors import VitrinaError
from core.shop import order_refunds
from core.shop.order_refunds import OrderRefund

log = structlog.get_logger()
jobs = Jobs[StarsSettings]()

PROVIDER = "stars"
_ALREADY = "CHARGE_ALREADY_REFUNDED"
_OVERLAP = timedelta(days=3)  # looked at again, by which time a late payment is booked
_ON_ITS_WAY = timedelta(minutes=10)

Stars = Errand[StarsSettings]


@jobs.outside("give_back")
async def give_back(errand: Stars, _: Job) -> None:
    await give_back_asked(errand)


@jobs.outside_every(minutes=10)
async def give_back_asked(errand: Stars) -> None:
    """Makes the requested refunds.

    Telegram reports each one, and the runtime books it then; refunds that Telegram has made already
    are booked here.
    """
    async with errand.transaction() as scope:
        asked = await order_refunds.asked_of(scope.connection, scope.bot_id, PROVIDER)
    failed = []
    for refund in asked:
        try:
            await _give_back(errand, refund)
        except VitrinaError as error:  # the next ones go on
            log.exception("a refund could not be made", refund=refund.id)
            failed.append(error)
    if failed:
        raise failed[0]


async def _give_back(errand: Stars, refund: OrderRefund) -> None:
    async with errand.transaction() as scope:
        payer = await store.payer_of(scope.connection, refund.charge_id)
    try:
        if not payer:
            raise StarsRefused("PAYER_ERASED")
        await errand.stars.give_back(payer, refund.charge_id)
    except StarsRefused as error:
        log.warning("Stars could not be refunded", charge=refund.charge_id, code=error.code)
        async with errand.transaction() as scope:
            # It may be of a shop that the bot has left.
            origin = await store.origin_of(scope.connection, scope.origin, refund.order_id)
            if error.code == _ALREADY:
                await order_refunds.complete(
                    scope.connection, origin, refund_id=refund.id, way=PROVIDER
                )
            else:
                await order_refunds.fail(
                    scope.connection, origin, refund_id=refund.id, error=error.code
                )


@jobs.outside("reconcile_now")
async def reconcile_now(errand: Stars, _: Job) -> None:
    await reconcile(errand)


@jobs.outside_every(hours=24)
async def reconcile(errand: Stars) -> None:
    """Compares our payments with Telegram's list: all of it at first, then from a few days before
    the last time, or before the oldest difference that is still there."""
    now = datetime.now(UTC)
    async with errand.transaction() as scope:
        before = await store.last(scope.connection, scope.bot_id)
        open_ones = await store.differences(scope.connection, scope.bot_id)
        ours_from = await store.connected_at(scope.connection, scope.bot_id)
    since = datetime.fromtimestamp(0, UTC)
    if before is not None:
        since = min([before.done_at, *(each.happened_at for each in open_ones)]) - _OVERLAP
    moves = await _moves_since(errand, since)
    span = Span(
        ours_from=max(ours_from, since),
        booked_from=since + (_OVERLAP / 2 if before is not None else timedelta()),
        until=now - _ON_ITS_WAY,
    )
    async with errand.transaction() as scope:
        booked = await store.booked(
            scope.connection, scope.bot_id, span.booked_from, [move.charge_id for move in moves]
        )
        found = compare(moves, booked, span)
        await store.write(scope.connection, scope.bot_id, found, moves=len(moves), at=now)


async def _moves_since(errand: Stars, since: datetime) -> list[StarMove]:
    """Telegram's list, page by page, until it is older than that."""
    moves: list[StarMove] = []
    offset = ""
    while True:
        page, offset = await errand.stars.moves(offset)
        moves += [move for move in page if move.at >= since]
        if not offset or (page and page[-1].at < since):
            return moves
