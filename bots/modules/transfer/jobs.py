"""Looking at a proof: it is fetched, compared with what came before, and shown to staff."""

import asyncio
import io

from bots.modules.transfer import staff, store
from bots.modules.transfer.settings import TransferSettings
from bots.sdk.errands import Errand
from bots.sdk.jobs import Job, Jobs
from core.shop import files
from core.shop.files import FileRefused, Use
from core.shop.picture_likeness import fingerprint

jobs = Jobs[TransferSettings]()


@jobs.outside("examine")
async def examine(errand: Errand[TransferSettings], job: Job) -> None:
    number = job.data["proof"]
    async with errand.transaction() as scope:
        file_id = await store.file_id_of(scope.connection, number)
    if not file_id:
        return  # its sender has been erased meanwhile
    content = await errand.fetch(file_id)
    likeness = await asyncio.to_thread(_likeness, content)
    async with errand.transaction() as scope:
        proof = await store.get(scope.connection, scope.bot_id, number)
        if not proof.buyer_no:
            return
        use = Use(store.OWNER, store.key_of(number), proof.file_name, proof.buyer_no)
        try:
            async with scope.connection.transaction():
                file = await files.keep(scope.connection, scope.shop.id, "proof", content, use)
        except FileRefused as error:
            await store.note_trouble(scope.connection, number, error.detail)
            await staff.tell(scope, number)
            return
        await store.note_content(scope.connection, number, sha256=file.sha256, likeness=likeness)
        is_picture = file.media_type.startswith("image/")
        shown = {"picture" if is_picture else "document": file.sha256}
        await staff.tell(scope, number, **shown)


def _likeness(content: bytes) -> int | None:
    """None for what is no picture: a PDF, or none that can be read."""
    try:
        return fingerprint(io.BytesIO(content))
    except FileRefused:
        return None
