"""What makes up a kernel module: read from a modules file (`--modules FILE`) or from portkit.json."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError

KINDS = ("drv", "misc")


@dataclass(frozen=True)
class ModuleSpec:
    """One kernel module.  Paths are relative to the source directory.

    `depends_on` names other modules the way ld(1) -N does: `misc/scsi`, `drv/sd`.  `conf` is the driver's
    driver.conf(5) file and `aliases` are what add_drv(8) -i would be given: booting reads them, compiling does not.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    include_dirs: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    conf: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The module as a dependency names it, below /kernel: `drv/sd`."""
        return f"{self.kind}/{self.name}"


def load_modules_toml(file: Path) -> list[ModuleSpec]:
    """The modules that FILE describes: `[[module]]` tables with name, kind, sources, include_dirs, defines,
    depends_on, and what booting reads, conf and aliases.

    PortkitError with file and line for anything that does not fit.
    """
    try:
        raw = Path(file).read_bytes()
    except OSError as error:
        raise PortkitError(f"cannot read the modules file: {error.strerror}", file=file) from None
    try:
        text = raw.decode("utf-8")
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise PortkitError("not UTF-8 text", file=file,
                           line=raw[: error.start].count(b"\n") + 1) from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at line (\d+), column \d+\)|\(at end of document\)", str(error))
        line = int(where[1]) if where and where[1] else text.count("\n") + 1
        message = re.sub(r" \(at .*\)", "", str(error))
        raise PortkitError(f"not valid TOML: {message}", file=file, line=line) from None
    lines = _TableLines(text)
    for key in data:
        if key != "module":
            raise PortkitError(f"unknown key {key!r}", file=file, line=lines.of_top(key),
                               hint="the file holds [[module]] tables")
    tables = data.get("module")
    if not isinstance(tables, list) or not tables:
        raise PortkitError("no [[module]] in it", file=file,
                           hint='write [[module]] with name = "...", kind = "drv", sources = ["a.c"]')
    specs = []
    for number, table in enumerate(tables):
        if not isinstance(table, dict):
            raise PortkitError("module is not a table", file=file, line=lines.of_top("module"),
                               hint="write [[module]]")
        try:
            specs.append(_spec(table, toml=True))
        except _Bad as error:
            raise PortkitError(str(error), file=file, line=lines.of(number, error.key)) from None
    _check_unique(specs, file, lines)
    return specs


def modules_from_portkit_json(out: Path) -> list[ModuleSpec]:
    """The modules of a port, as OUT/portkit.json lists them."""
    file = Path(out) / "portkit.json"
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise PortkitError("no portkit.json here", file=out, hint="run portkit translate first, or give "
                           "--source DIR --modules FILE") from None
    except OSError as error:
        raise PortkitError(f"cannot read it: {error.strerror}", file=file) from None
    except UnicodeDecodeError:
        raise PortkitError("not UTF-8 text", file=file) from None
    except json.JSONDecodeError as error:
        raise PortkitError(f"not valid JSON: {error.msg}", file=file, line=error.lineno) from None
    tables = data.get("modules") if isinstance(data, dict) else None
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise PortkitError("it lists no modules", file=file)
    try:
        specs = [_spec(table, toml=False) for table in tables]
    except _Bad as error:
        raise PortkitError(str(error), file=file) from None
    _check_unique(specs, file, None)
    return specs


class _Bad(Exception):
    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


_LIST_KEYS = ("sources", "include_dirs", "defines", "depends_on", "aliases")


def _spec(table: dict[str, Any], *, toml: bool) -> ModuleSpec:
    """One module; with `toml`, keys that the format does not have are errors (portkit.json holds more)."""
    if toml:
        for key in table:
            if key not in ("name", "kind", "conf", *_LIST_KEYS):
                raise _Bad(f"unknown key {key!r} in [[module]]", key)
    name, kind = table.get("name"), table.get("kind")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_.+-]+", name):
        raise _Bad("a module needs name = \"...\" (letters, digits, _ . + -)", "name")
    if kind not in KINDS:
        raise _Bad(f"module {name}: kind must be \"drv\" or \"misc\", not {kind!r}", "kind")
    lists: dict[str, tuple[str, ...]] = {}
    for key in _LIST_KEYS:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise _Bad(f"module {name}: {key} must be a list of strings", key)
        lists[key] = tuple(value)
    if not lists["sources"]:
        raise _Bad(f"module {name} has no sources", "sources")
    for dependency in lists["depends_on"]:
        if not re.fullmatch(r"[\w.+-]+(/[\w.+-]+)+", dependency):
            raise _Bad(f"module {name}: depends_on names a module with its folder, like "
                       f"\"misc/{dependency}\"", "depends_on")
    conf = table.get("conf")
    if conf is not None and (not isinstance(conf, str) or not conf):
        raise _Bad(f"module {name}: conf must be the path of a driver.conf file", "conf")
    return ModuleSpec(name, str(kind), conf=conf, **lists)


def _check_unique(specs: Iterable[ModuleSpec], file: Path, lines: _TableLines | None) -> None:
    seen: set[str] = set()
    for number, spec in enumerate(specs):
        if spec.name in seen:
            raise PortkitError(f"two modules are called {spec.name}", file=file,
                               line=lines.of(number, "name") if lines else None)
        seen.add(spec.name)


class _TableLines:
    """Line numbers of the [[module]] tables and their keys: the TOML reader of the library keeps none."""

    def __init__(self, text: str) -> None:
        self.top: dict[str, int] = {}
        self.tables: list[tuple[int, dict[str, int]]] = []
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r"\s*\[\[\s*module\s*\]\]", line):
                self.tables.append((number, {}))
            elif match := re.match(r"\s*\[+\s*([\w-]+)", line):
                self.top.setdefault(match[1], number)
            elif match := re.match(r"\s*([\w-]+)\s*=", line):
                keys = self.tables[-1][1] if self.tables else self.top
                keys.setdefault(match[1], number)

    def of_top(self, key: str) -> int | None:
        return self.top.get(key)

    def of(self, number: int, key: str | None) -> int | None:
        """The line of `key` in the table of that number, or of the table's head."""
        if number >= len(self.tables):
            return None
        head, keys = self.tables[number]
        return keys.get(key, head) if key else head
