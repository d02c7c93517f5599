"""A machine that can't hold a sandbox: nothing is run, and the message says why and what helps."""

import os
from pathlib import Path

import pytest

from agent_graph.errors import SandboxSetupError, SandboxUnavailable
from agent_graph.sandbox import Policy, Sandbox, available, describe

MESSAGES = {
    "bwrap: Creating new namespace failed: Operation not permitted": "CAP_SYS_ADMIN",
    "bwrap: Creating new namespace failed: No space left on device": "max_user_namespaces=15000",
    "bwrap: No permissions to creating new namespace, likely because the kernel does not allow": "seccomp=unconfined",
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted": "systempaths=unconfined",
    "bwrap: setting up uid map: Permission denied": "apparmor_restrict_unprivileged_userns=0",
    "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted": "apparmor_restrict_unprivileged_userns=0",
}


def fake_bwrap(folder: Path, message: str) -> Path:
    path = folder / "bwrap"
    path.write_text(f'#!/bin/sh\ncat >&2 <<"END"\n{message}\nEND\nexit 1\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("message", "remedy"), MESSAGES.items())
def test_a_host_that_forbids_namespaces_runs_nothing_and_names_the_remedy(
    sandbox: Sandbox, tmp_path: Path, message: str, remedy: str
) -> None:
    marker = tmp_path / "marker"
    broken = Sandbox(sandbox.runtime, run_dir=tmp_path / "run", binary=fake_bwrap(tmp_path, message))
    with pytest.raises(SandboxUnavailable, match="NOT run") as caught:
        broken.run(["touch", str(marker)])
    assert message in str(caught.value)
    assert remedy in str(caught.value).split("Remedy: ")[1]
    assert "\n" not in str(caught.value)
    assert not marker.exists()


def test_a_setuid_bwrap_is_refused(tmp_path: Path) -> None:
    path = fake_bwrap(tmp_path, "never asked")
    path.chmod(0o4755)
    with pytest.raises(SandboxUnavailable, match="setuid"):
        available(binary=path)


def test_a_missing_bwrap_is_named(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="No such file"):
        available(binary=tmp_path / "none")


def test_a_bwrap_that_fails_after_the_probe_is_our_error(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "bwrap"
    path.write_text('#!/bin/sh\n[ "$1" = --args ] || exit 0\necho "bwrap: broke half-way" >&2\nexit 1\n')
    path.chmod(0o755)
    broken = Sandbox(sandbox.runtime, run_dir=tmp_path / "run", binary=path)
    with pytest.raises(SandboxSetupError, match="broke half-way"):
        broken.run(["true"])


def test_a_control_that_is_required_and_does_not_hold_stops_the_run(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxUnavailable, match="memory is held by"):
        sandbox.run(["true"], Policy(require={"memory": "hypervisor"}))


def test_what_is_no_virtual_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailable, match="no virtual environment"):
        Sandbox(tmp_path, run_dir=tmp_path / "run").run(["true"])


def test_a_run_folder_that_others_could_write_to_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(SandboxUnavailable, match="writable by you only"):
        Sandbox(sandbox.runtime, run_dir=tmp_path / "open").run(["true"])


def test_what_holds_on_this_machine_is_described(sandbox: Sandbox) -> None:
    facts = describe()
    assert facts["available"] is True
    assert sandbox.run(["true"]).enforced == facts["enforced"]


def test_a_host_that_cannot_is_described_without_an_error(tmp_path: Path) -> None:
    facts = describe(fake_bwrap(tmp_path, "bwrap: setting up uid map: Permission denied"))
    assert facts["available"] is False
    assert "AppArmor" in str(facts["why"])


def test_nothing_is_left_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(3):
        sandbox.run(["true"])
    assert set(os.listdir("/proc/self/fd")) == before
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["0.lock"]
    assert list(Path("/sys/fs/cgroup").glob(f"*/agent-graph-*-{os.getpid()}")) == []
