from bots.sdk.settings import ModuleSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="ribbon",
    title=Bilingual("Ленты", "Ribbons"),
    summary=Bilingual("Ленты к подаркам.", "Ribbons for gifts."),
    settings=ModuleSettings,
    requires=("gift",),
)
