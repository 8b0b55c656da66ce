"""help.*: what a client asks first."""

import time
from collections.abc import Mapping
from typing import Any

from pyrogram.raw import functions, types

from simulator.wire.tl import Object
from simulator.world.calls import Call, Methods

# Limits and periods that clients expect to be there; the values are Telegram's.
LIMITS: dict[str, Any] = {
    "chat_size_max": 200,
    "megagroup_size_max": 200_000,
    "forwarded_count_max": 100,
    "online_update_period_ms": 210_000,
    "offline_blur_timeout_ms": 5_000,
    "offline_idle_timeout_ms": 30_000,
    "online_cloud_timeout_ms": 300_000,
    "notify_cloud_delay_ms": 30_000,
    "notify_default_delay_ms": 1_500,
    "push_chat_period_ms": 60_000,
    "push_chat_limit": 2,
    "edit_time_limit": 172_800,
    "revoke_time_limit": 2_147_483_647,
    "revoke_pm_time_limit": 2_147_483_647,
    "rating_e_decay": 2_419_200,
    "stickers_recent_limit": 200,
    "channels_read_media_period": 604_800,
    "call_receive_timeout_ms": 20_000,
    "call_ring_timeout_ms": 90_000,
    "call_connect_timeout_ms": 30_000,
    "call_packet_timeout_ms": 10_000,
    "caption_length_max": 1_024,
    "message_length_max": 4_096,
}


def methods(host: str, ports: Mapping[int, int]) -> Methods:
    """The methods; `ports` are those of the data centres, by number."""
    group = Methods()

    @group.on(functions.help.GetConfig)
    async def get_config(call: Call, _query: functions.help.GetConfig) -> Object:
        now = int(time.time())
        return types.Config(
            date=now,
            expires=now + 3600,
            test_mode=False,
            this_dc=call.session.data_centre,
            dc_options=[
                types.DcOption(id=number, ip_address=host, port=port, ipv6=":" in host)
                for number, port in ports.items()
            ],
            webfile_dc_id=next(iter(ports)),
            dc_txt_domain_name="",
            me_url_prefix="https://t.me/",
            **LIMITS,
        )

    return group
