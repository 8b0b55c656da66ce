"""The shopper's link and what it brought; and whoever comes by one."""

from bots.modules.referral import screens, store
from bots.modules.referral.events import REFERRAL_REGISTERED, REFERRAL_REJECTED
from bots.modules.referral.screens import ReferralContext
from bots.modules.referral.settings import ReferralSettings
from bots.modules.referral.store import Invitation
from bots.sdk.points import BELOW
from bots.sdk.router import PASS, Pass, Router
from bots.sdk.updates import Button, Command, Start
from core.shop.customers import INVITATION

router = Router[ReferralSettings]()


@router.start
async def arrived(context: ReferralContext, update: Start) -> Pass | None:
    """By whose link they came is noted; whoever answers Start does so below."""
    if INVITATION.fullmatch(update.code):
        inviter_no = await store.owner_of(context.connection, context.shop.id, update.code)
        if inviter_no is not None:
            await _register(context, inviter_no)
    return PASS


async def _register(context: ReferralContext, inviter_no: int) -> None:
    me, connection = context.customer, context.connection
    standing = await store.standing(connection, me, context.now)
    if standing.is_invited:
        return
    reason = ""
    if inviter_no == me.buyer_no:
        reason = "self"
    elif await store.has_invited(connection, context.shop.id, me.buyer_no, inviter_no):
        reason = "cycle"
    elif not standing.is_new or inviter_no > me.buyer_no:
        reason = "not_new"
    if reason:
        context.emit(REFERRAL_REJECTED, outcome=reason, props={"inviter": inviter_no})
        if reason == "self":
            context.reply(context.texts.get("own_link"))
        return
    invitation = Invitation(me.buyer_no, inviter_no, context.bot_id, context.now)
    if not await store.register(connection, invitation, context.shop.id):
        return
    context.emit(REFERRAL_REGISTERED, props={"inviter": inviter_no})
    if context.settings.welcome_percent:
        percent = context.settings.welcome_percent
        context.reply(context.texts.get("welcome", percent=percent))


@router.command("invite")
async def command(context: ReferralContext, _: Command) -> None:
    context.reply(*await screens.overview(context))


@router.button("referral")
async def show(context: ReferralContext, update: Button) -> None:
    say = context.reply if update.argument == BELOW else context.edit
    say(*await screens.overview(context))
