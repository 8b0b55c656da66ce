"""Dagster's own storage in PostgreSQL, over connections that are kept open.

Except in its web page, Dagster opens a connection for each statement. A login costs both sides some
20 ms of processor time, which was most of the cost of the daemon and of small runs.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy
from dagster._serdes import ConfigurableClassData
from dagster_postgres.storage import DagsterPostgresStorage

from core.settings import Settings, with_password

_KEPT = 2
_MORE = 20
_RECYCLE_SECONDS = 3600


class KeptStorage(DagsterPostgresStorage):
    """For `storage: custom` of `dagster.yaml`; all instances of a process share their
    connections."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        _make_tables(postgres_url)
        super().__init__(postgres_url, should_autocreate_tables=False, inst_data=inst_data)
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            # pylint: disable-next=protected-access  # there is no setting for it
            storage._engine = _engine(postgres_url)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptStorage":
        url = with_password(config_value["postgres_url"], Settings().postgres_password)
        return cls(url, inst_data)


@lru_cache
def _make_tables(postgres_url: str) -> None:
    """Once in a process: the check costs three logins."""
    DagsterPostgresStorage(postgres_url)


@lru_cache
def _engine(postgres_url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        postgres_url,
        isolation_level="AUTOCOMMIT",
        pool_size=_KEPT,
        max_overflow=_MORE,
        # The server may have been restarted meanwhile.
        pool_pre_ping=True,
        pool_recycle=_RECYCLE_SECONDS,
    )
