"""What a kernel module is made of, from its kmod Makefile (bsd.kmod.mk(5), sys/conf/kmod.mk)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import PortkitError
from .generate import FROM_LISTS, text_of_rule
from .makefile import Makefile
from .makelines import iter_words

COMPILED = (".c", ".S", ".s", ".cc", ".cpp")

# What sys/conf/*.mk does to these concerns the compiler that links a kernel, not what the module is.
SYSTEM_ONLY = frozenset({"CFLAGS", "CWARNFLAGS", "LDFLAGS", "OBJS", "SYSDIR", "SRCTOP", "MACHINE"})

# Options of src.conf(5) that a build has off unless it is told otherwise; the tree's own kern.opts.mk wins.
OFF_BY_DEFAULT = frozenset({"MK_OFED", "MK_NAND", "MK_RATELIMIT", "MK_EXTRA_TCP_STACKS", "MK_CTF",
                            "MK_KERNEL_RETPOLINE", "MK_SOURCELESS", "MK_REPRODUCIBLE_BUILD"})

NO_KMOD, TRUNCATED = "sets no KMOD, so it builds no kernel module", "the file may be truncated"

# What bsd.sys.mk makes of CSTD; any other value is given to the compiler as it is.
STANDARDS = {"k&r": "gnu89", "c89": "iso9899:1990", "c90": "iso9899:1990", "c94": "iso9899:199409",
             "c95": "iso9899:199409", "c99": "iso9899:1999"}

# Files that sys/conf/kmod.mk makes wherever SRCS or DPSRCS names them.
MADE_BY_BUILD = frozenset({*FROM_LISTS, "vnode_if.h", "vnode_if_newproto.h", "vnode_if_typedef.h",
                           "vnode_if.c", "assym.inc", "assym.s", "offset.inc"})


@dataclass(frozen=True)
class KernelModule:
    """One kernel module. Paths are relative to the tree's root."""

    name: str                           # KMOD
    makefile: Path
    sources: tuple[Path, ...]           # .c and .S in SRCS order, generated ones left out
    interfaces: tuple[Path, ...]        # the .m files behind the X_if.h and X_if.c of SRCS
    generated: tuple[str, ...]          # files of SRCS that the build makes
    headers_in_srcs: tuple[Path, ...]
    include_dirs: tuple[Path, ...]      # -I of CFLAGS, in order
    defines: tuple[str, ...]            # -D of CFLAGS, then those of option headers that the Makefile writes
    conditionals: tuple[str, ...]       # "Makefile:12: .if defined(X): no", in reading order
    cflags: tuple[str, ...] = ()        # -D, -U, -include, -std and -fms-extensions of CFLAGS
    option_headers: tuple[tuple[str, str], ...] = ()    # (name, text) of headers that a rule writes with echo
    not_run: tuple[str, ...] = ()       # `X!= command` assignments, taken as empty
    c_standard: str = "gnu99"           # as -std= takes it: CSTD of the Makefile or the tree


def evaluate(root: Path, makefile: Path) -> Makefile:
    """Read a kmod Makefile of the tree at `root` as make would on amd64, option files included."""
    folder = makefile.parent
    sysdir = root / "sys"
    preset = {
        "MACHINE": "amd64", "MACHINE_CPUARCH": "amd64", "MACHINE_ARCH": "amd64", "TARGET_ARCH": "amd64",
        "SRCTOP": str(root), "SYSDIR": str(sysdir), "S": str(sysdir), ".CURDIR": str(folder),
        ".OBJDIR": str(folder), "CC": "cc", "COMPILER_TYPE": "clang", "COMPILER_VERSION": "180000",
        "COMPILER_FEATURES": "", "MAKE_VERSION": "20200000", ".newline": "\n",
        # The list of .m files is a command's output; portkit looks for them itself.
        "__MPATH": "",
    }
    conf = root / "sys/conf"

    def builtin(mk: Makefile, path: str) -> bool:
        name = Path(path).name
        if name in ("bsd.init.mk", "bsd.kmod.mk"):
            above = folder.parent / "Makefile.inc"
            if above.is_file() and above not in mk.included:
                mk.read(above)
        local = Path(os.path.normpath(Path(mk.variables[".PARSEDIR"]) / path))
        if local.is_file() and conf not in local.parents:
            return False
        # The build system's own files, by whatever path or name they are asked for: once each.
        own = conf / ("kmod.mk" if name == "bsd.kmod.mk" else name)
        if own.is_file():
            if own not in mk.included:
                mk.read(own, lenient=True)
            return True
        if name == "bsd.mkopt.mk":
            for value, names in (("yes", "__DEFAULT_YES_OPTIONS"), ("no", "__DEFAULT_NO_OPTIONS")):
                for option in mk.words(names):
                    mk.variables.setdefault(f"MK_{option}", value)
        return name.startswith("bsd.") and name.endswith(".mk")

    def fallback(name: str) -> str | None:
        if name.startswith("MK_"):
            return "no" if name in OFF_BY_DEFAULT else "yes"
        return None

    return Makefile(makefile, preset, search=(conf,), builtin=builtin,
                    fallback=fallback, ignored=SYSTEM_ONLY)


def kernel_module(root: Path, makefile: Path, find_interface: Callable[[str], Path | None]) -> KernelModule:
    """The module that a Makefile of the tree at `root` (absolute, as is `makefile`) describes.

    find_interface: the .m file, relative to the root, of a name such as "bus_if".
    Raises PortkitError, with the Makefile and its line, where SRCS names a file that is nowhere.
    """
    mk = evaluate(root, makefile)
    name = mk.value("KMOD").strip()
    if not name:
        raise PortkitError(NO_KMOD, file=makefile, line=1, hint=TRUNCATED)
    return _Reader(root, makefile, mk, find_interface).read(name)


def kmod_name(root: Path, makefile: Path) -> str:
    """KMOD, where it takes make to find it out; empty where it is not set."""
    return evaluate(root, makefile).value("KMOD").strip()


class _Reader:
    def __init__(self, root: Path, makefile: Path, mk: Makefile,
                 find_interface: Callable[[str], Path | None]) -> None:
        self.root, self.makefile, self.mk, self.find_interface = root, makefile, mk, find_interface
        path = mk.path + mk.value("VPATH").replace(":", " ").split()
        self.folders = [makefile.parent, *(self._absolute(folder) for folder in path)]
        self.firmware = {w.partition(":")[0] for w in mk.words("FIRMWS")}
        self.rule_targets = {target for rule in mk.rules for target in rule.targets}
        self.sources: list[Path] = []
        self.interfaces: list[Path] = []
        self.generated: list[str] = []
        self.headers: list[Path] = []

    def _absolute(self, path: str) -> Path:
        if path == "@" or path.startswith("@/"):        # older releases link `@` to sys/ in the object folder
            path = str(self.root / "sys") + path[1:]
        return Path(os.path.normpath(self.makefile.parent / path))

    def _relative(self, path: Path) -> Path:
        return Path(os.path.relpath(path, self.root))

    def read(self, name: str) -> KernelModule:
        mk = self.mk
        names = list(dict.fromkeys(mk.words("SRCS") + mk.words("DPSRCS")))
        for word in names:
            self._file(word, name)
        flags = self._flags()
        folders = [self._relative(self._absolute(flag[2:])) for flag in flags if flag.startswith("-I")]
        cflags = tuple(f for f in flags if not f.startswith("-I"))
        options = {}
        for word in [*self.generated, "opt_global.h"]:
            text = text_of_rule(mk, word) if word.endswith(".h") else None
            if text is not None:
                options[word] = text
        defines = [f[2:] for f in cflags if f.startswith("-D")]
        for text in options.values():
            for row in text.splitlines():
                words = row.split(None, 2)
                if words[:1] == ["#define"] and len(words) > 1:
                    defines.append("=".join(words[1:]))
        return KernelModule(
            name=name, makefile=self._relative(self.makefile), sources=tuple(self.sources),
            interfaces=tuple(dict.fromkeys(self.interfaces)), generated=tuple(self.generated),
            headers_in_srcs=tuple(self.headers), include_dirs=tuple(dict.fromkeys(folders)),
            defines=tuple(dict.fromkeys(defines)),
            conditionals=tuple(str(c) for c in mk.conditions), cflags=cflags,
            option_headers=tuple(options.items()), not_run=tuple(mk.not_run),
            c_standard=self._c_standard(flags))

    def _c_standard(self, flags: list[str]) -> str:
        standard = self.mk.value("CSTD").strip() or "gnu99"
        given = [flag.removeprefix("-std=") for flag in flags if flag.startswith("-std=")]
        return given[-1] if given else STANDARDS.get(standard, standard)

    def _file(self, word: str, module: str) -> None:
        suffix = Path(word).suffix
        if word.startswith("opt_") and suffix == ".h":
            self.generated.append(word)
            return
        found = self._find(word)
        if found is not None:
            if suffix in COMPILED:
                self.sources.append(self._relative(found))
            elif suffix == ".h":
                self.headers.append(self._relative(found))
            return
        if word.endswith(("_if.h", "_if.c")):
            interface = self.find_interface(word[:-2])
            if interface is not None:
                self.interfaces.append(interface)
                self.generated.append(word)
                return
        if self._is_made(word, module):
            self.generated.append(word)
            return
        raise PortkitError(
            f"SRCS names {word}, which is in none of the folders of .PATH, and no rule makes it",
            file=self.makefile, line=self.mk.line_of(("SRCS", "DPSRCS"), word),
            hint="the tree may be incomplete, or was checked out without its large files")

    def _is_made(self, word: str, module: str) -> bool:
        if word in MADE_BY_BUILD or word in self.rule_targets:
            return True
        # The stub that registers firmware images is written for the module by name.
        return bool(self.firmware) and Path(word).stem == module

    def _find(self, word: str) -> Path | None:
        if os.path.isabs(word):
            return Path(word) if os.path.isfile(word) else None
        for folder in self.folders:
            candidate = os.path.normpath(folder / word)
            if os.path.isfile(candidate):
                return Path(candidate)
        return None

    def _flags(self) -> list[str]:
        """The flags of CFLAGS, and of single sources, that the preprocessor cares about.

        Each is one word, but `-include FILE` is two.
        """
        mk = self.mk
        values = [mk.value("CFLAGS"), mk.value("CFLAGS.clang")]
        values += [mk.value(f"CFLAGS.{source.name}") for source in self.sources]
        out: list[str] = []
        for value in values:
            words = iter(iter_words(value))
            for word in words:
                if word in ("-I", "-D", "-U"):
                    word += next(words, "")
                if word == "-include":
                    out += [word, next(words, "")]
                elif re.match(r"-[IDU].|-std=|-fms-extensions", word):
                    out.append(word)
        return out
