from bots.sdk.settings import ModuleSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="rival",
    title=Bilingual("Соперник", "A rival"),
    summary=Bilingual("Соперник к подаркам.", "A rival for gifts."),
    settings=ModuleSettings,
    requires=(),
)
