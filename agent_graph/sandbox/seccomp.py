"""The system call filter, as classic BPF for `bwrap --seccomp FD` (x86_64, aarch64).

Default-allow with a deny list (Flatpak's and Docker's, merged), an allow-list of socket families, ioctl numbers
compared on their low 32 bits (CVE-2019-10063), clone3 -> ENOSYS (CVE-2021-41133), foreign ABIs killed, and every
number newer than the table -> ENOSYS.
"""

import errno
import platform
import struct
from collections.abc import Iterable

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_OFFSET_NR, _OFFSET_ARCH = 0, 4
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEWEST = 470  # the last number this table was written for
_X32_BIT = 0x40000000

Numbers = tuple[int | None, int | None]  # x86_64, aarch64

# Other processes, the kernel's own state, keyrings, namespaces, mounts, clocks, modules, handles past the mounts.
_REFUSED: dict[str, Numbers] = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "syslog": (103, 116), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "uselib": (134, None),
    "ustat": (136, None), "sysfs": (139, None), "_sysctl": (156, None), "vhangup": (153, 58), "modify_ldt": (154, None),
    "nfsservctl": (180, 42), "lookup_dcookie": (212, 18), "iopl": (172, None), "ioperm": (173, None),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "move_pages": (279, 239), "migrate_pages": (256, 238),
    "set_mempolicy_home_node": (450, 450), "memfd_secret": (447, 447),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "sethostname": (170, 161), "setdomainname": (171, 162), "statmount": (457, 457), "listmount": (458, 458),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "create_module": (174, None), "init_module": (175, 105), "delete_module": (176, 106),
    "get_kernel_syms": (177, None), "query_module": (178, None), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
}  # fmt: skip

# Programs try these and fall back when the kernel seems older, so "no such call" and not "refused".
_MISSING: dict[str, Numbers] = {
    "clone3": (435, 435), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
}  # fmt: skip

# Memory that RLIMIT_DATA and polling don't see: only allowed where a memory cgroup counts it.
_UNCOUNTED: dict[str, Numbers] = {
    "memfd_create": (319, 279), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
}  # fmt: skip

_SOCKET: Numbers = (41, 198)
_SOCKETPAIR: Numbers = (53, 199)
_IOCTL: Numbers = (16, 29)
_CLONE: Numbers = (56, 220)
_PERSONALITY: Numbers = (135, 92)
_PRLIMIT: Numbers = (302, 261)

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK, _NETLINK_ROUTE = 1, 2, 10, 16, 0
_NAMESPACE_FLAGS = 0x7E020000  # every CLONE_NEW* that clone() takes
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def _refuse(number: int) -> Instruction:
    return (_RET, 0, 0, _ERRNO | number)


_LET: Instruction = (_RET, 0, 0, _ALLOW)


def _load_argument(index: int) -> Instruction:
    """The low 32 bits of an argument (little endian), as the kernel itself truncates ints."""
    return (_LOAD, 0, 0, 16 + 8 * index)


def _only(values: Iterable[int], otherwise: Instruction) -> list[Instruction]:
    """Allow when the loaded word is one of `values`, else return `otherwise`."""
    body: list[Instruction] = []
    for value in values:
        body += [(_JEQ, 0, 1, value), _LET]
    return [*body, otherwise]


def _socket_body() -> list[Instruction]:
    # A network namespace doesn't hold AF_VSOCK (before Linux 7.0), so families are an allow-list.
    no_family = _refuse(errno.EAFNOSUPPORT)
    netlink = [_load_argument(2), (_JEQ, 0, 1, _NETLINK_ROUTE), _LET, no_family]
    plain = _only((_AF_UNIX, _AF_INET, _AF_INET6), no_family)
    return [_load_argument(0), (_JEQ, 0, len(netlink), _AF_NETLINK), *netlink, *plain]


def _ioctl_body() -> list[Instruction]:
    body = [_load_argument(1)]
    for request in _TERMINAL_INJECTION:
        body += [(_JEQ, 0, 1, request), _refuse(errno.EPERM)]
    return [*body, _LET]


def _argument_rules() -> list[tuple[Numbers, list[Instruction]]]:
    refused = _refuse(errno.EPERM)
    return [
        (_CLONE, [_load_argument(0), (_JSET, 0, 1, _NAMESPACE_FLAGS), refused, _LET]),
        (_IOCTL, _ioctl_body()),
        (_SOCKET, _socket_body()),
        (_SOCKETPAIR, [_load_argument(0), *_only((_AF_UNIX,), _refuse(errno.EAFNOSUPPORT))]),
        (_PERSONALITY, [_load_argument(0), *_only(_PERSONALITIES, refused)]),
        # Its own limits only: the driver, of the same uid, would end with those that a step gave it.
        (_PRLIMIT, [_load_argument(0), *_only((0,), refused)]),
    ]


def _preamble(machine: str) -> list[Instruction]:
    kill: Instruction = (_RET, 0, 0, _KILL)
    program = [(_LOAD, 0, 0, _OFFSET_ARCH), (_JEQ, 1, 0, _AUDIT_ARCH[machine]), kill, (_LOAD, 0, 0, _OFFSET_NR)]
    if machine == "x86_64":
        program += [(_JGE, 0, 1, _X32_BIT), kill]
    return [*program, (_JGE, 0, 1, _NEWEST + 1), _refuse(errno.ENOSYS)]


def build_filter(*, memory_cgroup: bool, machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`; KeyError on a machine that it wasn't written for."""
    machine = machine or platform.machine()
    column = 0 if machine == "x86_64" else 1
    program = _preamble(machine)
    tables = [(_REFUSED, errno.EPERM), (_MISSING, errno.ENOSYS)]
    if not memory_cgroup:
        tables.append((_UNCOUNTED, errno.ENOSYS))
    for table, number in tables:
        for numbers in table.values():
            if (call := numbers[column]) is not None:
                program += [(_JEQ, 0, 1, call), _refuse(number)]
    for numbers, body in _argument_rules():
        if (call := numbers[column]) is not None:
            program += [(_JEQ, 0, len(body), call), *body]
    program.append(_LET)
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
