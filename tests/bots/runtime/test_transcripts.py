"""docs/transcripts shows what shoppers read today."""

import pytest

from tests.bots.runtime.conftest import Stage
from tests.transcripts.writing import FOLDER, transcripts

pytestmark = [pytest.mark.long(waits=True), pytest.mark.usefixtures("quiet")]


async def test_the_transcripts_are_current(stage: Stage) -> None:
    written = {page.name: page.read_text("utf-8") for page in FOLDER.glob("*.md")}
    made = await transcripts(stage)
    assert made.keys() == written.keys()
    for name, text in made.items():
        assert text == written[name], f"python -m tests.transcripts writes {name} anew"
