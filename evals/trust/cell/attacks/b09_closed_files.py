"""Closes everything that it has, and works on."""

import os
import time

from tell import said

said("begins", False)
os.closerange(0, 1 << 12)
time.sleep(0.3)
os._exit(0)
