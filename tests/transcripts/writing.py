"""Every template in every language, on one worker and one simulator."""

from pathlib import Path

from bots.sdk.texts import LANGUAGES
from tests.bots.runtime.conftest import Stage, until
from tests.transcripts.page import page_of
from tests.transcripts.scene import NAMES, TEMPLATES, Scene
from tests.transcripts.stories import STORIES

FOLDER = Path(__file__).parents[2] / "docs" / "transcripts"


async def transcripts(stage: Stage) -> dict[str, str]:
    """The pages by their file names. Raises KeyError for a template without a story, and
    AssertionError where the bot does not go on."""
    scenes = [
        await Scene.open(stage, template, language)
        for template in TEMPLATES.by_key
        for language in LANGUAGES
    ]
    for scene in scenes:
        stocked, _ = STORIES[scene.template]
        await stocked(scene)
    pages: dict[str, str] = {}
    async with stage.working():
        for scene in scenes:
            await stage.runs(scene.bot)
            _, played = STORIES[scene.template]
            with scene.visitor.listening():
                await played(scene)
                await _until_handled(stage, scene)
            template = TEMPLATES.get(scene.template)
            _, who = NAMES[scene.language]
            name = f"{scene.template}.{scene.language}.md"
            pages[name] = page_of(template, scene.language, who, scene.visitor.log)
    return pages


async def _until_handled(stage: Stage, scene: Scene) -> None:
    """What was written last is counted, so that whoever stays silent has had their turn."""

    async def is_quiet() -> bool:
        counted: int = await stage.pool.fetchval(
            "SELECT count(*) FROM outbox WHERE bot_id = $1 AND event = 'update_handled'",
            scene.bot.id,
        )
        return counted > 1

    await until(is_quiet, f"{scene.template} has handled all")
