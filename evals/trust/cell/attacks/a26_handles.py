"""Opens files by handle, which no mount can hide."""

import ctypes

from tell import HOST, call, refused, said

handle = (ctypes.c_uint32 * 40)(128, 0)
mount = ctypes.c_int()
refused("name_to_handle_at", 303, -100, b"/work", ctypes.byref(handle), ctypes.byref(mount), 0)
value, problem = call(304, -100, ctypes.byref(handle), 0)
said("open_by_handle_at", value >= 0 or problem not in ("EPERM", "ENOSYS"), problem)
refused("userfaultfd", 323, 1)
refused("fanotify", 300, 0, 0)
refused("lookup_dcookie", 212, 0, 0, 0)
said("asked for", False, HOST["secret"])
