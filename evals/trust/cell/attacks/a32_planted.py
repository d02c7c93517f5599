"""Is what remains after modules were planted where trusted code could import them."""

import sys

from tell import said

said("alone", False, sys.path)
