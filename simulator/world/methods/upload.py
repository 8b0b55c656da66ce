"""upload.*: files in parts, up and down."""

from pyrogram.raw import functions, types

from simulator.wire.rpc import RpcError
from simulator.wire.tl import Object, true
from simulator.world import files
from simulator.world.calls import Call, Methods


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
        match query.location:
            case types.InputPhotoFileLocation() | types.InputDocumentFileLocation():
                file_id = query.location.id
            case types.InputPeerPhotoFileLocation():
                file_id = query.location.photo_id
            case _:
                raise RpcError(400, "LOCATION_INVALID")
        data = files.part(call.world.db, file_id, query.offset, query.limit)
        return types.upload.File(type=types.storage.FileUnknown(), mtime=0, bytes=data)

    return group
