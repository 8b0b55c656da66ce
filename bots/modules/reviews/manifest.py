"""Reviews of what was bought."""

from bots.modules.reviews.events import REVIEW_MODERATED, REVIEW_SUBMITTED
from bots.modules.reviews.settings import ReviewsSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="reviews",
    title=Bilingual("Отзывы", "Reviews"),
    summary=Bilingual(
        "Купивший ставит от 1 до 5, пишет и прилагает фото; вы проверяете и отвечаете; отзывы "
        "видны в карточке товара.",
        "Buyers rate from 1 to 5, write and add a photo; you look through it and answer; reviews "
        "are shown with the product.",
    ),
    settings=ReviewsSettings,
    events=(REVIEW_SUBMITTED, REVIEW_MODERATED),
)
