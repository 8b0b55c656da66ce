"""The embedded ClickHouse's configuration: its users, their rights and limits, its own logs."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

from local.clickhouse_engine import STATEMENTS

DATABASE = "vitrina"

# Table engines that keep their data in the server; none that reads files, URLs or other servers.
_TABLE_ENGINES = (
    "MergeTree",
    "ReplacingMergeTree",
    "SummingMergeTree",
    "AggregatingMergeTree",
    "CollapsingMergeTree",
    "Memory",
    "Null",
    # Of a database with replicas, which the embedded server itself cannot have.
    "ReplicatedMergeTree",
    "ReplicatedReplacingMergeTree",
    "ReplicatedSummingMergeTree",
)

_CONFIG = """<clickhouse>
  <logger>
    <level>error</level>
    <async>0</async>
    <console>1</console>
    <console_log_level>error</console_log_level>
  </logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{port}</http_port>
  <timezone>UTC</timezone>
  <users_config>users.xml</users_config>
  <max_connections>512</max_connections>
  <max_concurrent_queries>100</max_concurrent_queries>
  <max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>268435456</mark_cache_size>
  <asynchronous_metrics_update_period_s>60</asynchronous_metrics_update_period_s>
  <memory_worker_period_ms>1000</memory_worker_period_ms>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <partition_by>toYYYYMM(event_date)</partition_by>
    <ttl>event_date + INTERVAL 7 DAY DELETE</ttl>
    <flush_interval_milliseconds>30000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
"""

# The grants of services: rows, partitions and their own staging tables. Only `schema`, the user of
# `vitrina migrate`, may drop or change a table.
_WRITING = "SELECT, INSERT, ALTER UPDATE, ALTER DELETE, OPTIMIZE, CREATE TABLE"

# chDB's own table function looks for a Python variable, which ends the server's process.
_SAFETY = "<allow_python_table_function>0</allow_python_table_function>"

# The form of the official server's users.xml. The engine logs itself in as `default` without a
# password, from 127.0.0.1, and reads this file only once. So that nobody else can use `default`, it
# may only do what the engine's own script does, and its quota allows that only once.
_USERS = """<clickhouse>
  <profiles>
    <default>{safety}</default>
    <vitrina>{safety}
      <async_insert>0</async_insert>
      <max_memory_usage>1500000000</max_memory_usage>
      <max_bytes_before_external_group_by>750000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>750000000</max_bytes_before_external_sort>
    </vitrina>
    <panel>{safety}
      <readonly>2</readonly>
      <max_execution_time>30</max_execution_time>
      <max_memory_usage>1000000000</max_memory_usage>
      <max_result_rows>100000</max_result_rows>
      <max_bytes_before_external_group_by>500000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>500000000</max_bytes_before_external_sort>
      <constraints>
        <max_execution_time><min>1</min><max>3600</max></max_execution_time>
        <max_memory_usage><min>1</min><max>2000000000</max></max_memory_usage>
        <readonly><const/></readonly>
      </constraints>
    </panel>
    <analyst>{safety}
      <readonly>2</readonly>
      <max_execution_time>600</max_execution_time>
      <max_memory_usage>1500000000</max_memory_usage>
      <max_threads>2</max_threads>
      <priority>10</priority>
      <max_bytes_before_external_group_by>750000000</max_bytes_before_external_group_by>
      <max_bytes_before_external_sort>750000000</max_bytes_before_external_sort>
      <constraints>
        <max_execution_time><min>1</min><max>3600</max></max_execution_time>
        <max_memory_usage><min>1</min><max>1500000000</max></max_memory_usage>
        <readonly><const/></readonly>
      </constraints>
    </analyst>
  </profiles>
  <quotas>
    <default/>
    <engine>
      <interval>
        <duration>1000000000</duration>
        <queries>{engine_queries}</queries>
      </interval>
    </engine>
  </quotas>
  <users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>engine</quota>
      <grants>
        <query>GRANT CREATE DATABASE ON {database}.*</query>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
        <query>GRANT READ ON FILE</query>
      </grants>
    </default>
    <vitrina>
      <password_sha256_hex>{password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>vitrina</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT {writing} ON {database}.*</query>
        <query>GRANT DROP TABLE ON {database}.staging_*</query>
        <query>GRANT SELECT ON system.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
        <query>GRANT SYSTEM FLUSH LOGS ON *.*</query>{engine_grants}{writing_there}
      </grants>
    </vitrina>
    <schema>
      <password_sha256_hex>{schema_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>vitrina</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT ALL ON {database}.*</query>
        <query>GRANT CLUSTER ON *.*</query>
        <query>GRANT SELECT ON system.*</query>{engine_grants}{changing_there}
      </grants>
    </schema>
    <panel>
      <password_sha256_hex>{panel_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>panel</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT SELECT ON {database}.*</query>
        <query>GRANT SELECT ON system.parts</query>{reading_there}
      </grants>
    </panel>
    <analyst>
      <password_sha256_hex>{analyst_password}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>analyst</profile>
      <quota>default</quota>
      <default_database>{database}</default_database>
      <grants>
        <query>GRANT SELECT ON {database}.*</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>{reading_there}
      </grants>
    </analyst>
  </users>
</clickhouse>
"""


@dataclass(frozen=True, slots=True)
class ClickHouseOptions:
    """With `also_in`, a pattern of databases' names, the users have the same rights there as in
    `vitrina`, and the writing user may also truncate and drop any table there: for tests."""

    data_dir: Path
    port: int
    password: str
    schema_password: str
    panel_password: str
    analyst_password: str
    also_in: str = ""

    @property
    def url(self) -> str:
        return self._url("vitrina", self.password)

    @property
    def schema_url(self) -> str:
        return self._url("schema", self.schema_password)

    @property
    def panel_url(self) -> str:
        return self._url("panel", self.panel_password)

    @property
    def analyst_url(self) -> str:
        return self._url("analyst", self.analyst_password)

    def _url(self, user: str, password: str) -> str:
        return f"http://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{DATABASE}"


def _grants(grants: tuple[str, ...]) -> str:
    return "".join(f"\n        <query>{escape(grant)}</query>" for grant in grants)


def write_configuration(options: ClickHouseOptions, folder: Path) -> None:
    """config.xml and users.xml, readable by their owner alone."""

    def there(rights: str) -> str:
        return _grants((f"GRANT {rights} ON {options.also_in}.*",) if options.also_in else ())

    files = {
        "config.xml": _CONFIG.format(port=options.port),
        "users.xml": _USERS.format(
            password=hashlib.sha256(options.password.encode()).hexdigest(),
            schema_password=hashlib.sha256(options.schema_password.encode()).hexdigest(),
            panel_password=hashlib.sha256(options.panel_password.encode()).hexdigest(),
            analyst_password=hashlib.sha256(options.analyst_password.encode()).hexdigest(),
            database=DATABASE,
            safety=_SAFETY,
            writing=_WRITING,
            engine_queries=len(STATEMENTS),
            engine_grants=_grants(
                tuple(f"GRANT TABLE ENGINE ON {name}" for name in _TABLE_ENGINES)
            ),
            writing_there=there(
                f"{_WRITING}, DROP TABLE, TRUNCATE, ALTER CONSTRAINT, ALTER TTL, SYSTEM MERGES"
            ),
            changing_there=there("ALL"),
            reading_there=there("SELECT"),
        ),
    }
    for name, text in files.items():
        file = folder / name
        file.touch(mode=0o600)
        file.write_text(text)
