"""Lets its first thread end while others go on: neither dead nor alive."""

import ctypes
import threading
import time

from tell import said


def on() -> None:
    time.sleep(8)
    said("outlived its time", True)


said("begins", False)
threading.Thread(target=on).start()
ctypes.CDLL(None).syscall(ctypes.c_long(60), ctypes.c_long(0))
