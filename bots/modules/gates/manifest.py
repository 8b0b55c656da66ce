"""What a shopper passes before they are let in."""

from bots.modules.gates.events import (
    CAPTCHA_FAILED,
    CAPTCHA_PASSED,
    CAPTCHA_SHOWN,
    GATE_FAILED,
    GATE_PASSED,
    GATE_SHOWN,
)
from bots.modules.gates.settings import GatesSettings
from core.events import Bilingual
from core.modules import Manifest

MANIFEST = Manifest(
    key="gates",
    title=Bilingual("Вход", "Entrance"),
    summary=Bilingual(
        "Перед магазином: подписка на ваши каналы, капча, согласие с правилами, возраст. Код "
        "ссылки, по которой пришли, не теряется.",
        "Before the shop: subscription to your channels, a captcha, consent to the rules, age. The "
        "code of the link that people came by is not lost.",
    ),
    settings=GatesSettings,
    events=(
        GATE_SHOWN,
        GATE_PASSED,
        GATE_FAILED,
        CAPTCHA_SHOWN,
        CAPTCHA_PASSED,
        CAPTCHA_FAILED,
    ),
    phase="gate",
)
