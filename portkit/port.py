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
    names: dict[str, str] = field(default_factory=dict)                 # FreeBSD module -> illumos module
    path: Path | None = None
    rules: list[dict[str, Any]] = field(default_factory=list)


def load_port(path: Path) -> Port:
    """Read a port file; PortkitError with the line where it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise PortkitError(f"not TOML: {error}", file=path, line=int(found.group(1)) if found else None,
                           hint="docs/port-files.md has the format") from error
    except (OSError, UnicodeDecodeError) as error:
        raise PortkitError(f"cannot read the port file: {error}", file=path) from error
    family = data.get("family")
    if not isinstance(family, dict) or not all(isinstance(family.get(key), str) for key in ("name", "folder")):
        raise PortkitError("a port file needs [family] with name and folder", file=path, line=1,
                           hint="docs/port-files.md has the format")
    known = {"family", "drop", "driver", "tunable", "rule"}
    for key in data:
        if key not in known:
            raise PortkitError(f"unknown table [{key}]", file=path, line=_line(text, key),
                               hint=f"known: {', '.join(sorted(known))}")
    name = family["name"]
    port = Port(name, Path(family["folder"]), Path(family.get("dest", f"usr/src/uts/intel/io/{name}")),
                tuple(family.get("modules", ())), str(family.get("title", name)), path=path)
    for row in data.get("drop", []):
        kind = next((word for word in ("file", "function") if word in row), "")
        if not kind or not row.get("why"):
            raise PortkitError("a [[drop]] entry needs `file` or `function`, and `why`", file=path,
                               line=_line(text, "[drop"))
        port.drops.append(Drop(kind, str(row[kind]), str(row["why"])))
    port.conf = dict(data.get("driver", {}))
    for name, bounds in data.get("tunable", {}).items():
        port.tunables[name] = Bound(int(bounds.get("min", 0)), int(bounds.get("max", 2**31 - 1)))
    port.rules = list(data.get("rule", []))
    if port.rules:
        port.rows = path
    return port


def _line(text: str, word: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1)
                 if line.lstrip().startswith("[") and word in line), 1)


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
