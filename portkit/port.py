"""Port files: what about a driver family cannot be derived from its source (docs/port-files.md).

`drivers-in/<family>.toml`.  A module without one is translated all the same, with what can be derived.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError


@dataclass(frozen=True)
class Drop:
    """A file, function or macro that is left out, with the reason."""

    kind: str               # file, function
    name: str
    why: str


@dataclass(frozen=True)
class Bound:
    """Bounds of a tunable."""

    minimum: int
    maximum: int


@dataclass
class Port:
    family: str
    folder: Path                                    # in the FreeBSD tree
    dest: Path                                      # in the gate
    modules: tuple[str, ...] = ()
    title: str = ""
    drops: list[Drop] = field(default_factory=list)
    rows: Path | None = None                        # the port file itself, when it holds [[rule]] rows
    conf: dict[str, dict[str, Any]] = field(default_factory=dict)       # driver -> driver.conf settings
    tunables: dict[str, Bound] = field(default_factory=dict)
    path: Path | None = None
    rules: list[dict[str, Any]] = field(default_factory=list)


_FAMILY = {"name": str, "folder": str, "dest": str, "title": str, "modules": list}


def load_port(path: Path) -> Port:
    """Read a port file; PortkitError with the line where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise PortkitError(f"cannot read the port file: {reason}", file=path,
                           hint="docs/port-files.md has the format") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise PortkitError(f"not TOML: {re.sub(r' .at line.*', '', str(error))}", file=path,
                           line=int(found.group(1)) if found else len(text.splitlines()) or 1,
                           hint="docs/port-files.md has the format") from error
    return _Reader(path, text).read(data)


class _Reader:
    """Checks the tables of one port file, and knows the lines they stand on."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.splitlines()

    def fail(self, message: str, line: int) -> PortkitError:
        return PortkitError(message, file=self.path, line=line, hint="docs/port-files.md has the format")

    def header(self, name: str, number: int = 0) -> int:
        """The line of the n-th table header that starts with a name."""
        found = [line for line, text in enumerate(self.lines, 1)
                 if re.match(rf"\s*\[+\s*{re.escape(name)}\s*[\].]", text)]
        return found[min(number, len(found) - 1)] if found else 1

    def key(self, name: str) -> int:
        return next((line for line, text in enumerate(self.lines, 1)
                     if re.match(rf"\s*{re.escape(name)}\s*=", text)), 1)

    def read(self, data: dict[str, Any]) -> Port:
        known = {"family", "drop", "driver", "tunable", "rule"}
        for key in data:
            if key not in known:
                raise self.fail(f"unknown table [{key}]: known are {', '.join(sorted(known))}", self.header(key))
        family = data.get("family")
        if not isinstance(family, dict):
            raise self.fail("a port file needs [family] with name and folder", 1)
        for key in ("name", "folder"):
            if not isinstance(family.get(key), str):
                raise self.fail(f"[family] needs `{key} = \"...\"`", self.header("family"))
        for key, value in family.items():
            if key not in _FAMILY:
                raise self.fail(f"unknown key `{key}` in [family]", self.key(key))
            if not isinstance(value, _FAMILY[key]) or (
                    key == "modules" and not all(isinstance(word, str) for word in value)):
                raise self.fail(f"`{key}` has a value of the wrong type", self.key(key))
        name = family["name"]
        port = Port(name, Path(family["folder"]), Path(family.get("dest", f"usr/src/uts/intel/io/{name}")),
                    tuple(family.get("modules", ())), str(family.get("title", name)), path=self.path)
        for number, row in enumerate(self._rows(data, "drop")):
            port.drops.append(self._drop(row, self.header("drop", number)))
        port.conf = {key: dict(value) for key, value in self._tables(data, "driver")}
        for key, bounds in self._tables(data, "tunable"):
            port.tunables[key] = self._bound(key, bounds)
        port.rules = self._rows(data, "rule")
        port.rows = self.path if port.rules else None
        return port

    def _rows(self, data: dict[str, Any], key: str) -> list[dict[str, Any]]:
        rows = data.get(key, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self.fail(f"[[{key}]] is a list of tables", self.header(key))
        return rows

    def _tables(self, data: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
        tables = data.get(key, {})
        if not isinstance(tables, dict) or not all(isinstance(value, dict) for value in tables.values()):
            raise self.fail(f"[{key}] holds tables, one a name: [{key}.NAME]", self.header(key))
        return list(tables.items())

    def _drop(self, row: dict[str, Any], line: int) -> Drop:
        kind = next((word for word in ("file", "function") if isinstance(row.get(word), str)), "")
        if not kind or not isinstance(row.get("why"), str) or not row["why"]:
            raise self.fail("a [[drop]] entry needs `file` or `function`, and `why`", line)
        return Drop(kind, row[kind], row["why"])

    def _bound(self, key: str, bounds: dict[str, Any]) -> Bound:
        values = (bounds.get("min", 0), bounds.get("max", 2**31 - 1))
        if not all(isinstance(value, int) for value in values) or set(bounds) - {"min", "max"}:
            raise self.fail(f"[tunable.{key}] has min and max, both integers", self.header("tunable." + key))
        return Bound(*values)


def find_port(modules: list[str], places: list[Path]) -> Port | None:
    """The port file that lists one of the modules."""
    for place in places:
        for path in sorted(place.glob("*.toml")):
            port = load_port(path)
            if set(modules) & set(port.modules):
                return port
    return None


def derived_port(sources: list[Path], modules: tuple[str, ...]) -> Port:
    """What holds for a family without a port file: its folder is the one below sys/dev that its sources share."""
    folder = sources[0].parent
    for source in sources[1:]:
        while folder not in source.parents:
            folder = folder.parent
    parts = folder.parts
    if parts[:2] == ("sys", "dev") and len(parts) > 3:
        folder = Path(*parts[:3])
    name = folder.name
    return Port(name, folder, Path("usr/src/uts/intel/io") / name, modules, name)
