"""What a gate's kernel defines: a quick reading of its sources, not a build.

Which objects make up unix, genunix and each module is read from the gate's Makefiles; their sources are
then scanned for definitions by their shape alone: the gate's C style puts a function's name, and every
definition, in the first column, and its assembly uses the ENTRY macros.  The scan may take a name for
defined that some #if leaves out; it does not overlook one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from portkit.illumos.gate import Gate

# The parts of the tree whose sources can go into an amd64 kernel, and folders in them that cannot.
SOURCE_DIRS = ("uts/common", "uts/intel", "uts/i86pc", "common")
OTHER_MACHINES = {"sparc", "sparcv9", "sun4u", "i86xpv", "xen", "i386", "sfmmu"}

# Variables of i86pc/unix/Makefile and intel/genunix/Makefile that list objects; and vers.o, which its link
# rule names, and the parts of CORE_OBJS' zlib_obj.o.
KERNEL_OBJECTS = {"unix": ("SPECIAL_OBJS", "CORE_OBJS", "KRTLD_OBJS", "MACH_NOT_YET_KMODS", "ZLIB_OBJS",
                           "vers.o"),
                  "genunix": ("GENUNIX_OBJS", "NOT_YET_KMODS")}
MAKEFILES = ("uts/common/Makefile.files", "uts/intel/Makefile.files", "uts/i86pc/Makefile.files",
             "uts/intel/Makefile.intel", "uts/i86pc/Makefile.i86pc")


@dataclass
class GateSymbols:
    """Definitions in a gate's sources, by module, read when asked for."""

    gate: Gate
    variables: dict[str, list[str]]
    files: dict[str, list[str]]                 # stem of a source file to its paths
    _defined: dict[str, frozenset[str]] = field(default_factory=dict)

    def in_kernel(self, symbol: str) -> bool:
        return any(symbol in self._of_kernel(name) for name in KERNEL_OBJECTS)

    def has_module(self, path: str) -> bool:
        """Whether the gate builds a module of that path (`misc/scsi`), by its Makefile's install place."""
        return self._module_makefile(path) is not None

    def module_defines(self, path: str, symbol: str) -> bool:
        makefile = self._module_makefile(path)
        if makefile is None:
            return False
        if path not in self._defined:
            names = re.findall(r"\$\((\w+_OBJS)\b", makefile)
            self._defined[path] = self._scan_objects(dict.fromkeys(names))
        return symbol in self._defined[path]

    def _of_kernel(self, name: str) -> frozenset[str]:
        if name not in self._defined:
            found = self._scan_objects(KERNEL_OBJECTS[name])
            if name == "unix":
                # Entry points of modules that the kernel loads on first use: usable without a dependency.
                stubs = self.gate.uts / "intel" / "ia32" / "ml" / "modstubs.s"
                if not stubs.is_file():
                    stubs = self.gate.uts / "intel" / "ml" / "modstubs.s"
                found |= _scan_assembly(_read(stubs))
                # What a gate build expands in place (_ASM_INLINES); here it is called like any function.
                for header in sorted((self.gate.uts / "intel" / "asm").glob("*.h")):
                    found |= _scan_c(_read(header))
            self._defined[name] = found
        return self._defined[name]

    def _module_makefile(self, path: str) -> str | None:
        kind, _, name = path.rpartition("/")
        for platform in ("intel", "i86pc"):
            file = self.gate.uts / platform / name / "Makefile"
            if file.is_file():
                text = _read(file)
                place = re.search(r"^ROOTMODULE\s*=\s*\$\(\w*?ROOT\w*?_(\w+?)_DIR\)|"
                                  r"^ROOTMODULE\s*=\s*\$\(\w*?(DRV|MISC|FS|MAC|STRMOD|SYS)_DIR\)", text,
                                  re.MULTILINE)
                if place and (place[1] or place[2] or "").lower().split("_")[-1] in (kind, "kern"):
                    return text
        return None

    def _scan_objects(self, variables: Iterable[str]) -> frozenset[str]:
        names: set[str] = set()
        for variable in variables:
            for item in self.variables.get(variable, [variable]):
                for file in self.files.get(item.removesuffix(".o"), []):
                    text = _read(Path(file))
                    names |= _scan_assembly(text) if file.endswith((".s", ".S")) else _scan_c(text)
        return frozenset(names)


@cache
def scan_gate(gate: Gate) -> GateSymbols:
    """The definitions of `gate`; its files are read as they are asked for."""
    return GateSymbols(gate, _variables(gate), _source_files(gate))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="latin-1")
    except OSError:
        return ""


def _source_files(gate: Gate) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in SOURCE_DIRS:
        for folder, folders, names in os.walk(gate.src / part):
            folders[:] = sorted(name for name in folders if name not in OTHER_MACHINES)
            for name in sorted(names):
                stem, dot, extension = name.rpartition(".")
                if dot and extension in ("c", "s", "S"):
                    found.setdefault(stem, []).append(os.path.join(folder, name))
    return found


def _variables(gate: Gate) -> dict[str, list[str]]:
    """The object lists of the Makefiles, expanded for an amd64 kernel (MACH is i386 there)."""
    raw: dict[str, str] = {"MACH": "i386", "MACH64": "amd64", "CLASS": "64"}
    for name in MAKEFILES:
        text = re.sub(r"\\\n", " ", _read(gate.src / name))
        for line in text.splitlines():
            match = re.match(r"([\w$()]+?)\s*(\+?=)\s*(.*)$", line.split("#")[0].rstrip())
            if match:
                variable = re.sub(r"\$\(\w+\)", "", match[1])
                before = raw.get(variable, "") if match[2] == "+=" else ""
                raw[variable] = f"{before} {match[3]}"

    def expand(text: str, depth: int = 0) -> str:
        if depth > 8:
            return ""
        inner = re.compile(r"\$\((\w+)(?::[^()]*)?\)")
        while inner.search(text):
            text = inner.sub(lambda m: expand(raw.get(m[1], ""), depth + 1).strip(), text)
        return text

    return {name: expand(text).split() for name, text in raw.items()}


# A function: its name in the first column, or behind its type on one line; the parameters may run on.
_FUNCTION = re.compile(r"^(?:(?!static\b|typedef\b|return\b|else\b|extern\b.*;)[A-Za-z_][\w \t*]*?[ \t*])?"
                       r"(\w+)\s*\((?![^\n]*;[ \t]*(?:/\*.*)?$)", re.MULTILINE)
# An object: a type, then one or more names, up to the initialiser of the first with braces or the end.
_OBJECT = re.compile(r"^(?!static\b|typedef\b|extern\b|return\b|goto\b|#|else\b|case\b|default\b)"
                     r"((?:[A-Za-z_]\w*[ \t\n]+)+\**[ \t]*\w+[^;{}()]*)(?:;|=[ \t\n]*\{)", re.MULTILINE)
_ATTRIBUTED = re.compile(r"^(?!static\b|typedef\b|extern\b)[A-Za-z_}].*?\b(\w+)\s*(?:\[[^\]]*\]\s*)*"
                         r"(?:__aligned|__attribute__|=|;)", re.MULTILINE)
_FUNCTION_POINTER = re.compile(r"^[A-Za-z_][\w \t*]*\(\*(\w+)\)\s*\(", re.MULTILINE)
_STRUCT_END = re.compile(r"^\}[ \t]*(\w+)", re.MULTILINE)
_ALIAS = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+weak[ \t]+(\w+)", re.MULTILINE)


def _scan_c(text: str) -> set[str]:
    names = set(_ALIAS.findall(text))
    names.update(_FUNCTION_POINTER.findall(text))
    names.update(_STRUCT_END.findall(text))
    for match in _FUNCTION.finditer(text):
        # `static int` on a line of its own, above the name.
        line_before = text[: match.start()].rstrip("\n").rpartition("\n")[2]
        if not line_before.startswith("static"):
            names.add(match[1])
    for match in _OBJECT.finditer(text):
        for declarator in match[1].split(","):
            if last := re.search(r"(\w+)\s*(?:\[.*)?$", declarator.split("=")[0], re.DOTALL):
                names.add(last[1])
    names.update(_ATTRIBUTED.findall(text))
    return names


_ASSEMBLY = re.compile(r"\b(?:(?:ALT)?ENTRY\w*|DGDEF\w*|\w*STUB\w*)\s*\(([^)]*)\)")
_GLOBAL = re.compile(r"^\s*\.(?:globl|weak|global)\s+([\w, \t]+)", re.MULTILINE)


def _scan_assembly(text: str) -> set[str]:
    names: set[str] = set()
    for match in _ASSEMBLY.finditer(text):
        names.update(re.findall(r"[A-Za-z_]\w*", match[1]))
    for match in _GLOBAL.finditer(text):
        names.update(re.findall(r"[A-Za-z_]\w*", match[1]))
    return names
