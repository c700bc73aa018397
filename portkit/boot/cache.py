"""Compiled objects by the content of what they were made from, kept from one run to the next.

An entry is found in two steps, as a compiler cache does it: the command line and the name of the source lead to the
lists of files that such a compilation read, each with its digest; the list that still holds leads to the object.
Everything is written beside its place and then renamed, so that two runs at once never see half a file.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LIMIT = 500 << 20           # bytes of objects that are kept
_MANIFESTS = 8              # compilations remembered of one command line


def digest(*parts: bytes | str) -> str:
    """SHA-256 of the parts, in hexadecimal; where one part ends and the next begins counts."""
    sum_ = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        sum_.update(b"%d:" % len(data))
        sum_.update(data)
    return sum_.hexdigest()


@dataclass
class Cached:
    """What a compilation left: the object (where it makes one), and facts about it."""

    key: str
    object: Path | None
    facts: dict[str, Any]


@dataclass
class Cache:
    """The folder of the cache.  All methods may be called from several threads and processes at once."""

    root: Path
    _digests: dict[tuple[str, int, int], str] = field(default_factory=dict)

    @classmethod
    def open(cls) -> Cache:
        """$XDG_CACHE_HOME/portkit or ~/.cache/portkit; a folder of this process's own where neither can be written."""
        base = os.environ.get("XDG_CACHE_HOME") or ""
        try:
            root = Path(base) if os.path.isabs(base) else Path.home() / ".cache"
            for part in ("objects", "manifests"):
                (root / "portkit" / part).mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=root / "portkit" / "objects"):
                pass
            return cls(root / "portkit")
        except (OSError, RuntimeError):
            private = tempfile.mkdtemp(prefix="portkit-cache-")
            atexit.register(shutil.rmtree, private, ignore_errors=True)
            cache = cls(Path(private))
            for part in ("objects", "manifests"):
                (cache.root / part).mkdir()
            return cache

    def file_digest(self, path: Path) -> str | None:
        """SHA-256 of a file's content; None where it cannot be read."""
        try:
            status = path.stat()
            memo = (os.fspath(path), status.st_mtime_ns, status.st_size)
            found = self._digests.get(memo)
            if found is None:
                found = self._digests[memo] = hashlib.sha256(path.read_bytes()).hexdigest()
            return found
        except OSError:
            return None

    def find(self, command: str, cwd: Path, facts: Iterable[str] = ()) -> Cached | None:
        """The object of the compilation that `command` (a digest) names, if all that it read is as it was.

        `cwd` is where relative names of files begin; `facts` are those that must be known of it.
        """
        for entry in self._manifest(command):
            try:
                key, known = entry["key"], entry["facts"]
                same = all(self.file_digest(cwd / name) == value for name, value in entry["files"])
                wants_object = entry["object"]
            except (KeyError, TypeError, ValueError):
                continue
            if not same or any(name not in known for name in facts):
                continue
            if not wants_object:
                return Cached(key, None, known)
            found = self.root / "objects" / key
            try:
                os.utime(found)         # the least recently used go first
            except OSError:
                continue
            return Cached(key, found, known)
        return None

    def store(self, command: str, cwd: Path, files: Iterable[str], began_ns: int, made: Path | None,
              facts: dict[str, Any]) -> Cached:
        """Keep what a compilation made from `files`.  Not kept: what was made while a file was being changed."""
        listed = []
        fresh = True
        for name in sorted(set(files)):
            path = cwd / name
            value = self.file_digest(path)
            if value is None or path.stat().st_mtime_ns >= began_ns:
                fresh = False
            listed.append([name, value])
        key = digest(command, json.dumps(listed))
        if not fresh:
            # The object is used once, under a name of its own.
            key = digest(key, str(began_ns), str(os.getpid()))
        place = None
        if made is not None:
            place = self.root / "objects" / key
            self._put(place, made.read_bytes())
        if fresh:
            entries = [{"key": key, "files": listed, "object": made is not None, "facts": facts}]
            entries += [entry for entry in self._manifest(command) if entry.get("key") != key]
            self._put(self._manifest_path(command), json.dumps(entries[:_MANIFESTS]).encode())
        return Cached(key, place, facts)

    def find_file(self, key: str) -> Path | None:
        """What was kept under a key that says everything about it (see put_file)."""
        found = self.root / "objects" / key
        try:
            os.utime(found)
        except OSError:
            return None
        return found

    def put_file(self, key: str, made: Path) -> Path:
        place = self.root / "objects" / key
        self._put(place, made.read_bytes())
        return place

    def prune(self, limit: int = LIMIT) -> None:
        """Remove what was not used for the longest time, until `limit` bytes are left."""
        files = []
        for folder in ("objects", "manifests"):
            for path in (self.root / folder).glob("*"):
                try:
                    status = path.stat()
                except OSError:
                    continue
                files.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files, key=lambda item: (item[0], item[2])):
            if total <= limit:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _manifest_path(self, command: str) -> Path:
        return self.root / "manifests" / f"{command}.json"

    def _manifest(self, command: str) -> list[dict[str, Any]]:
        path = self._manifest_path(command)
        try:
            entries = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return []
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def _put(self, place: Path, data: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            os.replace(name, place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def read_dependencies(text: str) -> list[str]:
    """The files that a compilation read, from the Makefile rule that -MD wrote."""
    names: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        _, colon, rest = line.partition(": ")
        if colon:
            names += _words(rest)
    return names


def _words(text: str) -> Sequence[str]:
    """Names in a Makefile rule: a backslash keeps a blank in the name, $$ is a dollar."""
    words, word, at = [], "", 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in " #\\":
            word += text[at + 1]
            at += 2
        elif text.startswith("$$", at):
            word += "$"
            at += 2
        elif text[at].isspace():
            if word:
                words.append(word)
            word = ""
            at += 1
        else:
            word += text[at]
            at += 1
    return [*words, word] if word else words
