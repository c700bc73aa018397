"""`portkit translate`: a FreeBSD tree in, illumos modules out.

The steps of DESIGN.md's "One way through the house", in order; each is somebody else's work, called from here.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portkit.errors import PortkitError
from portkit.frontend.unit import Program
from portkit.illumos.layout import Module, emitted_path, plan
from portkit.port import Port, derived_port, find_port
from portkit.rewrite import glue
from portkit.rewrite.context import Context
from portkit.rewrite.engine import Translation, compose_all, render_all
from portkit.rewrite.passes import (
    busdma,
    cam,
    cdev,
    cdevsw,
    conditionals,
    drops,
    giant,
    includes,
    interrupts,
    members,
    memory,
    newbus,
    sleep,
    sysctl,
    tunables,
    warnings,
)
from portkit.rules.loader import RuleSet, load_rules
from portkit.upstream import KernelModule, Tree, parse_interface

Progress = Callable[[str], None]
# INVARIANTS is illumos' DEBUG: the checked build is the one that is read, so that nothing in it is missed.
_CONFIGURATION = ("-DINVARIANTS", "-DINVARIANT_SUPPORT")


@dataclass
class Result:
    """All that a translation gives; nothing of it is on disk yet."""

    tree: Tree
    port: Port
    modules: list[Module]
    translation: Translation
    files: dict[Path, bytes] = field(default_factory=dict)          # emitted path -> text
    origin: dict[Path, Path] = field(default_factory=dict)          # emitted path -> upstream path
    support_files: list[Path] = field(default_factory=list)
    glue_files: list[Path] = field(default_factory=list)
    freebsd_modules: list[KernelModule] = field(default_factory=list)
    extra: dict[str, list[Path]] = field(default_factory=dict)      # illumos module -> files that we wrote for it
    defines: tuple[str, ...] = ()

    @property
    def include_dirs(self) -> list[Path]:
        """-I of the emitted modules, relative to OUT."""
        dirs = [self.port.dest.parent]
        for path in self.translation.context.include_dirs:
            if self.port.folder == path or self.port.folder in path.parents:
                dirs.append(self.port.dest / path.relative_to(self.port.folder))
        return list(dict.fromkeys(dirs))

    def owner_of_dropped(self, path: Path) -> Module | None:
        """The illumos module that a dropped file would have been part of."""
        for module in self.freebsd_modules:
            if path in module.sources:
                return next((one for one in self.modules if one.origin == module.name), None)
        return None

    @property
    def residue(self) -> int:
        return sum(len(emitted.residue) for emitted in self.translation.files.values())


def port_places() -> list[Path]:
    """Where port files are looked for: drivers-in/ of the working folder, then that of the project."""
    here = Path.cwd() / "drivers-in"
    own = Path(__file__).resolve().parent.parent / "drivers-in"
    return [place for place in dict.fromkeys((here, own)) if place.is_dir()]


def translate(tree: Tree, names: Sequence[str], *, rule_files: Sequence[Path] = (),
              port_file: Path | None = None, progress: Progress = lambda text: None) -> Result:
    """Translate modules of a tree in memory.

    PortkitError for an unknown module, a source that does not parse, a table or port file with an error.
    """
    from portkit.port import load_port
    port = load_port(port_file) if port_file is not None else find_port(list(names), port_places())
    if not names:
        if port is None:
            raise PortkitError("no module is named", hint="name one with -m, such as -m hv_vmbus")
        names = list(port.modules)
    modules = [tree.module(name) for name in dict.fromkeys(names)]
    if port is not None:
        modules = with_dependencies(tree, port, modules)
        for name in [module.name for module in modules if module.name not in names]:
            progress(f"{name}, which {', '.join(dict.fromkeys(names))} depends on")
    sources = [path for module in modules for path in module.sources if path.suffix == ".c"]
    if not sources:
        raise PortkitError(f"{', '.join(names)}: the module has no C source", file=modules[0].makefile)
    if port is None:
        port = derived_port(sources, tuple(names))
    rules = load_rules(rule_files, port.rows)
    with tempfile.TemporaryDirectory(prefix="portkit-build-") as build:
        setup = tree.build_dir(modules, Path(build))
        own_interfaces = _interfaces(tree, modules, port)
        generated = {name: path for name, path in setup.generated.items()
                     if name.removesuffix("_if.h") in {one.name for one in own_interfaces}}
        program = Program(tree.root, [port.folder], [*setup.clang_args, *_CONFIGURATION], generated)
        program.build = Path(build).resolve()
        program.freebsd_version = tree.freebsd_version
        program.outside_tags = set(rules.by_anchor) | set(rules.nocounterpart)
        program.parse(sources, progress)
        for path in sources:
            if not program.files[path].tokens:
                raise PortkitError("the source holds nothing", file=tree.root / path, hint="check the tree out again")
    context = _context(tree, program, rules, port, modules, own_interfaces)
    _passes(context, modules)
    planned = plan(context, modules, port)
    glue.prepare(context, planned, port)
    translation = render_all(context)
    glue.append(context, planned, port)
    compose_all(translation)
    result = Result(tree, port, planned, translation, freebsd_modules=modules)
    for path, emitted in translation.files.items():
        target = emitted_path(path, port)
        result.files[target] = emitted.data
        result.origin[target] = path
    glue.extra_files(result, context)
    return result


_DEPENDS = re.compile(rb"^\s*MODULE_(VERSION|DEPEND)\s*\(\s*(\w+)\s*,\s*(\w+)", re.M)


def with_dependencies(tree: Tree, port: Port, modules: Sequence[KernelModule]) -> list[KernelModule]:
    """Modules with those of their family that MODULE_DEPEND(9) names, in the port file's order: they link with them."""
    family = {module.name: module for module in modules}
    wanted = list(family)
    provides: dict[str, str] = {}
    needs: dict[str, set[str]] = {}

    def read(module: KernelModule) -> None:
        for path in module.sources:
            try:
                text = (tree.root / path).read_bytes()
            except OSError:
                continue                # the parser says so
            for kind, first, second in _DEPENDS.findall(text):
                if kind == b"VERSION":
                    provides[first.decode()] = module.name
                else:
                    needs.setdefault(module.name, set()).add(second.decode())

    for module in modules:
        read(module)
    last = max((port.modules.index(name) for name in family if name in port.modules), default=0)
    others = [name for name in port.modules[:last] if name not in family]    # what is needed is listed first
    if others and any(needs.get(name, set()) - set(provides) for name in wanted):
        for name in others:
            try:
                family[name] = tree.module(name)
            except PortkitError:
                continue                # this release has none of that name
            read(family[name])
    for name in wanted:                 # grows as it is read
        wanted += [provides[other] for other in sorted(needs.get(name, ()))
                   if other in provides and provides[other] not in wanted]
    asked = {module.name for module in modules}
    first = [name for name in port.modules if name in wanted and name not in asked]
    return [*(family[name] for name in first), *modules]


def _interfaces(tree: Tree, modules: Sequence[KernelModule], port: Port) -> list:
    """The kobj interfaces that live in the family's folder."""
    paths = sorted({path for module in modules for path in module.interfaces if port.folder in path.parents})
    return [parse_interface(tree.root / path) for path in paths]


def _context(tree: Tree, program: Program, rules: RuleSet, port: Port, modules: Sequence[KernelModule],
             interfaces: list) -> Context:
    context = Context(program, rules)
    context.driver_scope = dict(rules.driver_scope)
    context.folder = port.folder
    context.prefix = port.dest.name
    context.include_dirs = tuple(dict.fromkeys(path for module in modules for path in module.include_dirs))
    context.interfaces = interfaces
    context.driver_name = port.family
    context.support_prefix = port.dest.name + "/bsd"
    context.sysinit_values = _sysinit_values(tree.root / "sys/sys/kernel.h")
    for drop in port.drops:
        if drop.kind == "file":
            for path in program.files:
                if path == port.folder / drop.name:
                    context.dropped_files[path] = drop.why
        else:
            context.dropped_functions[drop.name] = drop.why
    context.tunable_bounds = {name: (bound.minimum, bound.maximum) for name, bound in port.tunables.items()}
    return context


def _sysinit_values(header: Path) -> dict[str, int]:
    try:
        text = header.read_text("latin-1")
    except OSError:
        return {}
    return {name: int(value, 16) for name, value in
            re.findall(r"\b(SI_(?:SUB|ORDER)_\w+)\s*=\s*(0x[0-9a-fA-F]+)", text)}


def _passes(context: Context, modules: Sequence[KernelModule]) -> None:
    """All passes, in the order in which they depend on each other."""
    conditionals.run(context)
    newbus.collect(context)
    cdevsw.collect(context)
    drops.run(context)
    newbus.run(context)
    cdev.run(context, modules)
    interrupts.run(context, [path for module in modules for path in module.sources if path.suffix == ".S"])
    includes.run(context)
    tunables.run(context)
    sysctl.run(context)
    cam.run(context)
    busdma.run(context)
    members.run(context)
    warnings.run(context)
    memory.run(context)
    sleep.run(context)
    giant.run(context)
