"""`python -m evals.trust.kills --real`: one run with the real cell, which takes minutes."""

import sys

from evals.trust.kills.real import main

sys.exit(main(sys.argv[1:]))
