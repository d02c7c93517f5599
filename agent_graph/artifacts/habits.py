"""How people write their files where that isn't the plain way: facts, decided once over all rows."""

from __future__ import annotations

from agent_graph.artifacts.value import Artifact


class Rewriting(Artifact):
    """One step towards the plain form of a cell: where `where` is found, every `what` becomes the text `by`.

    Regular expressions of the part that Rust, RE2 and Python share; no groups are referred to.
    """

    where: str  # "" in every cell
    what: str
    by: str


class Spelling(Artifact):
    """One way to write a value: `folded` is the cell without outer blanks, in small letters."""

    folded: str
    meant: str


class Example(Artifact):
    """A cell of the user's and its plain form; None: it means a missing value."""

    cell: str
    plain: str | None


class Written(Artifact):
    """How the cells of one column are written. A plain cell stays what it is, so it does no harm to apply it twice."""

    missing: tuple[str, ...] = ()  # texts that mean "missing" in this column
    rewrite: tuple[Rewriting, ...] = ()  # in this order
    spellings: tuple[Spelling, ...] = ()
    sentinels: tuple[float, ...] = ()  # numbers that mean "missing"
    says: tuple[str, ...] = ()  # for people, a sentence each
    examples: tuple[Example, ...] = ()  # for the generated project's tests


class Layout(Artifact):
    """Lines of a text table that are no rows: what stands before and below the header's names, and after the data."""

    before: int  # lines before the header, in the first file
    header: tuple[tuple[str, ...], ...]  # the header's records as they stand, with a line of units
    names: tuple[str, ...]  # the columns' names that come of them
    units: tuple[str, ...]  # of each column; () when there is no line of units
    after: int  # lines after the data, in all files
    fewest: int  # filled cells of a row
    says: tuple[str, ...] = ()
