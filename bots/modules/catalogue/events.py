"""What the catalogue counts."""

from core.taxonomy import TAXONOMY

# `props.page` is the page's number, from 0.
CATALOG_VIEWED = TAXONOMY["catalog_viewed"]
# `product_id` says which.
PRODUCT_VIEWED = TAXONOMY["product_viewed"]
