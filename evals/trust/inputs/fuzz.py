"""A fuzzed reader: files with bytes flipped, cut, put in and repeated end with a profile or one line, never else."""

from __future__ import annotations

import gzip
import io
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from evals.trust.ground import child
from evals.trust.inputs.case import table
from evals.trust.lines import Line, Say, timed

BATCH = 50  # mutants of one child
SECONDS = 20.0  # one mutant may take
WEIRD = (b"\x00", b'"', b"\n", b"\r", b",", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"1e999", b"-", b"\x1f\x8b", b"PAR1",
         b"nan", b"\xf0\x9f", b"{", b"}", b"\\", b"9" * 40, b"\xe2\x80\xae")  # fmt: skip


def sources() -> dict[str, bytes]:
    """Valid files, by name."""
    plain = table(60, day=lambda k: f"2024-0{k % 9 + 1}-{k % 28 + 1:02d}", note=lambda k: f'"a, {k}\n""b"""')
    small = pl.read_csv(io.StringIO(plain), try_parse_dates=True)
    nested = small.with_columns(parts=pl.concat_list("tenure", "bill"), whole=pl.struct("plan", "day"))
    return {
        "csv/plain.csv": plain.encode(),
        "csv/semicolons.csv": table(60).replace(",", ";").replace("a", "ä").encode("latin-1"),
        "csv/wide.csv": table(60).encode("utf-16"),
        "csv/packed.csv.gz": gzip.compress(plain.encode()),
        "csv/lines.jsonl": small.write_ndjson().encode(),
        "parquet/plain.parquet": _parquet(small, "snappy"),
        "parquet/packed.parquet": _parquet(small, "zstd"),
        "parquet/nested.parquet": _parquet(nested, "uncompressed"),
        "parquet/levels.parquet": _parquet(small.with_columns(pl.col("plan").cast(pl.Categorical)), "lz4"),
    }


def _parquet(frame: pl.DataFrame, compression: str) -> bytes:
    made = io.BytesIO()
    frame.write_parquet(made, compression=compression)  # type: ignore[arg-type]
    return made.getvalue()


def mutant(valid: bytes, dice: random.Random) -> bytes:
    """The bytes with one to four changes, often near the beginning or the end, where formats keep what matters."""
    made = bytearray(valid)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        where = dice.choice((dice.randrange(64), len(made) - dice.randrange(1, 200), dice.randrange(len(made) + 1)))
        where = min(max(where, 0), len(made))
        match dice.randrange(7):
            case 0 | 1 | 2 if where < len(made):
                made[where] ^= 1 << dice.randrange(8)
            case 3:
                del made[where : where + dice.choice((1, 7, len(made)))]
            case 4:
                made[where:where] = dice.choice(WEIRD)
            case 5:
                made[where:where] = made[where : where + dice.randint(1, 60)] * dice.choice((1, 3, 200))
            case _:
                made[where : where + 4] = dice.randbytes(4)
    return bytes(made)


def mutants(kind: str, first: int, last: int) -> Iterator[tuple[str, bytes]]:
    """Mutants of one kind by number, always the same: a name for the file and its bytes. The first are unchanged."""
    known = [(name, valid) for name, valid in sources().items() if name.startswith(kind)]
    for number in range(first, last):
        name, valid = known[number % len(known)]
        dice = random.Random(f"{name} {number}")  # noqa: S311 (no secret)
        yield f"{number}-{Path(name).name}", mutant(valid, dice) if number >= len(known) else valid


def read_all(kind: str, first: int, last: int) -> None:
    """In the child: read every mutant and print how each ended. A mutant that takes too long ends the process."""
    from agent_graph import profiling
    from agent_graph.artifacts import Profile
    from agent_graph.errors import BadInput

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for name, content in mutants(kind, first, last):
        Path(name).write_bytes(content)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            profile = profiling.profile([name])
            again = Profile.model_validate_json(profile.model_dump_json())
            said = "profile" if again == profile else "a profile that its JSON doesn't give back"
        except BadInput as error:
            said = "refused" if "\n" not in str(error) else f"a refusal of several lines: {error}"
        except Exception as error:  # what is looked for
            said = f"{type(error).__name__}: {error}"
        signal.setitimer(signal.ITIMER_REAL, 0)
        Path(name).unlink()
        sys.stdout.write(f"{name}\t{' '.join(said.split())}\n")
        sys.stdout.flush()


def endings(kind: str, first: int, last: int) -> list[tuple[str, str]]:
    """How each mutant of a range ended; one that took its process with it is named, and the others go on."""
    found: list[tuple[str, str]] = []
    names = [name for name, _ in mutants(kind, first, last)]
    while len(found) < len(names):
        with tempfile.TemporaryDirectory(prefix="trust-fuzz-") as folder:
            wait = SECONDS * (last - first)
            ended = child.run(read_all, (kind, first + len(found), last), Path(folder), wait)
        found += [(name, said) for name, _, said in (line.partition("\t") for line in ended.out.splitlines())]
        if len(found) < len(names):
            last_words = ended.err.strip().splitlines()[-1:] or [""]
            found.append((names[len(found)], f"took its process with it: {_death(ended.code)} {last_words[0][:200]}"))
    return found


def _death(code: int | None) -> str:
    if code == -signal.SIGALRM or code is None:
        return f"hung for {SECONDS:.0f} s"
    return f"signal {-code}" if code < 0 else f"exit {code}"


def fuzzed(kind: str, number: int, say: Say) -> Line:
    """The line of one kind of file."""
    with (
        timed(Line("inputs", f"mutants of {kind} files: a profile or one line")) as line,
        ThreadPoolExecutor(2) as pool,
    ):
        starts = range(0, number, BATCH)
        profiles, unchanged = 0, sum(name.startswith(kind) for name in sources())  # these have to be read
        for found in pool.map(lambda start: endings(kind, start, min(start + BATCH, number)), starts):
            for name, said in found:
                profiles += said == "profile"
                line.saw(name, None if said in ("profile", "refused")[: 1 + (line.of >= unchanged)] else said[:300])
            say(f"{line.of} of {number} mutants of {kind} files, {len(line.faults)} faults")
        line.figures = f"{profiles} read, {line.held - profiles} refused"
    return line


def both(number: int, say: Say) -> Sequence[Line]:
    """CSV (with its kin: gzip, JSON lines) and Parquet, half of the mutants each."""
    return [fuzzed(kind, number // 2, say) for kind in ("csv", "parquet")]
