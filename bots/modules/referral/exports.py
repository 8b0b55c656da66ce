"""Rewards for invitations, and who invited whom, as files."""

from bots.sdk.exporting import (
    BOT,
    BUYER,
    CURRENCY,
    ORDER_NO,
    SHOP,
    STATE,
    ModuleTable,
    column,
    money,
    within,
)
from core.events import Bilingual

TABLES = (
    ModuleTable(
        "referral_rewards",
        Bilingual("Награды за приглашения", "Rewards for invitations"),
        "FROM asked JOIN referral_rewards AS o ON o.shop_id = asked.shop_id AND "
        + within("o.earned_at"),
        "e.shop_id, e.reward_id",
        (
            SHOP,
            column("reward_id", "whole", "Награда №", "Reward no.", "o.id"),
            BOT,
            BUYER,
            column("invited_buyer_no", "whole", "Приглашённый №", "Invited customer no."),
            column("level", "whole", "Уровень", "Level"),
            ORDER_NO,
            money("amount", "Сумма", "Amount", "o.amount_minor"),
            CURRENCY,
            STATE,
            column("suspicion", "text", "Подозрение", "Suspicion"),
            column("reason", "text", "Причина отказа", "Why refused", personal=True),
            column("earned_at", "time", "Заработана", "Earned"),
            column("due_at", "time", "Срок", "Due"),
            column("decided_at", "time", "Решена", "Decided"),
        ),
        lists=("/rewards",),
    ),
    ModuleTable(
        "referrals",
        Bilingual("Приглашения", "Invitations"),
        "FROM asked JOIN referrals AS o ON o.shop_id = asked.shop_id AND "
        + within("o.registered_at"),
        "e.shop_id, e.buyer_no",
        (
            SHOP,
            BOT,
            BUYER,
            column("inviter_buyer_no", "whole", "Пригласивший №", "Inviter no."),
            column("registered_at", "time", "Когда", "When"),
        ),
        lists=("/inviters",),
    ),
)
