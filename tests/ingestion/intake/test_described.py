"""The intake keeps to its own description, whatever is sent: schemathesis with all checks."""

import asyncio

from core.settings import Settings
from ingestion.intake import create_app
from tests.descriptions import Wanted, faults
from tests.ingestion.intake.conftest import Sender


async def test_the_intake_answers_as_it_is_described(sender: Sender) -> None:
    document = create_app(Settings.model_construct()).openapi()
    wanted = Wanted("write_key", sender.key, examples=10)
    found, sent = await asyncio.to_thread(faults, document, sender.url, wanted)
    assert not found, "\n\n".join(found)
    assert sent > 20
