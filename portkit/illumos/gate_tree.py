"""An illumos gate as a git repository: its files as HEAD has them, and whether the work tree is clean.

Nothing is ever written into the gate, not even git's index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from portkit.errors import PortkitError
from portkit.upstream.revision import git_environment


def run_git(place: Path, *arguments: str, data: bytes | None = None,
            environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """git in `place`; it takes no locks, asks nobody, and speaks English."""
    if shutil.which("git") is None:
        raise PortkitError("git is not installed, and a patch series is made with it", hint="install git")
    settings = {**git_environment(), **(environment or {})}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        if name not in (environment or {}):
            settings.pop(name, None)
    return subprocess.run(["git", "-C", os.fspath(place), *arguments], input=data, capture_output=True, check=False,
                          env=settings)


@dataclass
class GateTree:
    """The files of a gate's HEAD commit; paths are relative to the top, with `/`."""

    root: Path
    commit: str
    date: int                                               # of the commit, seconds since 1970, in UTC
    author: str                                             # "Name <address>" of who makes patches here
    objects: Path                                           # the repository's object store
    format: str                                             # of its object names: sha1, sha256
    shallow: bytes                                          # commits whose parents a shallow clone does not have
    blobs: dict[str, str] = field(default_factory=dict)     # path -> object

    def __post_init__(self) -> None:
        self._read: dict[str, str] = {}
        self._folders: dict[str, list[str]] = {}
        for path in self.blobs:
            folder, _, name = path.rpartition("/")
            self._folders.setdefault(folder, []).append(name)

    def __contains__(self, path: str) -> bool:
        return path in self.blobs

    def names(self, folder: str) -> list[str]:
        """Names of the files that stand in a folder itself."""
        return self._folders.get(folder, [])

    def below(self, folder: str) -> list[str]:
        """Paths of all files below a folder."""
        return [path for path in self.blobs if path.startswith(folder + "/")]

    def text(self, path: str) -> str:
        """A file as text, each byte one character; PortkitError where the gate does not have it."""
        if path not in self.blobs:
            raise PortkitError("the gate has no such file", file=self.root / path,
                               hint="give the top of a whole illumos source tree")
        if path not in self._read:
            self.load([path])
        return self._read[path]

    def load(self, paths: Iterable[str]) -> None:
        """Read many files at once; `text` then has them."""
        wanted = [path for path in paths if path in self.blobs and path not in self._read]
        if not wanted:
            return
        done = run_git(self.root, "cat-file", "--batch", data="".join(
            f"{self.blobs[path]}\n" for path in wanted).encode())
        rest = done.stdout
        for path in wanted:
            head, _, rest = rest.partition(b"\n")
            words = head.split()
            if len(words) != 3:
                raise PortkitError("the repository lacks this file's content", file=self.root / path,
                                   hint="fetch the whole repository: a partial clone does not do")
            size = int(words[2])
            self._read[path] = rest[:size].decode("latin-1")
            rest = rest[size + 1:]


def open_gate_tree(path: Path) -> GateTree:
    """The gate at `path`; PortkitError where it is no gate, no git repository, or not clean."""
    root = Path(path)
    if not root.is_dir():
        raise PortkitError("no such directory", file=path, hint="give the top of an illumos source tree")
    if not (root / "usr/src/uts").is_dir():
        raise PortkitError("not an illumos gate: it has no usr/src/uts", file=path,
                           hint="give the top of an illumos source tree")
    inside = run_git(root, "rev-parse", "--is-inside-work-tree", "--show-prefix", "--git-path", "objects", "--git-path",
                     "shallow", "--show-object-format")
    lines = inside.stdout.decode("utf-8", "surrogateescape").split("\n")
    if inside.returncode != 0 or lines[0] != "true":
        raise PortkitError("the gate is not a git repository, so no series can be made for it", file=path,
                           hint="clone it with git, or commit this tree to a repository of its own")
    if lines[1]:
        raise PortkitError("the gate is not the top of its git repository", file=path,
                           hint="a series has paths from the top: give that")
    head = run_git(root, "log", "-1", "--format=%H %ct", "HEAD")
    if head.returncode != 0:
        raise PortkitError("the gate's repository has no commit yet", file=path, hint="commit the tree first")
    commit, date = head.stdout.decode().split()
    changed = run_git(root, "status", "--porcelain", "--untracked-files=no")
    if changed.returncode != 0 or changed.stdout.strip():
        what = changed.stdout.decode("utf-8", "replace").split("\n")
        more = f" and {len(what) - 2} more" if len(what) > 2 else ""
        raise PortkitError(f"the gate is not clean: {what[0][3:] or 'git status fails'}{more}", file=path,
                           hint="commit the changes, or put them aside with git stash")
    who = run_git(root, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    author = who.stdout.decode("utf-8", "replace").rpartition(">")[0]
    if who.returncode != 0 or not author:
        raise PortkitError("git does not know whose patches these are", file=path,
                           hint="git config user.name and user.email, in the gate or with --global")
    listing = run_git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "usr/src/uts", "usr/src/pkg", "usr/src/man")
    blobs = {}
    for entry in listing.stdout.split(b"\0"):
        meta, _, name = entry.partition(b"\t")
        words = meta.split()
        if len(words) == 3 and words[1] == b"blob":
            blobs[name.decode("utf-8", "surrogateescape")] = words[2].decode()
    shallow = root / lines[3]
    return GateTree(root, commit, int(date), author + ">", (root / lines[2]).resolve(), lines[4],
                    shallow.read_bytes() if shallow.is_file() else b"", blobs)
