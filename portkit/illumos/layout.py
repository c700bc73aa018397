"""How a FreeBSD module becomes illumos modules, and where their files go in a gate.

One FreeBSD module may hold several drivers; illumos wants one module a driver. What several of them share
becomes a misc module, and so does the support code when more than one module needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.frontend.unit import Ref
from portkit.port import Port
from portkit.rewrite.context import Context
from portkit.rewrite.passes.newbus import Driver
from portkit.upstream import KernelModule


@dataclass
class Module:
    """One illumos kernel module of the port."""

    name: str
    kind: str                               # drv, misc
    origin: str                             # the FreeBSD module it comes from; '' for support code
    sources: list[Path] = field(default_factory=list)       # upstream files, relative to the tree
    headers: list[Path] = field(default_factory=list)
    driver: Driver | None = None
    depends_on: list[str] = field(default_factory=list)
    support: list[str] = field(default_factory=list)        # [[support]] names linked into this module

    @property
    def full_name(self) -> str:
        return f"{self.kind}/{self.name}"


def plan(context: Context, modules: Sequence[KernelModule], port: Port) -> list[Module]:
    """The illumos modules, in the order of the FreeBSD ones."""
    out: list[Module] = []
    for module in modules:
        sources = [path for path in module.sources if path.suffix == ".c" and path not in context.dropped_files
                   and path in context.program.files]
        drivers = [driver for driver in context.drivers if driver.file in sources]
        if len(drivers) <= 1:
            out.append(Module(module.name, "drv" if drivers else "misc", module.name, sources,
                              driver=drivers[0] if drivers else None))
            continue
        shared = [path for path in sources if path not in {driver.file for driver in drivers}]
        if shared:
            name = shared[0].stem if len(shared) == 1 else f"{module.name}_common"
            out.append(Module(name, "misc", module.name, shared))
        for driver in drivers:
            out.append(Module(driver.module or driver.devname, "drv", module.name, [driver.file], driver=driver))
    _headers(context, out)
    _dependencies(context, out)
    return out


def _headers(context: Context, modules: list[Module]) -> None:
    """A header belongs to the first module whose sources it stands beside, else to the first that includes it."""
    owned: set[Path] = set()
    included: dict[Path, list[Module]] = {}
    for module in modules:
        for source in module.sources:
            for header in context.program.includes.get(source, ()):
                if header not in context.dropped_files:
                    included.setdefault(header, []).append(module)
    for header in sorted(included):
        beside = [module for module in modules if any(path.parent == header.parent for path in module.sources)]
        owner = next((module for module in beside if module in included[header]), included[header][0])
        if header not in owned:
            owned.add(header)
            owner.headers.append(header)


def _dependencies(context: Context, modules: list[Module]) -> None:
    """Who calls whom: `-N` of the link editor (Writing Device Drivers, "Module dependencies")."""
    where: dict[str, Module] = {}
    for module in modules:
        for source in module.sources:
            for item in context.outline(context.program.files[source]).declarations:
                if item.kind in ("function", "variable") and item.name and (
                        not item.static or item.name in context.made_global):
                    where[item.name] = module
    for module in modules:
        files = [*module.sources, *(header for source in module.sources
                                    for header in context.program.includes.get(source, ()))]
        needed: set[str] = set()
        for path in dict.fromkeys(files):
            file = context.program.files.get(path)
            if file is None or path in context.dropped_files:
                continue
            for token in file.tokens:
                if token.kind != "i" or (file.is_header and not _in_body(context, path, token.start)):
                    continue
                target = where.get(context.direct.get(token.text.lower(), token.text))
                if target is not None and target is not module and not (
                        isinstance(token.ref, Ref) and token.ref.external and token.text not in where
                        and token.text.lower() not in context.direct):
                    needed.add(target.full_name)
        module.depends_on = sorted(needed)


def _in_body(context: Context, path: Path, offset: int) -> bool:
    """Whether an offset of a header lies in an inline function's body."""
    file = context.program.files[path]
    for item in context.outline(file).declarations:
        if item.kind == "function" and file.tokens[item.first].start <= offset < file.tokens[item.last - 1].end:
            return True
    return False


def emitted_path(path: Path, port: Port) -> Path:
    """Where an upstream file goes, relative to OUT."""
    try:
        return port.dest / path.relative_to(port.folder)
    except ValueError:
        return port.dest / path.name
