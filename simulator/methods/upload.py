"""upload.*: files in parts, up and down."""

from pyrogram.raw import functions, types

from simulator.rpc import Call, Methods, RpcError
from simulator.tl import Object, true


def methods() -> Methods:
    group = Methods()

    @group.on(functions.upload.SaveFilePart)
    async def save_part(call: Call, query: functions.upload.SaveFilePart) -> Object:
        call.world.uploads.put(call.account.id, query.file_id, query.file_part, query.bytes)
        return true()

    @group.on(functions.upload.SaveBigFilePart)
    async def save_big_part(call: Call, query: functions.upload.SaveBigFilePart) -> Object:
        call.world.uploads.put(call.account.id, query.file_id, query.file_part, query.bytes)
        return true()

    @group.on(functions.upload.GetFile)
    async def get_file(call: Call, query: functions.upload.GetFile) -> Object:
        if not isinstance(query.location, types.InputPhotoFileLocation):
            raise RpcError(400, "LOCATION_INVALID")
        row = call.world.db.execute(
            "SELECT substr(bytes, ?, ?) AS part FROM files WHERE id = ?",
            (query.offset + 1, query.limit, query.location.id),
        ).fetchone()
        if row is None:
            raise RpcError(400, "LOCATION_INVALID")
        return types.upload.File(type=types.storage.FileJpeg(), mtime=0, bytes=row["part"])

    return group
