"""The events of transfers, besides those of payments, which `core.shop` emits."""

from core.taxonomy import TAXONOMY

# A shopper has sent a proof for `order_id`.
PAYMENT_PROOF_UPLOADED = TAXONOMY["payment_proof_uploaded"]
# `outcome`: confirmed or rejected.
PAYMENT_REVIEWED = TAXONOMY["payment_reviewed"]
