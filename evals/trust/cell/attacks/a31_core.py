"""Dies with a core dump."""

import os
import resource

from tell import said, tried

said("allowed size", resource.getrlimit(resource.RLIMIT_CORE) != (0, 0), resource.getrlimit(resource.RLIMIT_CORE))
tried("raise it", lambda: resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20)) or True)
child = os.fork()
if child == 0:
    os.abort()
status = os.waitpid(child, 0)[1]
said("dumped", os.WCOREDUMP(status), status)
said("files", [name for name in os.listdir("/work") if name.startswith("core")])
