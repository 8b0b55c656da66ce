"""What all hosts of a worker share."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bots.runtime.fraud_watch import FraudWatch
from bots.runtime.metrics import Metrics
from bots.runtime.server import Server
from bots.runtime.transaction_slots import Slots
from bots.sdk.loading import LoadedModule
from core.postgres import Pool
from core.secrets import KeyRing


@dataclass(frozen=True, slots=True)
class Worker:
    """The worker's name, connections, modules and limits."""

    name: str
    pool: Pool
    checkouts: Pool  # for pre-checkouts alone, which cannot wait for anybody else
    keys: KeyRing
    server: Server
    modules: Mapping[str, LoadedModule]
    slots: Slots
    metrics: Metrics
    openings: asyncio.Semaphore  # logins at once: a storm of them would time each other out
    fraud: FraudWatch
