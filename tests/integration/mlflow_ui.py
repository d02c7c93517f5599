"""`mlflow ui` on the traces of an installation."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def opened(state: Path) -> Iterator[str]:
    """The server's address while it runs; `state` is the folder of runs, caches and traces."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = f"sqlite:///{state / 'traces' / 'mlflow.db'}"
    words = ["ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command = [str(Path(sys.executable).with_name("mlflow")), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:  # blocks until the server says that it is up, or ends
            said.append(line)
            if "startup complete" in line:
                break
        try:
            assert process.poll() is None, "".join(said)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def only_trace(address: str) -> Any:
    """The one trace that the server shows, as MLflow's own client reads it."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=address)
    experiment = client.get_experiment_by_name("agent-graph")
    assert experiment is not None
    (trace,) = client.search_traces(locations=[experiment.experiment_id])
    return trace
