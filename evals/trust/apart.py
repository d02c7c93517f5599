"""Work in a process of its own, from which nothing comes back but how it ended."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable


def apart(do: Callable[[], object]) -> int:
    """Do it in a fork, whose threads (polars starts some at the first use) end with it; 0 when it raised nothing."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        do()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)
