"""Faults of disks, rights and folders: full, read-only, gone, another's, broken."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from evals.trust.faults.end import RESUME, Case, NotHere, ended
from evals.trust.faults.files import aside
from evals.trust.faults.place import Place, Said, Ways, files, limit_files
from evals.trust.faults.rights import be_ordinary
from evals.trust.ground.prints import lost


def disk_is_full(megabytes: float) -> Case:
    """A disk of that size for the state, on which a run ends somewhere; then there is room."""

    def case(place: Place) -> str | None:
        place.lay("fresh")
        state = place.home / "generated/.agent-graph"
        state.mkdir(parents=True)
        size = int(megabytes * 2**20)
        if not place.mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(state)):
            raise NotHere("nothing can be mounted here: the limit on a file's size is tried instead")
        said = place.new()
        place.mount("-o", "remount,size=256m", str(state))
        begun = (place.run_folder / "run.json").is_file()
        return ended(said, 2, r"(No space left|full).*(go on|room)", place.cli(*RESUME) if begun else place.new())

    return case


def files_may_not_grow(place: Place) -> str | None:
    place.lay("halfway")
    before = files(place.project)
    said = place.cli(*RESUME, ways=Ways(before=limit_files(4096)))
    return lost(before, files(place.project)) or ended(
        said, 2, r"(too large|can't be written|can't be used|can't be made)", place.cli(*RESUME)
    )


def temporary_disk_is_full(place: Place) -> str | None:
    place.lay("halfway")
    full = place.home / "full"
    full.mkdir()
    if not place.mount("-t", "tmpfs", "-o", "size=16k", "tmpfs", str(full)):
        raise NotHere("nothing can be mounted here")
    said = place.cli(*RESUME, ways=Ways(env={"TMPDIR": str(full)}))
    return ended(said, 2, r"full/.*No space left|No space left.*", place.cli(*RESUME))


def temporary_folder_is_absent(place: Place) -> str | None:
    place.lay("halfway")
    return ended(place.cli(*RESUME, ways=Ways(env={"TMPDIR": "/nonexistent"})), 0, "")


def _forbidden(
    place: Place, what: str, locked: Callable[[Place], Path], words: Callable[[Place, Ways], Said], pattern: str
) -> str | None:
    """Without the right to write in a folder (for root there is no such thing); then with it."""
    place.lay(what)
    before, folder = _work(place), locked(place)
    mode, ways = folder.stat().st_mode, Ways(before=be_ordinary)
    folder.chmod(0o555)
    said = words(place, ways)
    folder.chmod(mode)
    return lost(before, _work(place)) or ended(said, 2, pattern, words(place, ways))


def _work(place: Place) -> dict[str, str]:
    """The user's files; git's own may have taken up a commit of the agents."""
    return {name: digest for name, digest in files(place.project).items() if not name.startswith(".git/")}


def projects_are_read_only(place: Place) -> str | None:
    return _forbidden(place, "fresh", lambda at: at.home, lambda at, ways: at.new(ways=ways), r"home can't be written")


def project_is_read_only(place: Place) -> str | None:
    pattern = r"(generated/customers.*can't be written|Permission denied.*generated/customers)"
    return _forbidden(place, "halfway", lambda at: at.project, lambda at, ways: at.cli(*RESUME, ways=ways), pattern)


def run_folder_is_read_only(place: Place) -> str | None:
    pattern = r"runs/customers.*can't be written"
    return _forbidden(place, "halfway", lambda at: at.run_folder, lambda at, ways: at.cli(*RESUME, ways=ways), pattern)


def cache_is_read_only(place: Place) -> str | None:
    def cache(at: Place) -> Path:
        (at.cache / "profiles").mkdir(parents=True)
        (at.cache / "profiles").chmod(0o555)
        return at.cache

    def again(at: Place, ways: Ways) -> Said:
        if at.cache.stat().st_mode & 0o200:
            (at.cache / "profiles").chmod(0o755)
        return at.new("--name", "other", "--seed", "1", ways=ways)

    return _forbidden(place, "fresh", cache, again, r"cache/.*can't be written")


def run_folder_of_another_user(place: Place) -> str | None:
    if os.geteuid() != 0:
        raise NotHere("only root can make a folder another user's")
    place.lay("halfway")
    os.chown(place.run_folder, 65_534, -1)
    place.run_folder.chmod(0o700)
    said = place.cli(*RESUME, ways=Ways(before=be_ordinary))
    os.chown(place.run_folder, 0, -1)
    return ended(said, 2, r"runs/customers.*can't be", place.cli(*RESUME, ways=Ways(before=be_ordinary)))


def project_is_gone(place: Place) -> str | None:
    place.lay("halfway")
    away = place.home / "away"
    place.project.rename(away)
    said = place.cli(*RESUME)
    away.rename(place.project)
    return ended(said, 2, r"is gone|is no project any more", place.cli(*RESUME))


def project_is_a_link_to_another(place: Place) -> str | None:
    """The project's folder is a link to a repository of somebody else's: not a byte of that changes."""
    place.lay("halfway")
    away, other = place.home / "away", place.home / "other"
    place.project.rename(away)
    mine = ["git", "-c", "user.name=me", "-c", "user.email=me@example.org", "-C", str(other)]
    other.mkdir()
    (other / "mine").write_text("mine\n", encoding="utf-8")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "mine")):
        subprocess.run([*mine, *words], check=True)
    place.project.symlink_to(other)
    before = files(other)
    said = place.cli(*RESUME)
    fault = None if files(other) == before else "the other repository was written to"
    place.project.unlink()
    away.rename(place.project)
    return fault or ended(said, 2, r"another repository|has .* checked out", place.cli(*RESUME))


def git_is_broken(place: Place) -> str | None:
    place.lay("halfway")
    with aside(place.project / ".git/HEAD"):
        (place.project / ".git/HEAD").write_bytes(b"")
        said = place.cli(*RESUME)
    return ended(said, 2, r"git", place.cli(*RESUME))


def git_index_is_broken(place: Place) -> str | None:
    place.lay("halfway")
    with aside(place.project / ".git/index"):
        (place.project / ".git/index").write_bytes(b"no index")
        said = place.cli(*RESUME)
    return ended(said, 2, r"index", place.cli(*RESUME))


def no_git_identity(place: Place) -> str | None:
    place.lay("fresh")
    gone = {name: None for name in os.environ if name.startswith(("GIT_", "EMAIL"))}
    return ended(place.new(ways=Ways(env={**gone, "HOME": str(place.home), "XDG_CONFIG_HOME": None})), 0, "")


def no_home(place: Place) -> str | None:
    place.lay("fresh")
    return ended(place.new(ways=Ways(env={"HOME": None})), 0, "")


def home_cannot_be_written(place: Place) -> str | None:
    place.lay("fresh")
    return ended(place.new(ways=Ways(env={"HOME": "/nonexistent/home"})), 0, "")


def names_are_too_long(place: Place) -> str | None:
    place.lay("fresh")
    folder = place.new("--out", str(place.home / ("x" * 300)))
    name = place.new("--name", "n" * 500)
    return ended(folder, 2, r"File name too long|can't be") or ended(name, 2, r"--name.*(60|long)", place.new())


CASES: dict[str, Case] = {
    "the disk is full at once": disk_is_full(0.1),
    "the disk is full after intake": disk_is_full(1),
    "the disk is full at a gate": disk_is_full(2.5),
    "no file may grow beyond 4 kB": files_may_not_grow,
    "the temporary disk is full": temporary_disk_is_full,
    "the temporary folder is absent": temporary_folder_is_absent,
    "the folder for projects is read-only": projects_are_read_only,
    "the project is read-only": project_is_read_only,
    "the run's folder is read-only": run_folder_is_read_only,
    "the cache is read-only": cache_is_read_only,
    "the run's folder is another user's": run_folder_of_another_user,
    "the project's folder is gone": project_is_gone,
    "the project's folder links to another repository": project_is_a_link_to_another,
    "git's HEAD is empty": git_is_broken,
    "git's index is garbage": git_index_is_broken,
    "git knows no name": no_git_identity,
    "there is no HOME": no_home,
    "HOME can't be written": home_cannot_be_written,
    "names are too long": names_are_too_long,
}
