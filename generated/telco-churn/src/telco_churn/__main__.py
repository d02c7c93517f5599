"""`python -m telco_churn COMMAND`."""

import sys

from telco_churn.cli import main

if __name__ == "__main__":
    sys.exit(main())
