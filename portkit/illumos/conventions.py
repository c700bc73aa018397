"""How a gate does things: read from what it holds, because gates of different years differ.

Each convention is what most of the gate's own files do.  A file whose shape is not understood is an error that
names it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from portkit.errors import PortkitError
from portkit.illumos.gate_tree import GateTree

INTEL = "usr/src/uts/intel"
FILES, RULES, LISTS = f"{INTEL}/Makefile.files", f"{INTEL}/Makefile.rules", f"{INTEL}/Makefile.intel"
COMMON_RULES = "usr/src/uts/common/Makefile.rules"
MANIFESTS = "usr/src/pkg/manifests"
MAN = "usr/src/man"
_TARGET = re.compile(r"^([a-z.]+):\s+\$\(([A-Z_]+_DEPS)\)\s*$", re.M)
_RULE = re.compile(r"^\$\((OBJS_DIR|LINTS_DIR)\)/%\.(?:o|ln):(\s+)\$\((UTSBASE|SRC)\)/(\S+)/%(\.[cs])\s*$")


@dataclass(frozen=True)
class Rule:
    """A pattern rule of a Makefile.rules: sources of one folder become objects, or lint objects."""

    line: int                   # 1-based
    lint: bool
    folder: str                 # path in the gate, macros of its own in it resolved
    suffix: str                 # of the sources: ".c" or ".s"
    gap: str                    # white space after the colon
    recipe: tuple[str, ...]


@dataclass(frozen=True)
class ManifestStyle:
    suffix: str                 # ".mf" or ".p5m"
    wide: bool                  # "dir  path=": dir is padded to the width of file
    merged: bool                # directories and files in one list by path, drivers after them
    summary_first: bool         # pkg.summary before pkg.description
    perms_first: bool           # attributes of a driver: perms before class and alias
    preserve: bool              # driver.conf files are kept over an update
    zone: bool                  # includes global_zone_only_component


class Conventions:
    def __init__(self, tree: GateTree) -> None:
        self.tree = tree
        for path in (FILES, RULES, LISTS):
            if path not in tree:
                raise PortkitError("the gate has no such file", file=tree.root / path,
                                   hint="give the top of a whole illumos source tree, committed to git")

    def bad(self, path: str, line: int | None, message: str) -> PortkitError:
        return PortkitError(f"{message}: the shape of this file is not understood", file=self.tree.root / path,
                            line=line, hint="patch knows gates from 2018 on; wire the port in by hand")

    # -- Makefiles of modules --------------------------------------------------------------------------------

    @cached_property
    def _makefiles(self) -> list[str]:
        """The Makefiles of loadable modules, as text."""
        paths = [path for path in self.tree.below(INTEL) if re.fullmatch(rf"{INTEL}/[^/]+/Makefile", path)]
        self.tree.load(paths)
        found = [text for text in map(self.tree.text, paths)
                 if re.search(r"^MODULE\s*=", text, re.M) and re.search(r"^OBJECTS\s*=.*_OBJS:%=", text, re.M)]
        if not found:
            raise self.bad(INTEL, None, "no module's Makefile with MODULE and OBJECTS")
        return found

    def _most(self, has: Callable[[str], object], texts: Sequence[str] | None = None) -> bool:
        texts = self._makefiles if texts is None else texts
        return sum(bool(has(text)) for text in texts) * 2 > len(texts)

    @cached_property
    def targets(self) -> list[tuple[str, str]]:
        """The targets that every module's Makefile has, with the macro that each depends on, in their order."""
        votes: Counter[tuple[str, str]] = Counter()
        orders: Counter[tuple[tuple[str, str], ...]] = Counter()
        for text in self._makefiles:
            found = tuple(_TARGET.findall(text))
            votes.update(set(found))
            orders[found] += 1
        kept = {pair for pair, count in votes.items() if count * 2 > len(self._makefiles)}
        if not {"all", "install"} <= {name for name, _ in kept}:
            raise self.bad(INTEL, None, "most modules' Makefiles have no targets all and install")
        order = next(found for found, _ in orders.most_common() if kept <= set(found))
        return [pair for pair in order if pair in kept]

    @cached_property
    def lint(self) -> bool:
        """Whether modules are built for lint(1), too."""
        return self._most(lambda text: re.search(r"^LINTS\s*=", text, re.M))

    @cached_property
    def dynamic(self) -> bool:
        """Whether dependencies need -dy of the link editor beside -N."""
        linked = [text for text in self._makefiles if re.search(r"^LDFLAGS\s*\+=.*-N", text, re.M)]
        return bool(linked) and self._most(lambda text: re.search(r"^LDFLAGS\s*\+=.*-dy", text, re.M), linked)

    # -- lists -----------------------------------------------------------------------------------------------

    @cached_property
    def rules(self) -> list[Rule]:
        found = list(_rules(self.tree.text(RULES)))
        if not any(rule.folder.startswith(f"{INTEL}/io/") and rule.suffix == ".c" and not rule.lint for rule in found):
            raise self.bad(RULES, None, f"no rule that makes objects of {INTEL}/io")
        return found

    @cached_property
    def common_rules(self) -> list[Rule]:
        """Those that come after intel's, which win."""
        return list(_rules(self.tree.text(COMMON_RULES))) if COMMON_RULES in self.tree else []

    # -- packages --------------------------------------------------------------------------------------------

    @cached_property
    def manifests(self) -> dict[str, str]:
        paths = [path for path in self.tree.below(MANIFESTS) if path.endswith((".mf", ".p5m"))]
        if not paths:
            raise PortkitError("the gate has no package manifests", file=self.tree.root / MANIFESTS,
                               hint="give the top of a whole illumos source tree, committed to git")
        self.tree.load(paths)
        return {path: self.tree.text(path) for path in paths}

    @cached_property
    def manifest_style(self) -> ManifestStyle:
        suffix = Counter("." + path.rpartition(".")[2] for path in self.manifests).most_common(1)[0][0]
        drivers = {path: text for path, text in self.manifests.items()
                   if path.endswith(suffix) and re.search(r"^driver name=", text, re.M)
                   and re.search(r"^dir +path=kernel/drv\b", text, re.M)
                   and re.search(r"^set name=variant\.arch", text, re.M)}
        if not drivers:
            raise self.bad(MANIFESTS, None, "no manifest with dir path=kernel/drv and driver name=")
        texts = list(drivers.values())
        ordered = [text for text in texts if re.search(r"^driver name=\S+.*perms=", text, re.M)
                   and re.search(r"^driver name=\S+.*alias=", text, re.M)]
        confs = re.findall(r"^file path=kernel/drv/[^/\s]+\.conf(?:.*\\\n)*.*$", "\n".join(texts), re.M)
        return ManifestStyle(
            suffix,
            wide=self._most(lambda text: re.search(r"^dir  path=", text, re.M), texts),
            merged=self._most(lambda text: re.search(r"^file path=(?:.|\n)*^driver name=", text, re.M), texts),
            summary_first=self._most(lambda text: re.search(r"pkg\.summary(?:.|\n)*pkg\.description", text), texts),
            perms_first=bool(ordered) and self._most(
                lambda text: re.search(r"^driver name=\S+ perms=(?:.|\n)*alias=", text, re.M), ordered),
            preserve=bool(confs) and self._most(lambda text: "preserve=" in text, confs),
            zone=self._most(lambda text: "<include global_zone_only_component>" in text, texts))

    # -- manual pages ----------------------------------------------------------------------------------------

    @cached_property
    def section(self) -> str:
        """The section of device drivers: "7d", and "4d" since the sections were renumbered."""
        found = [name for name in ("4d", "7d") if f"{MAN}/man{name}/Makefile" in self.tree]
        if len(found) != 1:
            raise PortkitError("no folder of the drivers' manual pages (man4d or man7d)", file=self.tree.root / MAN,
                               hint="give the top of a whole illumos source tree, committed to git")
        return found[0]

    def page(self, name: str, sections: Iterable[str]) -> str | None:
        """The section that a manual page has in this gate: the first of `sections`, or none."""
        return next((one for one in sections if f"{MAN}/man{one}/{name}.{one}" in self.tree), None)


def _rules(text: str) -> Iterable[Rule]:
    lines = text.split("\n")
    macros = dict(re.findall(r"^(\w+)\s*=\s*(\S+)\s*$", text, re.M))
    for number, line in enumerate(lines):
        match = _RULE.match(line)
        if not match:
            continue
        recipe = []
        for one in lines[number + 1:]:
            if not one.startswith("\t"):
                break
            recipe.append(one)
        base = "usr/src/uts/" if match[3] == "UTSBASE" else "usr/src/"
        folder = re.sub(r"\$\((\w+)\)", lambda found: macros.get(found[1], found[0]), match[4])
        yield Rule(number + 1, match[1] == "LINTS_DIR", base + folder, match[5], match[2], tuple(recipe))
