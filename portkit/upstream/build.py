"""The folder of generated headers, and the arguments that make libclang read a module as its build would."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import PortkitError
from .generate import FROM_LISTS, vnode_headers
from .interface import interface_header, parse_interface
from .module import KernelModule

# Folders below sys/ that a kernel's build searches besides sys/ itself, where a release has them.
SYSTEM_INCLUDES = ("contrib/ck/include", "contrib/libfdt")

# A modern clang refuses by default what the compilers of older releases only warned of.
LENIENT = ("-w", "-Wno-implicit-function-declaration", "-Wno-implicit-int", "-Wno-int-conversion",
           "-Wno-incompatible-function-pointer-types", "-Wno-return-type", "-ferror-limit=0")


@dataclass(frozen=True)
class BuildSetup:
    clang_args: tuple[str, ...]
    generated: dict[str, Path]          # name of each generated header -> where it is
    stand_ins: tuple[str, ...] = ()     # files that stay empty: their text is not made here


def write_build(root: Path, freebsd_version: int, modules: Sequence[KernelModule], into: Path,
                find_interface: Callable[[str], Path | None]) -> BuildSetup:
    """Write what the modules' build would generate into the folder `into`, and say how to parse with it."""
    into = Path(into).resolve()
    if into == root or root in into.parents:
        raise PortkitError("lies inside the FreeBSD tree, which is never written to", file=into,
                           hint="give a folder elsewhere")
    return _Build(root, modules, into, find_interface).setup(freebsd_version)


class _Build:
    def __init__(self, root: Path, modules: Sequence[KernelModule], into: Path,
                 find_interface: Callable[[str], Path | None]) -> None:
        self.root, self.modules, self.into, self.find_interface = root, modules, into, find_interface
        self.generated: dict[str, Path] = {}
        self.stand_ins: list[str] = []

    def setup(self, freebsd_version: int) -> BuildSetup:
        self.into.mkdir(parents=True, exist_ok=True)
        for name, place in (("machine", "sys/amd64/include"), ("x86", "sys/x86/include"),
                            ("i386", "sys/i386/include")):
            self._link(name, self.root / place)
        options = self._options()
        # All of config(8)'s option headers: sources include them where HAVE_KERNEL_OPTION_HEADERS is set,
        # whether or not the Makefile names them.
        names = ["opt_global.h", *self._option_headers()]
        names += [name for module in self.modules for name in module.generated]
        for name in dict.fromkeys(names):
            self._generate(name, options)
        c_standard = self.modules[0].c_standard if self.modules else "gnu99"
        args = ["-target", f"x86_64-unknown-freebsd{freebsd_version // 100000}", f"-std={c_standard}",
                "-ffreestanding", "-nostdinc", "-fno-common", "-D_KERNEL", "-DKLD_MODULE",
                "-DHAVE_KERNEL_OPTION_HEADERS", *LENIENT]
        cflags = [flag for module in self.modules for flag in _flag_groups(module.cflags)]
        args += [word for group in dict.fromkeys(cflags) for word in group]
        args.append(f"-I{self.into}")
        own = [self.root / folder for module in self.modules for folder in module.include_dirs]
        system = [self.root / "sys", *(self.root / "sys" / folder for folder in self._system_includes())]
        args += [f"-I{folder}" for folder in dict.fromkeys(own + system) if folder.is_dir()]
        args += ["-include", str(self.generated["opt_global.h"])]
        return BuildSetup(tuple(args), self.generated, tuple(self.stand_ins))

    def _system_includes(self) -> list[str]:
        """The -I of the tree's own kmod.mk (`@` was the link to sys/ in older releases), below sys/."""
        kmod = self.root / "sys/conf/kmod.mk"
        text = kmod.read_bytes().decode("latin-1") if kmod.is_file() else ""
        named = re.findall(r"-I(?:@|\$\{SYSDIR\})/([\w./-]+)", text)
        return list(dict.fromkeys([*named, *SYSTEM_INCLUDES]))

    def _option_headers(self) -> list[str]:
        """Names of the headers that config(8) makes of sys/conf/options and its part for the machine."""
        names = []
        for list_name in ("options", "options.amd64"):
            path = self.root / "sys/conf" / list_name
            text = path.read_bytes().decode("latin-1") if path.is_file() else ""
            for row in text.splitlines():
                words = row.partition("#")[0].split()
                if words and re.fullmatch(r"[A-Z_]\w*", words[0]):
                    names.append(words[1] if len(words) > 1 else f"opt_{words[0].lower()}.h")
        return sorted(name for name in set(names) if re.fullmatch(r"opt_\w+\.h", name))

    def _link(self, name: str, target: Path) -> None:
        link = self.into / name
        if not target.is_dir():
            return
        if link.is_symlink():
            if link.readlink() == target:
                return
            link.unlink()
        link.symlink_to(target, target_is_directory=True)

    def _options(self) -> dict[str, str]:
        """Texts of option headers; where several modules write the same one, every line once."""
        rows: dict[str, dict[str, None]] = {}
        for module in self.modules:
            for name, text in module.option_headers:
                rows.setdefault(name, {}).update(dict.fromkeys(text.splitlines()))
        return {name: "".join(row + "\n" for row in lines) for name, lines in rows.items()}

    def _generate(self, name: str, options: dict[str, str]) -> None:
        if name in self.generated or name.endswith((".c", ".S", ".o")):
            return
        if name in options or name.startswith("opt_"):
            self._write(name, options.get(name, "").encode("latin-1"))
        elif name.endswith("_if.h") and (path := self.find_interface(name[:-2])):
            self._write(name, interface_header(parse_interface(self.root / path)))
        elif name.startswith("vnode_if"):
            source = self.root / "sys/kern/vnode_if.src"
            for header, data in vnode_headers(source, self.root / "sys/tools/vnode_if.awk").items():
                self._write(header, data)
        elif name in FROM_LISTS and (self.root / FROM_LISTS[name][0]).is_file():
            place, make = FROM_LISTS[name]
            self._write(name, make((self.root / place).read_bytes()))
        else:
            self._write(name, b"")
            self.stand_ins.append(name)

    def _write(self, name: str, data: bytes) -> None:
        path = self.into / name
        if not path.is_file() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.generated[name] = path


def _flag_groups(cflags: Sequence[str]) -> list[tuple[str, ...]]:
    """`-include FILE` is one thing; `-include opt_global.h` is given once for all modules."""
    groups: list[tuple[str, ...]] = []
    words = iter(cflags)
    for word in words:
        if word == "-include":
            file = next(words, "")
            if Path(file).name != "opt_global.h":
                groups.append((word, file))
        elif not word.startswith("-std="):
            groups.append((word,))
    return groups
