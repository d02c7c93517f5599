"""The hostile programs of attacks/: what each is expected to come to, and within which bounds it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_graph.sandbox import Limits

MiB = 1 << 20
SMALL = Limits(
    wall_s=10, cpu_s=10, cpus=1, memory=160 * MiB, pids=32, nofile=256, disk=32 * MiB, tmp=12 * MiB, shm=12 * MiB,
    file=24 * MiB, files=2000, depth=30, out_kill=4 * MiB,
)  # fmt: skip
FINE = "out/fine.txt"


@dataclass(frozen=True)
class Attack:
    """One program. It proves that it ran by at least `tries` reports, and may end with one of `statuses` only.

    In a `session` it is the first of two steps, ended after `wall_s`; the second is witness.py, which has to speak
    for itself. `collect` leaves the sandbox, but nothing except `exports` may be in it. `plants` lie in the tree
    beforehand ("-> " begins a link). `refused`: it must not even start, and the error says so.
    """

    kind: str  # the class of attack
    program: str
    tries: int
    statuses: tuple[str, ...] = ("ok",)
    bounds: Mapping[str, float] = field(default_factory=dict)
    session: bool = False
    collect: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    plants: Mapping[str, str] = field(default_factory=dict)
    sockets: bool = False
    refused: str = ""


_LATE = ("timeout",)
_AT_HOME = "'prologue.py' in open('/proc/self/cmdline').read()"
_PLANT = f"import tell\ntell.said('planted code in the prologue', {_AT_HOME})\n"
_RESOURCE = (
    _PLANT + "import sys\nsys.path[:] = [path for path in sys.path if path not in ('/src', '/work')]\n"
    "del sys.modules['resource']\nimport resource\n"
)
_PLANTED = {"sitecustomize.py": _PLANT, "usercustomize.py": _PLANT, "resource.py": _RESOURCE}
_BITES = ("model.pkl", "bomb.xml", "bomb.gz", "deep.json", "formula.csv", "script.sh")
_TRAPS = ("-rf", "..hidden", " lead", "a\\..\\..\\b", "CON", "quote'\"$(touch bitten)`", "%2e%2e%2f", "{{ 7 * 7 }}")

ATTACKS: tuple[Attack, ...] = (
    Attack("a01", "a01_host_files", 25),
    Attack("a02", "a02_environment", 5),
    Attack("a03", "a03_inherited_files", 21),
    Attack("a04", "a04_network", 18),
    Attack("a05", "a05_unix_sockets", 9),
    Attack("a05", "a05_socket_in_mount", 1, sockets=True, refused="socket, pipe or device"),
    Attack("a06", "a06_writes", 35),
    Attack("a07", "a07_forks", 2),
    Attack("a08", "a08_orphans", 2),
    Attack("a09", "a09_threads", 2),
    Attack("a10", "a10_memory", 1, ("ok", "memory", "exit")),
    Attack("a11", "a11_memory_of_many", 1, ("ok", "memory"), bounds={"memory": 512 * MiB}),
    Attack("a12", "a12_uncounted_memory", 1, ("ok", "memory"), bounds={"memory": 512 * MiB}),
    Attack("a13", "a13_small_folders", 12, bounds={"memory": 400 * MiB}),
    Attack("a14", "a14_disk", 2, ("ok", "disk")),
    Attack("a15", "a15_files", 1, ("files",)),
    Attack(
        "a16", "a16_sparse", 10, ("ok",), collect=("out/long", "out"), exports=tuple(f"out/many{n}" for n in range(8))
    ),
    Attack("a17", "a17_flood", 1, ("output",)),
    Attack("a18", "a18_signals", 1, _LATE, {"wall_s": 0.7}),
    Attack("a19", "a19_daemon", 1),
    Attack("a20", "a20_output_holder", 1),
    Attack("a21", "a21_other_processes", 14),
    Attack("a22", "a22_outer_program", 9),
    Attack("a23", "a23_links", 1, collect=("out", "elsewhere/secret.txt", "absent"), exports=(FINE,)),
    Attack("a23", "a23_race", 1, collect=("out",), exports=("out/result",)),
    Attack("a24", "a24_depth", 1, ("depth",)),
    Attack("a25", "a25_keyring", 5),
    Attack("a26", "a26_mounts", 19),
    Attack("a26", "a26_handles", 6),
    Attack("a27", "a27_namespaces", 18),
    Attack("a28", "a28_kernel", 22),
    Attack("a29", "a29_foreign_calls", 2),
    Attack("a30", "a30_setuid", 14),
    Attack("a31", "a31_terminal", 10),
    Attack("a31", "a31_core", 4),
    Attack("a32", "a32_planted", 1, env={"PYTHONPATH": "/src"}, plants=_PLANTED),
    Attack("a33", "a33_payloads", 9, collect=("out",), exports=tuple(f"out/{name}" for name in _BITES)),
    Attack("a34", "a34_processor", 1, bounds={"cpus": 0.1}),
    Attack("a35", "a35_processor_time", 1, ("cpu",), {"cpu_s": 1}),
    Attack("a36", "a36_pipes", 3),
    Attack("a37", "a37_knowledge", 17),
    Attack("a38", "a38_special_results", 3, collect=("out",), exports=(FINE, "out/unreadable", "out/locked/inside")),
    Attack("a39", "a39_hidden_disk", 2, ("ok", "disk")),
    Attack("a40", "a40_mapped_disk", 2, ("ok", "disk")),
    Attack("report", "b01_forge_report", 20, session=True),
    Attack("driver", "b02_kill_driver", 15, session=True),
    Attack("driver", "b03_stop_everything", 1, session=True, bounds={"wall_s": 0.7}),
    Attack("driver", "b04_kill_everything", 1, session=True),
    Attack("later steps", "b05_poison_steps", 7, session=True),
    Attack("report", "b06_lookalike", 1, session=True),
    Attack("flood", "b07_step_flood", 1, session=True),
    Attack("a18", "b08_dead_leader", 1, _LATE, {"wall_s": 0.7}),
    Attack("a20", "b09_closed_files", 1),
    Attack("signs", "b10_control_signs", 2, collect=("out",)),
    Attack("names", "b11_names", 15, collect=("out",), exports=tuple(f"out/{name}" for name in _TRAPS)),
    Attack("names", "b12_many_results", 1, collect=("out",)),
    Attack("limits", "b13_limits", 28),
    Attack("a07", "b21_zombies", 1),
    Attack("a36", "b14_kernel_objects", 8),
    Attack("ipc", "b15_ipc", 4),
    Attack("a30", "b16_process_settings", 10),
    Attack("a38", "b17_devices", 19),
    Attack("a06", "b18_link_to_the_old_root", 1, plants={"data": "-> /oldroot{home}", "work": "-> /oldroot{home}"}),
    Attack("a01", "b19_mount_escape", 16),
    Attack("a18", "b20_killed_by_itself", 1, ("signal",)),
    Attack("a06", "b22_shared_bytes", 5),
)
"""Every program, with what it has to come to."""
BY_NAME = {attack.program: attack for attack in ATTACKS}
SAMPLE = (
    "a01_host_files", "a02_environment", "a04_network", "a06_writes", "a07_forks", "a10_memory", "a14_disk",
    "a19_daemon", "a23_links", "a27_namespaces", "a30_setuid", "b01_forge_report", "b02_kill_driver",
    "b05_poison_steps",
)  # fmt: skip
