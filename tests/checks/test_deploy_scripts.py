"""The deployment scripts, run against a small cluster: one image everywhere, and a canary that can say three things."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent_graph import kinds, register
from agent_graph.artifacts import Stack
from agent_graph.roles.mlops import ROLE
from agent_graph.writing import rendering
from tests.roles.test_mlops import inputs, rendered

KINDS = Path(kinds.__file__).parent
OLD, NEW = "ghcr.io/shop/people:v1", "ghcr.io/shop/people:v2"
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("kubectl", "jq", "bash"))), reason="kubectl, jq or bash isn't installed"
)


class Cluster:
    """A rendered project and the cluster that its scripts talk to."""

    def __init__(self, root: Path) -> None:
        self.root, self.store, self.bin = root / "project", root / "cluster.json", root / "bin"

    def build(self) -> None:
        """Its programs, and nothing in it."""
        self.bin.mkdir()
        program = Path(__file__).with_name("cluster.py")
        for name, text in (
            ("kubectl", f'#!/bin/sh\n[ "$1" = apply ] || quick=-S\nexec "{sys.executable}" $quick "{program}" "$@"\n'),
            ("python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'),
            ("sleep", "#!/bin/sh\n"),
        ):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.write(deployments={}, cronjobs={}, requests={}, scaled=[], jobs=[], traffic={"stable": 60, "canary": 60},
                   job={"state": "Complete", "pods": [["people-job-b", 0]]})  # fmt: skip

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.store.read_text())
        return found

    def write(self, **parts: Any) -> None:
        """Change what the cluster holds."""
        before = self.state if self.store.exists() else {}
        self.store.write_text(json.dumps(before | parts))

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One script, with no program but those of the cluster in front of the usual ones."""
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "CLUSTER": str(self.store),
            "KUBECTL": str(shutil.which("kubectl")),
            "PYTHONPATH": str(self.root / "src"),
        }
        command = ["bash", str(self.root / "deploy" / "scripts" / script), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def images(self) -> set[str]:
        """What service, canary, lane green and jobs run."""
        state = self.state
        parts = {name: each["image"] for name, each in state["deployments"].items()} | state["cronjobs"]
        return {image for name, image in parts.items() if name != "people-numbers"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project with its first release in production, to be copied."""
    place, given = tmp_path_factory.mktemp("installed"), inputs()
    found = Cluster(place)
    found.build()
    facts = {**dict(given), "deployment": ROLE.playbook(given), "statement": ""}
    files = rendering.render(rendering.own("_skeleton"), facts)
    kind = register.kind_of(given.problem)
    for role in ("data_scientist", "ml_engineer"):  # what an answer is: the service's limits hold the prior to it
        for folder in rendering.folders(role, Stack(), kind):
            if folder.path.is_relative_to(KINDS):
                files |= rendering.render(folder, facts)
    for path, text in {**files, **rendered()}.items():
        (found.root / path).parent.mkdir(parents=True, exist_ok=True)
        (found.root / path).write_text(text)
    (found.root / "config" / "environments").mkdir()
    (found.root / "config" / "environments" / "prod.yaml").write_text("process: {threads: 1}\n")
    bars(found, steps_percent=[10, 25, 50], soak_s=1, wait_s=3, minimum_requests=100)
    done = found.run("apply.sh", "prod", OLD)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def cluster(installed: Path, tmp_path: Path) -> Cluster:
    """A project with its first release in production."""
    return Cluster(shutil.copytree(installed, tmp_path / "own"))


def bars(cluster: Cluster, **changes: Any) -> None:
    path = cluster.root / "config" / "serving.yaml"
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(content | {"canary": content["canary"] | changes}))


def test_a_first_installation_runs_the_given_image_everywhere_and_applying_again_keeps_it(cluster: Cluster) -> None:
    assert cluster.images() == {OLD}
    assert len(cluster.state["cronjobs"]) == 1
    assert cluster.run("apply.sh", "prod").returncode == 0
    assert cluster.images() == {OLD}


@pytest.mark.parametrize("image", ["localhost:5000/people", "people", "people:"])
def test_an_image_without_a_tag_is_refused_and_nothing_changes(cluster: Cluster, image: str) -> None:
    assert cluster.run("apply.sh", "prod", image).returncode == 2
    assert cluster.images() == {OLD}


def test_an_image_is_applied_by_digest_too(cluster: Cluster) -> None:
    image = "localhost:5000/people@sha256:" + "0a" * 32
    assert cluster.run("apply.sh", "prod", image).returncode == 0
    assert cluster.images() == {image}


def test_nothing_is_applied_while_the_lane_green_has_the_traffic(cluster: Cluster) -> None:
    cluster.write(lane="green")
    assert cluster.run("apply.sh", "prod", NEW).returncode == 1
    assert cluster.images() == {OLD}


def test_a_promoted_image_reaches_the_jobs_and_a_rollback_takes_it_from_them(cluster: Cluster) -> None:
    done = cluster.run("canary.sh", "people-prod", "image", NEW)
    assert done.returncode == 0, done.stderr
    assert cluster.images() == {NEW}
    # 10 and 25 percent of three pods are the same pod; the share told is the one that is.
    assert [scaled[1] for scaled in cluster.state["scaled"]] == [1, 2, 0]
    assert "33 percent of the traffic (10 asked)" in done.stderr
    assert cluster.run("rollback.sh", "people-prod", "image").returncode == 0
    state = cluster.state
    assert {state["deployments"]["people"]["image"], *state["cronjobs"].values()} == {OLD}


def test_steps_come_from_the_configuration(cluster: Cluster) -> None:
    bars(cluster, steps_percent=[75])
    assert cluster.run("canary.sh", "people-prod", "image", NEW).returncode == 0
    assert [scaled[1] for scaled in cluster.state["scaled"]] == [6, 0]


def test_a_worse_canary_is_sent_home_and_the_next_model_is_tried_on_the_stable_image(cluster: Cluster) -> None:
    cluster.write(broken=True)
    assert cluster.run("canary.sh", "people-prod", "image", NEW).returncode == 3
    state = cluster.state
    assert {state["deployments"]["people"]["image"], *state["cronjobs"].values()} == {OLD}
    cluster.write(broken=False, scaled=[])
    done = cluster.run("canary.sh", "people-prod", "model", "7")
    assert done.returncode == 0, done.stderr
    _, _, image, variables = cluster.state["scaled"][0]
    assert (image, variables) == (OLD, {"PEOPLE_PINNED_MODEL": "artifacts/models/7"})
    assert cluster.state["jobs"] == [["promote", "--version", "7"], ["reference"]]


def test_a_canary_waits_for_enough_requests_and_too_few_are_a_decision_of_their_own(cluster: Cluster) -> None:
    bars(cluster, steps_percent=[10], minimum_requests=150)
    waited = cluster.run("canary.sh", "people-prod", "image", NEW)  # 60 requests a second: 180 after the third
    assert (waited.returncode, waited.stderr.count("waiting up to 3 s")) == (0, 2), waited.stderr
    cluster.write(traffic={"stable": 5, "canary": 5})
    quiet = cluster.run("canary.sh", "people-prod", "image", "ghcr.io/shop/people:v3")
    assert (quiet.returncode, "not enough traffic" in quiet.stderr) == (4, True), quiet.stderr
    state = cluster.state
    assert {state["deployments"]["people"]["image"], *state["cronjobs"].values()} == {NEW}
    assert state["deployments"]["people-canary"]["replicas"] == 0


def test_a_canary_without_stable_pods_says_so(cluster: Cluster) -> None:
    cluster.write(deployments={})
    done = cluster.run("canary.sh", "people-prod", "image", NEW)
    assert (done.returncode, "first installation" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("state", "pods", "code"),
    [
        ("Complete", [["a", 1], ["b", 0]], 0),
        ("Failed", [["a", 1], ["b", 3]], 3),
        ("Failed", [["a", ""]], 1),
        ("Failed", [["a", 0]], 1),
    ],
)
def test_the_newest_pod_of_a_job_speaks_for_it(cluster: Cluster, state: str, pods: list[Any], code: int) -> None:
    cluster.write(job={"state": state, "pods": pods})
    done = cluster.run("run-job.sh", "people-prod", "evaluate")
    assert (done.returncode, f"logs of {pods[-1][0]}" in done.stdout) == (code, True), done.stderr
