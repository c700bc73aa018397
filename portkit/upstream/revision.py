"""Takes a revision of FreeBSD's kernel out of a git repository, without a work tree of git's."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from ..errors import PortkitError

# Parts of sys/ that no amd64 module reads: other machines, device trees, and firmware images in text form.
NOT_NEEDED = re.compile(
    rb"sys/(?:arm|arm64|mips|powerpc|riscv|sparc64|pc98|ia64|gnu/dts|dts|contrib/device-tree)/|.*\.(?:uu|dts|dtsi)$")


def is_repository(place: Path) -> bool:
    return (place / ".git").exists() or ((place / "objects").is_dir() and (place / "HEAD").is_file())


def head_commit(place: Path) -> str | None:
    """The commit that a checkout stands at, or None where it is no git work tree or there is no git."""
    if not (place / ".git").exists() or shutil.which("git") is None:
        return None
    done = git(place, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    return done.stdout.decode().strip() or None


def extract(repository: Path, revision: str) -> tuple[Path, str]:
    """Write sys/ of a revision into a new temporary folder; return that folder and the commit's full name.

    A repository that was copied without some of its objects still works: such files are left out.
    """
    if shutil.which("git") is None:
        raise PortkitError("git is not installed, so no revision can be read", file=repository,
                           hint="install git, or give a checkout")
    if not is_repository(repository):
        raise PortkitError("is not a git repository, so it has no revision to choose", file=repository,
                           hint="leave --rev out for a plain checkout")
    named = git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    commit = named.stdout.decode().strip().splitlines()[-1:]
    if named.returncode != 0 or not commit:
        raise PortkitError(f"has no revision {revision}", file=repository,
                           hint="a branch, a tag or a commit: `git log --all --oneline' shows them")
    listing = git(repository, "ls-tree", "-r", "-z", "--full-tree", commit[0], "--", "sys")
    if listing.returncode != 0:
        raise PortkitError(f"cannot list {revision}: {listing.stderr.decode(errors='replace').strip()}",
                           file=repository, hint="the repository may lack objects: fetch it again")
    entries = []
    for entry in listing.stdout.split(b"\0"):
        meta, _, path = entry.partition(b"\t")
        if meta.split()[1:2] == [b"blob"] and not NOT_NEEDED.match(path) and b".." not in path.split(b"/"):
            entries.append((meta.split()[0], meta.split()[2], path))
    if not any(path == b"sys/sys/param.h" for _, _, path in entries):
        raise PortkitError(f"revision {revision} is not a FreeBSD source tree: it holds no sys/sys/param.h",
                           file=repository)
    folder = Path(tempfile.mkdtemp(prefix="portkit-tree-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        _write(repository, entries, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, commit[0]


def _write(repository: Path, entries: list[tuple[bytes, bytes, bytes]], folder: Path) -> None:
    # A partial clone must not fetch what it lacks: the answer for such an object is `missing`.
    batch = subprocess.Popen(["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=git_environment())
    assert batch.stdin is not None and batch.stdout is not None
    to_git, from_git = batch.stdin, batch.stdout

    def ask() -> None:
        # From a thread: git answers before it has read every question, and a full pipe would stop both.
        try:
            to_git.write(b"".join(name + b"\n" for _, name, _ in entries))
            to_git.close()
        except BrokenPipeError:
            pass

    asker = threading.Thread(target=ask, daemon=True)
    asker.start()
    made: set[bytes] = set()
    links: list[tuple[bytes, bytes]] = []
    try:
        for mode, _, path in entries:
            head = from_git.readline().split()
            if not head:
                raise PortkitError("git stopped before it gave every file", file=repository)
            if head[-1] == b"missing":
                continue
            data = from_git.read(int(head[2]))
            from_git.read(1)
            target = os.path.join(os.fsencode(folder), path)
            parent = os.path.dirname(target)
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            if mode == b"120000":
                links.append((target, data))
            else:
                with open(target, "wb") as file:
                    file.write(data)
    finally:
        from_git.close()
        batch.kill()
        batch.wait()
    root = os.fsencode(folder) + b"/"
    for target, data in links:          # last, so that no file is written through one; none leads outside
        if os.path.normpath(os.path.join(os.path.dirname(target), data)).startswith(root):
            os.symlink(data, target)


def git_environment() -> dict[str, str]:
    """For git to take no locks, ask nobody, fetch nothing, and speak English."""
    return {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C"}


def git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, env=git_environment(),
                          check=False)
