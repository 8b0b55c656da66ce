"""What promo codes tell: the platform's own events, with a code's id and never what was typed."""

from core.taxonomy import TAXONOMY

PROMO_APPLIED, PROMO_REJECTED = TAXONOMY["promo_applied"], TAXONOMY["promo_rejected"]
