"""The events of reviews."""

from core.taxonomy import TAXONOMY

# `quantity`: 1 to 5; `outcome`: new or edited.
REVIEW_SUBMITTED = TAXONOMY["review_submitted"]
# `outcome`: shown or hidden.
REVIEW_MODERATED = TAXONOMY["review_moderated"]
