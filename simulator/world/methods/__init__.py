"""The API's methods, one file a namespace of Telegram's."""

from collections.abc import Mapping

from simulator.wire.keys import KeyStore
from simulator.world.calls import Methods
from simulator.world.methods import (
    auth,
    bots,
    channels,
    contacts,
    forum,
    groups,
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


def all_methods(keys: KeyStore, host: str, ports: Mapping[int, int]) -> Methods:
    """Every method that the server knows; help.getConfig sends `host` and the data centres' `ports`
    to clients. A port is there once its socket is bound."""
    methods = Methods()
    for each in (
        auth.methods(keys),
        bots.methods(),
        channels.methods(),
        contacts.methods(),
        forum.methods(),
        groups.methods(),
        payments.methods(),
        photos.methods(),
        queries.methods(),
        reading.methods(),
        service.methods(host, ports),
        updates.methods(),
        upload.methods(),
        users.methods(),
        writing.methods(),
    ):
        methods.include(each)
    return methods
