"""Shoppers who bring others."""

from bots.modules.referral.events import (
    REFERRAL_REGISTERED,
    REFERRAL_REJECTED,
    REFERRAL_REWARDED,
)
from bots.modules.referral.settings import ReferralSettings
from core.events import Bilingual
from core.modules import BotCommand, Manifest

MANIFEST = Manifest(
    key="referral",
    title=Bilingual("Приглашения", "Referrals"),
    summary=Bilingual(
        "У каждого покупателя своя ссылка; награда за первый заказ приглашённого, после срока "
        "возврата, с лимитами и защитой от накрутки.",
        "Each shopper has a link of their own; a reward for the first order of whoever came by it, "
        "after the time for returns, with limits and a guard against cheating.",
    ),
    settings=ReferralSettings,
    events=(REFERRAL_REGISTERED, REFERRAL_REWARDED, REFERRAL_REJECTED),
    commands=(BotCommand("invite", Bilingual("Пригласить друга", "Invite a friend")),),
)
