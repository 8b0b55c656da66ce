"""The code server starts a run as a fork of a process in which everything is loaded."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._cli.job import _create_run
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import GrpcServerTarget

from local import ports, processes

_SECONDS = 120
# Does in the run what ours do: Polars with all its threads, and a process that is told apart.
_DEFINITIONS = """
import json, os, pathlib, sys
import dagster as dg
loaded = "pipelines.definitions" in sys.modules

@dg.op
def look() -> None:
    import polars as pl
    frame = pl.DataFrame({"a": [number % 7 for number in range(200_000)]})
    sums = frame.group_by("a").len().sort("a")["len"].to_list()
    parent = pathlib.Path(f"/proc/{os.getppid()}/cmdline").read_text()
    found = {"pid": os.getpid(), "parent": parent, "loaded": loaded, "rows": sum(sums)}
    pathlib.Path(os.environ["FOUND"]).write_text(json.dumps(found))

@dg.job(executor_def=dg.in_process_executor)
def looking() -> None:
    look()

@dg.op
def fail() -> None:
    os._exit(7)

@dg.job(executor_def=dg.in_process_executor)
def failing() -> None:
    fail()

defs = dg.Definitions(jobs=[looking, failing])
"""


@pytest.fixture(name="instance")
def own_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@pytest.fixture(name="port")
def code_server(tmp_path: Path) -> Iterator[int]:
    port, file = ports.free_port(), tmp_path / "toy.py"
    file.write_text(_DEFINITIONS)
    argv = [sys.executable, "-m", "pipelines.code_server", "--python-file", str(file)]
    argv += ["--host", "127.0.0.1", "--port", str(port), "--location-name", "toy"]
    variables = {"DAGSTER_HOME": str(tmp_path), "FOUND": str(tmp_path / "found")}
    with subprocess.Popen(
        argv, env=os.environ | variables, cwd=Path(__file__).parents[2], start_new_session=True
    ) as process:
        try:
            deadline = time.monotonic() + _SECONDS
            while ports.is_free(port):
                assert process.poll() is None and time.monotonic() < deadline, "it does not serve"
                time.sleep(0.1)
            yield port
        finally:
            process.kill()
            process.wait()
        assert processes.wait_gone(processes.of_session(process.pid), 20), "it left a process"


def run(instance: dg.DagsterInstance, port: int, job_name: str) -> dg.DagsterRun:
    """The run at its end."""
    target = GrpcServerTarget(host="127.0.0.1", port=port, socket=None, location_name="toy")
    with WorkspaceProcessContext(instance, target) as process_context:
        context = process_context.create_request_context()
        location = context.get_code_location("toy")
        (repository,) = location.get_repositories().values()
        job = repository.get_full_job(job_name)
        made = _create_run(
            instance,
            location,
            repository,
            job,
            run_config={},
            tags=None,
            op_selection=None,
            run_id=None,
        )
        instance.launch_run(made.run_id, context)
        deadline = time.monotonic() + _SECONDS
        while True:
            found = instance.get_run_by_id(made.run_id)
            assert found is not None and time.monotonic() < deadline, found
            if found.is_finished:
                return found
            time.sleep(0.1)


def test_runs_are_forks_of_one_process_that_has_loaded_everything(
    instance: dg.DagsterInstance, port: int, tmp_path: Path
) -> None:
    parents, pids = set(), set()
    for _ in range(2):
        assert run(instance, port, "looking").status is dg.DagsterRunStatus.SUCCESS
        found = json.loads((tmp_path / "found").read_text())
        assert found["loaded"] and found["rows"] == 200_000
        assert "forkserver" in found["parent"]
        parents.add(found["parent"])
        pids.add(found["pid"])
    assert len(parents) == 1 and len(pids) == 2
    # One that dies is said to have failed, and the next one runs.
    assert run(instance, port, "failing").status is dg.DagsterRunStatus.FAILURE
    assert run(instance, port, "looking").status is dg.DagsterRunStatus.SUCCESS
