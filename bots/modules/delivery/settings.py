"""What an owner sets of the digital delivery."""

from pydantic import Field

from bots.sdk.settings import ModuleSettings, labelled
from core.events import Bilingual


class DeliverySettings(ModuleSettings):
    """How often goods are opened again, and when keys are few."""

    most_downloads: int = Field(
        default=20,
        ge=0,
        le=1000,
        json_schema_extra=labelled(
            Bilingual("Сколько раз открыть заново", "How often goods open again"),
            Bilingual(
                "Столько раз покупатель может снова получить товар из «Моих заказов». 0 — без "
                "предела.",
                "So often a shopper can get the goods again from “My orders”. 0: without a limit.",
            ),
        ),
    )
    few_keys: int = Field(
        default=5,
        ge=0,
        le=10_000,
        json_schema_extra=labelled(
            Bilingual("Мало ключей", "Few keys"),
            Bilingual(
                "Когда свободных ключей товара осталось столько или меньше, мы напомним добавить.",
                "With so many free keys of a product left, or fewer, we remind you to add some.",
            ),
        ),
    )
