"""Ends by a signal that it sent itself."""

import os
import signal

from tell import said

said("begins", False)
os.kill(os.getpid(), signal.SIGSEGV)
