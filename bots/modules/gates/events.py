"""The events of gates; `props` of gate_*: which gate."""

from core.taxonomy import TAXONOMY

GATE_SHOWN = TAXONOMY["gate_shown"]
GATE_PASSED = TAXONOMY["gate_passed"]
GATE_FAILED = TAXONOMY["gate_failed"]
CAPTCHA_SHOWN = TAXONOMY["captcha_shown"]
CAPTCHA_PASSED = TAXONOMY["captcha_passed"]
CAPTCHA_FAILED = TAXONOMY["captcha_failed"]
