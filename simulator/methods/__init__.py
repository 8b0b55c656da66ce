"""The API's methods, one file a namespace of Telegram's."""

from collections.abc import Callable

from simulator.keys import KeyStore
from simulator.methods import (
    auth,
    bots,
    channels,
    contacts,
    forum,
    payments,
    photos,
    queries,
    reading,
    service,
    updates,
    upload,
    users,
    writing,
)
from simulator.rpc import Methods


def all_methods(keys: KeyStore, host: str, port: Callable[[], int]) -> Methods:
    """Every method the server knows; `host` and `port` are what help.getConfig tells clients.

    The port is known only once the socket is bound.
    """
    methods = Methods()
    for each in (
        auth.methods(keys),
        bots.methods(),
        channels.methods(),
        contacts.methods(),
        forum.methods(),
        payments.methods(),
        photos.methods(),
        queries.methods(),
        reading.methods(),
        service.methods(host, port),
        updates.methods(),
        upload.methods(),
        users.methods(),
        writing.methods(),
    ):
        methods.include(each)
    return methods
