"""What code may name: modules that it imports, names and attributes that it uses. Lists, and a walk over the tree."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

STANDARD = ("collections", "datetime", "functools", "itertools", "math", "re", "statistics", "string", "typing",
            "unicodedata", "zlib")  # fmt: skip
NUMERIC = ("numpy", "pandas", "scipy")
PROCESSES = ("ctypes", "socket", "socketserver", "ssl", "multiprocessing", "subprocess", "pty", "builtins", "code",
             "codeop", "marshal", "runpy", "importlib", "imp", "pkgutil", "webbrowser", "ftplib", "smtplib", "http",
             "urllib", "xmlrpc", "poplib", "imaplib", "pickle", "shelve", "gc", "inspect", "sys", "os", "site",
             "signal", "resource", "mmap", "fcntl", "telnetlib", "nntplib")  # fmt: skip
EVALUATING = frozenset(["eval", "exec", "compile", "__import__", "breakpoint", "input", "globals", "locals", "vars"])
REACHING = frozenset(
    ["open", "getattr", "setattr", "delattr", "dir", "print", "help", "exit", "quit", "memoryview", "super"]
)
CHANGING = {"hash": "differs between processes", "id": "differs between processes"}
OUTSIDE = frozenset(
    ["os", "sys", "io", "subprocess", "socket", "importlib", "builtins", "ctypes", "ctypeslib", "f2py", "lib",
     "testing", "system", "popen", "load", "loads", "loadtxt", "genfromtxt", "fromfile", "fromregex", "memmap",
     "save", "savez", "savez_compressed", "savetxt", "tofile", "dump", "dumps", "open_memmap", "DataSource", "eval",
     "query", "exec_module", "load_library", "base", "as_strided", "stride_tricks"]
)  # fmt: skip
CONVERSIONS = frozenset(["to_numpy", "to_numeric", "to_datetime", "to_timedelta", "to_list", "to_frame"])
UNSTEADY = {
    "random": "is different every time",
    "now": "depends on the clock",
    "today": "depends on the clock",
    "utcnow": "depends on the clock",
    "setflags": "changes an input for everybody after it",
    "lru_cache": "keeps state between rows",
    "cache": "keeps state between rows",
}
NOT_PLAIN = (ast.AsyncFunctionDef, ast.ClassDef, ast.Yield, ast.YieldFrom, ast.Await)
HARMLESS_DUNDERS = frozenset(["__name__", "__doc__", "__len__", "__init__", "__post_init__", "__all__", "__version__"])


@dataclass(frozen=True)
class Fence:
    """A set of limits. `steady`: the code is a function of its arguments and nothing else."""

    modules: frozenset[str]
    names: frozenset[str]
    steady: bool

    def with_libraries(self, libraries: Collection[str]) -> Fence:
        """The same with further modules."""
        return replace(self, modules=self.modules | frozenset(libraries))

    def faults(self, tree: ast.AST) -> list[str]:
        """What lies outside, in words; the same code gives the same words wherever it stands."""
        return [fault for node in ast.walk(tree) for fault in self._of(node)]

    def _of(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (fault for alias in node.names for fault in self._module(alias.name))
        elif isinstance(node, ast.ImportFrom):
            yield from self._from(node)
        elif isinstance(node, ast.Name):
            yield from self._named(node.id)
        elif isinstance(node, ast.Attribute):
            yield from self._attribute(node)
        elif isinstance(node, ast.While) and _never_ends(node):
            yield "a loop without break, return or raise can never end"
        elif self.steady and isinstance(node, ast.Global | ast.Nonlocal):
            yield "global and nonlocal keep state between rows"
        elif self.steady and isinstance(
            node, ast.AsyncFunctionDef | ast.ClassDef | ast.Yield | ast.YieldFrom | ast.Await
        ):
            yield "a plain function is wanted: no class, yield or await"

    def _module(self, name: str) -> Iterator[str]:
        if name.split(".")[0] not in self.modules:
            known = sorted(self.modules - set(sys.stdlib_module_names))
            if name.split(".")[0] not in sys.stdlib_module_names:
                yield f"import of {name}: no such dependency here; there are {', '.join(known)}"
            elif self.steady:
                yield f"import of {name} isn't allowed here; of the standard library there are {', '.join(STANDARD)}"
            else:
                yield f"import of {name} isn't allowed here: it reaches outside the project"
        elif self.steady:
            yield from (fault for part in name.split(".")[1:] for fault in self._reached(part))

    def _from(self, node: ast.ImportFrom) -> Iterator[str]:
        if node.level or node.module is None:
            yield "relative imports aren't used in this project; name the package"
            return
        yield from self._module(node.module)
        for alias in node.names:
            if alias.name == "*":
                yield f"from {node.module} import * hides what is used; name it"
            yield from self._reached(alias.name) if self.steady else ()

    def _named(self, name: str) -> Iterator[str]:
        if name in self.names:
            yield f"{name}() isn't allowed here"
        elif self.steady and name in CHANGING:
            yield f"{name}() {CHANGING[name]}"
        elif name.startswith("__") and name.endswith("__") and name not in HARMLESS_DUNDERS:
            yield f"{name} isn't allowed here"

    def _attribute(self, node: ast.Attribute) -> Iterator[str]:
        name = node.attr
        if name.startswith("__") and name.endswith("__") and name not in HARMLESS_DUNDERS:
            yield f".{name} reaches behind Python's back"
        if not self.steady:
            return
        if name.startswith("_"):
            yield f".{name} is private"
        elif isinstance(node.ctx, ast.Store | ast.Del):
            yield f"assignment to .{name} keeps state or changes an input; work on a copy"
        yield from self._reached(name)

    def _reached(self, name: str) -> Iterator[str]:
        """An attribute or imported name of a function that must depend on its arguments alone."""
        files = name.startswith(("read_", "to_")) and name not in CONVERSIONS
        if name in OUTSIDE or files:
            yield f".{name} reaches outside the function; it may use its arguments only"
        elif name in UNSTEADY:
            yield f".{name} {UNSTEADY[name]}"


def _never_ends(loop: ast.While) -> bool:
    """`while True` with no way out."""
    ways_out = (ast.Break, ast.Return, ast.Raise, ast.Yield)
    return (
        isinstance(loop.test, ast.Constant)
        and bool(loop.test.value)
        and not any(isinstance(node, ways_out) for statement in loop.body for node in ast.walk(statement))
    )


_STDLIB = frozenset(sys.stdlib_module_names) - frozenset(PROCESSES)
FUNCTIONS = Fence(frozenset((*STANDARD, *NUMERIC, "__future__")), EVALUATING | REACHING, steady=True)
MODULES = Fence(_STDLIB, EVALUATING, steady=False)
