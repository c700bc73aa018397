"""The ledger, `OUT/portkit-sync.toml`: every upstream commit that touched the drivers since the port's base, and what
became of it (docs/resync.md, "The ledger").

People edit it: what they decide is obeyed, and their comments, order and layout stay (tomlkit).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from portkit.errors import PortkitError
from portkit.output import LEDGER
from portkit.resync.lock import Revision

APPLIED, PARTLY, DEFERRED, IGNORED, PENDING = STATES = ("applied", "partly", "deferred", "ignored", "pending")
SCHEMA = 1
_HINT = "docs/resync.md has the format"
_TEXTS = ("commit", "release", "title", "author", "date", "state", "reason")
_LISTS = ("files", "hunks", "conflicts")
_HEAD = """\
What upstream changed in these drivers since the port's base, and what became of it.
Yours to edit: `portkit diff` obeys the states and keeps comments (docs/resync.md).

applied   it is in the port
partly    it is, but for the `hunks` that are left out, or the `conflicts` that are yet to be resolved
deferred  it stays out until you say otherwise
ignored   it stays out for good; `reason` says why
pending   the next `portkit diff` brings it"""


@dataclass
class Entry:
    """One upstream commit, or the release where upstream's tree has no history."""

    commit: str = ""                    # full name; '' for a release
    release: str = ""
    title: str = ""
    author: str = ""
    date: str = ""                      # YYYY-MM-DD, of the commit's author
    files: list[str] = field(default_factory=list)
    state: str = PENDING
    reason: str = ""
    hunks: list[str] = field(default_factory=list)          # left out: "PATH @@ -1,2 +1,3 @@", in the commit's own diff
    conflicts: list[str] = field(default_factory=list)      # places in OUT, while they are unresolved
    line: int = 0                       # in the file; 0 for one that is not written yet

    @property
    def name(self) -> str:
        return self.commit[:12] or self.release

    @property
    def out(self) -> bool:
        """A person keeps it out."""
        return self.state in (DEFERRED, IGNORED)


class Ledger:
    """The entries, oldest first, and the document that they are written back into."""

    def __init__(self, base: Revision, entries: Iterable[Entry] = (), path: Path | None = None,
                 text: str | None = None) -> None:
        self.base = base
        self.entries = list(entries)
        self.path = path
        self._text = text

    def find(self, commit: str) -> Entry | None:
        """The entry of a commit; an entry that a person wrote may hold the beginning of its name only."""
        return next((entry for entry in self.entries if entry.commit and commit.startswith(entry.commit)), None)

    def fail(self, entry: Entry, message: str, hint: str = _HINT) -> PortkitError:
        return PortkitError(message, file=self.path or LEDGER, line=entry.line or None, hint=hint)

    @property
    def decisions(self) -> list[Entry]:
        """The entries that keep something of upstream's out."""
        return [entry for entry in self.entries if entry.out or entry.hunks]

    def dump(self) -> bytes:
        """The file's new text."""
        document = tomlkit.parse(self._text) if self._text is not None else _fresh(self.base)
        tables = document.get("change")
        if not isinstance(tables, AoT):
            if tables is not None:
                document.remove("change")
            tables = tomlkit.aot()
        present: dict[int, Table] = {}
        known = [entry for entry in self.entries if entry.line]
        for entry, written in zip(sorted(known, key=lambda item: item.line), tables.body, strict=True):
            present[id(entry)] = written
        appended = False
        for entry in self.entries:
            table = present.get(id(entry))
            if table is None:
                table = tomlkit.table()
                tables.append(table)
                table = tables.body[-1]
                appended = True
            _update(table, entry)
        if appended and "change" not in document:
            document.append("change", tables)
        return tomlkit.dumps(document).encode()


def _fresh(base: Revision) -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    for line in _HEAD.splitlines():
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    document.add(tomlkit.nl())
    document.add("schema", tomlkit.item(SCHEMA))
    table = tomlkit.table()
    table.add("revision", base.revision)
    if base.commit:
        table.add("commit", base.commit)
    document.add("base", table)
    return document


def _update(table: Table, entry: Entry) -> None:
    """Write an entry's values where they differ from what is there."""
    values: dict[str, Any] = {"commit": entry.commit, "release": entry.release, "title": entry.title,
                              "author": entry.author, "date": entry.date, "files": entry.files,
                              "state": entry.state, "reason": entry.reason, "hunks": entry.hunks,
                              "conflicts": entry.conflicts}
    for key, value in values.items():
        if not value:
            if key in table:
                table.remove(key)
        elif key not in table:
            table.add(key, _array(value) if isinstance(value, list) else value)
        elif _plain(table[key]) != value:
            table[key] = _array(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _array(values: list[str]) -> Any:
    item = tomlkit.array()
    item.extend(values)
    return item.multiline(len(values) > 1)


def load_ledger(path: Path, base: Revision) -> Ledger:
    """Read the ledger of a port; a new one where there is none.  PortkitError with the line where it is wrong."""
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return Ledger(base, path=path)
    except UnicodeDecodeError as error:
        raise PortkitError("is not UTF-8 text", file=path, line=path.read_bytes()[:error.start].count(b"\n") + 1,
                           hint=_HINT) from error
    except OSError as error:
        raise PortkitError(f"cannot be read: {error.strerror}", file=path) from error
    try:
        data = tomllib.loads(text)
        tomlkit.parse(text)
    except (tomllib.TOMLDecodeError, tomlkit.exceptions.ParseError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise PortkitError(f"not TOML: {re.sub(r' [(]?at (line|end).*', '', str(error))}", file=path,
                           line=int(found.group(1)) if found else len(text.splitlines()) or 1,
                           hint=_HINT) from error
    return _Reader(path, text).read(data, base)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.lines = text.splitlines()
        self.headers = [number for number, line in enumerate(self.lines, 1)
                        if re.match(r"\s*\[\[\s*[\"']?change[\"']?\s*\]\]", line)]

    def fail(self, message: str, line: int = 1) -> PortkitError:
        return PortkitError(message, file=self.path, line=line, hint=_HINT)

    def key_line(self, header: int, key: str) -> int:
        """The line of a key below a header, or the header's."""
        for number in range(header, len(self.lines)):
            if re.match(r"\s*\[\[?\s*\w", self.lines[number]):
                break
            if re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", self.lines[number]):
                return number + 1
        return header

    def read(self, data: dict[str, Any], base: Revision) -> Ledger:
        if data.get("schema", SCHEMA) != SCHEMA:
            raise self.fail(f"has schema {data['schema']}; this portkit knows {SCHEMA}",
                            self.key_line(0, "schema") or 1)
        for key in data:
            if key not in ("schema", "base", "change"):
                line = next((number for number, text in enumerate(self.lines, 1)
                             if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}\b", text)), 1)
                raise self.fail(f"unknown key `{key}`: known are schema, base and change", line)
        rows = data.get("change", [])
        if not isinstance(rows, list) or len(rows) != len(self.headers) or \
                not all(isinstance(row, dict) for row in rows):
            raise self.fail("the changes are tables, one a commit: [[change]]",
                            next((number for number, text in enumerate(self.lines, 1) if "change" in text), 1))
        entries: list[Entry] = []
        for row, header in zip(rows, self.headers, strict=True):
            entry = self._entry(row, header)
            twin = next((other for other in entries if (other.commit, other.release) ==
                         (entry.commit, entry.release)), None)
            if twin is not None:
                raise self.fail(f"{entry.name} stands in line {twin.line} already", header)
            entries.append(entry)
        return Ledger(base, entries, self.path, self.text)

    def _entry(self, row: dict[str, Any], header: int) -> Entry:
        for key, value in row.items():
            line = self.key_line(header, key)
            if key not in (*_TEXTS, *_LISTS):
                raise self.fail(f"unknown key `{key}`", line)
            if key in _TEXTS and not isinstance(value, str):
                raise self.fail(f"`{key}` is a text", line)
            if key in _LISTS and not (isinstance(value, list) and all(isinstance(word, str) for word in value)):
                raise self.fail(f"`{key}` is a list of texts", line)
        entry = Entry(**row, line=header)
        if bool(entry.commit) == bool(entry.release):
            raise self.fail("a change has a commit or a release, one of them", header)
        if entry.commit and not re.fullmatch(r"[0-9a-f]{7,64}", entry.commit):
            raise self.fail(f"`{entry.commit}` is not a commit's name: 7 or more of its hexadecimal digits",
                            self.key_line(header, "commit"))
        if entry.state not in STATES:
            raise self.fail(f"unknown state `{entry.state}`: one of {', '.join(STATES)}",
                            self.key_line(header, "state"))
        if entry.state == IGNORED and not entry.reason.strip():
            raise self.fail("an ignored change needs a reason", self.key_line(header, "state"))
        if entry.state == PARTLY and not entry.hunks and not entry.conflicts:
            raise self.fail("a change that is partly applied names the hunks that are left out",
                            self.key_line(header, "state"))
        if entry.hunks and entry.state != PARTLY:
            raise self.fail(f"hunks are left out of a change that is partly applied, and this one is {entry.state}",
                            self.key_line(header, "hunks"))
        for hunk in entry.hunks:
            if not HUNK.fullmatch(hunk):
                raise self.fail(f"`{hunk}` is not a hunk: PATH @@ -1,2 +1,3 @@", self.key_line(header, "hunks"))
        return entry


HUNK = re.compile(r"(?P<path>\S.*?) @@ -(?P<a>\d+)(?:,(?P<b>\d+))? \+(?P<c>\d+)(?:,(?P<d>\d+))? @@")

__all__ = ["APPLIED", "DEFERRED", "HUNK", "IGNORED", "LEDGER", "PARTLY", "PENDING", "STATES", "Entry", "Ledger",
           "load_ledger"]
