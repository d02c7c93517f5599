"""A package of its own, because a data package that the evaluations use installs a `tests`, too."""
