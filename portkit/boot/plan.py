"""What is booted: modules, where they lie, in which order they load, and the plan file that tells the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portkit.errors import PortkitError
from portkit.illumos.modules import ModuleSpec, load_modules_toml, modules_from_portkit_json
from portkit.illumos.sourcemap import SourceMap
from portkit.report.record import mends_of


@dataclass
class Port:
    """Modules and the folder that their paths are relative to."""

    folder: Path
    modules: list[ModuleSpec]
    gate: Path | None = None
    source_map: SourceMap | None = None
    confs: dict[str, Path] = field(default_factory=dict)        # driver.conf(5) files by module
    mends: list[dict[str, Any]] = field(default_factory=list)   # upstream's mistakes that the translation mended

    def spec(self, name: str) -> ModuleSpec:
        return next(spec for spec in self.modules if spec.name == name)


def open_port(out: Path, source: Path | None = None, modules_file: Path | None = None,
              gate: Path | None = None) -> Port:
    """The port in `out`, or the modules that `modules_file` describes below `source`.

    PortkitError for what is missing or does not fit together.
    """
    if (source is None) != (modules_file is None):
        raise PortkitError("--source and --modules go together", hint="give both, or a port's folder")
    if source is not None and modules_file is not None:
        port = Port(source, load_modules_toml(modules_file), gate)
    else:
        specs = modules_from_portkit_json(out)
        port = Port(out, specs, gate, SourceMap.load(out / "portkit.map.json"), mends=mends_of(out))
    if not port.folder.is_dir():
        raise PortkitError("no such directory", file=port.folder)
    port.folder = port.folder.resolve()
    port.modules = loading_order(port.modules)
    for spec in port.modules:
        conf = find_conf(port.folder, spec)
        if conf is not None:
            port.confs[spec.name] = conf
    return port


def loading_order(modules: Sequence[ModuleSpec]) -> list[ModuleSpec]:
    """The modules so that each comes after those it depends on, otherwise in the order given."""
    by_path = {spec.path: spec for spec in modules}
    done: list[ModuleSpec] = []
    path: list[str] = []

    def visit(spec: ModuleSpec) -> None:
        if spec in done:
            return
        if spec.path in path:
            raise PortkitError(f"modules depend on one another in a circle: {' -> '.join([*path, spec.path])}",
                               hint="the module loader loads a module after all that it depends on")
        path.append(spec.path)
        for name in spec.depends_on:
            if name in by_path:
                visit(by_path[name])
        path.pop()
        done.append(spec)

    for spec in modules:
        visit(spec)
    return done


def find_conf(folder: Path, spec: ModuleSpec) -> Path | None:
    """The driver.conf(5) file: the one that is named, or NAME.conf beside the sources, or anywhere in the folder."""
    if spec.conf is not None:
        named = folder / spec.conf
        if not named.is_file():
            raise PortkitError(f"module {spec.name}: there is no {spec.conf}", file=folder,
                               hint="conf is the path of its driver.conf file, relative to the source directory")
        return named
    if spec.kind != "drv":
        return None
    name = f"{spec.name}.conf"
    for beside in dict.fromkeys((folder / source).parent for source in spec.sources):
        if (beside / name).is_file():
            return beside / name
    return next((path for path in sorted(folder.rglob(name)) if path.is_file()), None)


def plan_text(port: Port, objects: Mapping[str, Path], aliases: Iterable[tuple[str, str]] = ()) -> str:
    """The plan file: one item a line, words separated by tabs, modules in loading order."""
    lines: list[tuple[str, ...]] = []
    for spec in port.modules:
        lines.append(("module", spec.kind, spec.name, str(objects[spec.name])))
        lines += [("depends", spec.name, name) for name in spec.depends_on]
        if spec.name in port.confs:
            lines.append(("conf", spec.name, str(port.confs[spec.name])))
        lines += [("alias", spec.name, alias) for alias in spec.aliases]
    lines += [("alias", driver, alias) for driver, alias in aliases if ("alias", driver, alias) not in lines]
    for line in lines:
        if any(set(word) & set("\t\n") for word in line):
            raise PortkitError("a tab or a line end in the name of a file or an alias cannot be passed on",
                               file=" ".join(line[2:]), hint="rename it")
    return "".join("\t".join(line) + "\n" for line in lines)
