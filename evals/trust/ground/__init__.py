"""What parts of the measurement share: a small run, and processes in which it can come to an end."""

STATEMENT = "We run a phone company. Which customers will leave next month?"
