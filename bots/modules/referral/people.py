"""Who invited whom: of an erased person it stays that somebody did, and not who."""

from core.people import BY_BUYER_NO, Holding

_AS_INVITER = "(t.shop_id, t.inviter_buyer_no) = (who.shop_id, who.buyer_no)"
_AS_INVITED = "(t.shop_id, t.invited_buyer_no) = (who.shop_id, who.buyer_no)"

PEOPLE = (
    Holding("referral_links", BY_BUYER_NO, erase="delete", export=("code", "made_at")),
    Holding("referrals", _AS_INVITER, erase={"inviter_buyer_no": "0"}),
    Holding("referrals", BY_BUYER_NO, erase="delete", export=("registered_at",)),
    Holding(
        "referral_rewards",
        BY_BUYER_NO,
        erase={"buyer_no": "0"},
        export=("order_id", "amount_minor", "currency", "state", "earned_at", "decided_at"),
    ),
    Holding("referral_rewards", _AS_INVITED, erase={"invited_buyer_no": "0"}),
)
