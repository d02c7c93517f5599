"""A container engine on this machine, docker or podman: is it there, does it run anything, and the words it is told."""

import contextlib
import functools
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agent_graph.errors import SandboxSetupError, SandboxUnavailable

Kind = Literal["docker", "podman"]
_ASK_S, _DO_S = 20, 120
_WORD = "ran"  # what a trivial container says
# What an engine's client needs to find its daemon and its folders. Nothing else of ours: it may hold keys.
_ENV = ("PATH", "HOME", "USER", "LANG", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR")
_ENV_PREFIXES = ("XDG_", "DOCKER_", "CONTAINER")
# Mount points and their modes: runc gives a tmpfs the mode of the folder that it covers, whatever it is told.
_FOLDERS = dict.fromkeys(("proc", "dev", "sys", "src", "sbx", "runtime", "etc", "usr"), 0o755)
_FOLDERS |= {"work": 0o777, "tmp": 0o1777, "home": 0o1777}
_LINKS = ("lib", "lib64", "lib32", "bin", "sbin")
_START = {
    "docker": "start the daemon (sudo systemctl start docker), and join its group to use it without root",
    "podman": "see what `podman info` says",
}


@dataclass(frozen=True)
class Engine:
    """An engine that answered. `rootless`: it runs as this user, and has no rights beyond theirs."""

    kind: Kind
    binary: Path
    version: str
    rootless: bool

    def call(self, *words: str, given: bytes = b"", seconds: float = _DO_S) -> str:
        """What it says. SandboxSetupError with its complaint when it fails, or takes longer than so many seconds."""
        try:
            ended = _ask([str(self.binary), *words], seconds, given)
        except subprocess.TimeoutExpired:
            raise SandboxSetupError(f"{self.kind} {words[0]} took more than {seconds:g} s") from None
        if ended.returncode:
            raise SandboxSetupError(f"{self.kind} {words[0]} failed: {_last_line(ended.stderr)}")
        return ended.stdout.decode("utf-8", "replace")

    def remove(self, name: str) -> None:
        """End and forget a container, if there is one. A slow engine is left to it: nothing in there lives by now."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            _ask([str(self.binary), "rm", "--force", "--volumes", name], _DO_S)

    def image(self) -> str:
        """The image that every cell starts from: empty folders and links, made here, pulled from nowhere."""
        archive = empty_image()
        name = f"localhost/agent-graph-cell:{hashlib.sha256(archive).hexdigest()[:16]}"
        if _ask([str(self.binary), "image", "inspect", name], _ASK_S).returncode:
            self.call("import", "-", name, given=archive)
        return name


def client_env() -> dict[str, str]:
    """The part of our environment that an engine's client may see."""
    return {key: value for key, value in os.environ.items() if key in _ENV or key.startswith(_ENV_PREFIXES)}


def _ask(command: Sequence[str], seconds: float, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command, input=given, capture_output=True, env=client_env(), cwd="/", timeout=seconds, check=False
    )


def find_engine(kind: Kind, binary: Path | None = None) -> Engine:
    """The engine, if it can hold a cell for this user; else SandboxUnavailable. Asked once a process."""
    found = binary or shutil.which(kind)
    if found is None:
        raise _unavailable(kind, f"{kind} is not on PATH", f"install {kind}")
    return _find(kind, Path(found))


@functools.cache
def _find(kind: Kind, binary: Path) -> Engine:
    try:
        ended = _ask([str(binary), "info", "--format", "{{json .}}"], _ASK_S)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise _unavailable(kind, f"`{kind} info` gave no answer: {problem}", _START[kind]) from None
    if ended.returncode:
        raise _unavailable(kind, _last_line(ended.stderr), _START[kind])
    try:
        facts = json.loads(ended.stdout)
        engine = _judge_podman(binary, facts) if kind == "podman" else _judge_docker(binary, facts)
    except (ValueError, KeyError, TypeError) as problem:
        raise _unavailable(kind, f"`{kind} info` makes no sense: {problem!r}", f"is this really {kind}?") from None
    _prove(engine)
    return engine


def _prove(engine: Engine) -> None:
    """Let a trivial container run: an engine that answers may still be unable to start any."""
    remedy = f"see what `{engine.kind} run` says of its control groups and its runtime, and mend those"
    try:
        said = engine.call(*_trivial(engine.image()), seconds=_ASK_S)
    except (OSError, subprocess.TimeoutExpired, SandboxSetupError) as problem:
        raise _unavailable(engine.kind, f"it answers, but a trivial container didn't run: {problem}", remedy) from None
    if said.strip() != _WORD:
        raise _unavailable(engine.kind, f"a trivial container said {said.strip()[:80]!r} instead of {_WORD!r}", remedy)


def _trivial(image: str) -> list[str]:
    """What an engine is told to run: one word said by this system's own `echo`, which is shown to it read-only."""
    echo = os.path.realpath(shutil.which("echo") or "/usr/bin/echo")
    shown = [path for path in ("/usr", "/bin", *(f"/{name}" for name in _LINKS)) if os.path.isdir(path)]
    binds = [f"type=bind,source={path},target={path},readonly" for path in shown if not os.path.islink(path)]
    words = ["run", "--rm", "--pull", "never", "--network", "none", "--cap-drop", "ALL", "--log-driver", "none"]
    return [*words, *(word for bind in dict.fromkeys(binds) for word in ("--mount", bind)), image, echo, _WORD]


def _judge_docker(binary: Path, facts: dict[str, Any]) -> Engine:
    options = " ".join(facts["SecurityOptions"] or ())
    for word, what in (("name=rootless", "rootless docker"), ("name=userns", "docker's userns-remap")):
        if word in options:  # either gives the program a uid whose files this user can't read
            raise _unavailable("docker", f"{what} is not supported", "use rootless podman, or bwrap")
    if facts["OSType"] != "linux" or "Docker Desktop" in str(facts.get("OperatingSystem")):
        raise _unavailable("docker", "the daemon has a kernel of its own", "use a daemon on this very machine")
    return Engine("docker", binary, str(facts["ServerVersion"]), rootless=False)


def _judge_podman(binary: Path, facts: dict[str, Any]) -> Engine:
    host = facts["host"]
    if host.get("serviceIsRemote"):
        raise _unavailable("podman", "this podman is the client of another machine", "use podman on a Linux host")
    return Engine("podman", binary, str(facts["version"]["Version"]), rootless=bool(host["security"]["rootless"]))


def _last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][-500:] if lines else "it said nothing"


def _unavailable(kind: str, why: str, remedy: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"no {kind} sandbox on this machine, so generated code was NOT run: {why}. Remedy: {remedy}; "
        "or choose --sandbox bwrap, the default"
    )


def empty_image() -> bytes:
    """A tar of mount points, and of this system's links between /lib and /usr/lib; the same bytes each time."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode in sorted(_FOLDERS.items()):
            archive.addfile(_entry(name, tarfile.DIRTYPE, mode))
        for name in sorted(_LINKS):
            if os.path.islink(f"/{name}"):
                link = _entry(name, tarfile.SYMTYPE, 0o777)
                link.linkname = os.readlink(f"/{name}")
                archive.addfile(link)
    return data.getvalue()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, mode
    return entry
