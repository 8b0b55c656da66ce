"""The events of invitations. Each has `inviter`, a number of the shop's customers."""

from core.taxonomy import TAXONOMY

REFERRAL_REGISTERED = TAXONOMY["referral_registered"]
# `amount_minor`, `order_id`; props: invited, level.
REFERRAL_REWARDED = TAXONOMY["referral_rewarded"]
# `outcome`: of an invitation self, cycle, not_new; of a reward cap, refunded, erased, owner.
REFERRAL_REJECTED = TAXONOMY["referral_rejected"]
