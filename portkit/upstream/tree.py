"""A FreeBSD source tree: a checkout, or a revision of a git repository."""

from __future__ import annotations

import difflib
import functools
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from ..errors import PortkitError
from .build import BuildSetup, write_build
from .makelines import logical_lines
from .module import NO_KMOD, TRUNCATED, KernelModule, kernel_module, kmod_name
from .revision import extract, head_commit, is_repository

_KMOD = re.compile(rb"^[ \t]*KMOD[ \t]*[?:]?=[ \t]*(.*?)[ \t]*(?:#.*)?$", re.MULTILINE)
_INCLUDES = re.compile(rb'^[ \t]*\.[ \t]*include[ \t]*"', re.MULTILINE)
_BUILDS_MODULE = re.compile(rb"^[ \t]*(?:SRCS|FIRMWS)[.\w]*[ \t]*[?:+]?=|bsd\.kmod\.mk", re.MULTILINE)


class Modules(Mapping[str, KernelModule]):
    """All kernel modules of a tree by name. A module's Makefile is read when it is first asked for."""

    def __init__(self, tree: Tree, makefiles: dict[str, Path]) -> None:
        self._tree, self._makefiles = tree, makefiles
        self._read: dict[str, KernelModule] = {}

    def __getitem__(self, name: str) -> KernelModule:
        if name not in self._read:
            tree = self._tree
            self._read[name] = kernel_module(tree.root, self._makefiles[name], tree.find_interface)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makefiles)

    def __len__(self) -> int:
        return len(self._makefiles)

    def __contains__(self, name: object) -> bool:
        return name in self._makefiles


class Tree:
    """A tree that is open for reading. Use it as a context manager, or close() it."""

    def __init__(self, root: Path, commit: str | None, temporary: Path | None = None) -> None:
        self.root = root
        self.commit = commit
        self._temporary = temporary
        self._unreadable: list[PortkitError] = []       # Makefiles whose KMOD could not be found out
        self.freebsd_version = _freebsd_version(root / "sys/sys/param.h")
        self.revision = _revision(root / "sys/conf/newvers.sh", self.freebsd_version)

    @classmethod
    def open(cls, path: str | Path, rev: str | None = None) -> Tree:
        """Open a checkout (a folder that holds sys/), or revision `rev` of a git repository, bare or not.

        Of a repository the paths of the kernel that an amd64 module may need are written into a private
        temporary folder, which close() or the end of the process removes.
        """
        place = Path(path).expanduser()
        if not place.exists():
            raise PortkitError("no such folder", file=path, hint="give the folder that holds FreeBSD's sys/")
        if not place.is_dir():
            raise PortkitError("is a file, not a FreeBSD source tree", file=path,
                               hint="give the folder that holds FreeBSD's sys/")
        place = place.resolve()
        if rev is not None:
            folder, commit = extract(place, rev)
            try:
                return cls(folder, commit, temporary=folder)
            except BaseException as error:
                shutil.rmtree(folder, ignore_errors=True)
                _name_within(error, folder)
                raise
        if not (place / "sys/sys/param.h").is_file():
            raise PortkitError("is not a FreeBSD source tree: it holds no sys/sys/param.h", file=path,
                               hint=_way_out(place))
        return cls(place, head_commit(place))

    def close(self) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._temporary is not None and value is not None:
            _name_within(value, self._temporary)
        self.close()

    def modules(self) -> Modules:
        """Every kernel module below sys/modules, by the name that KMOD gives it.

        Where two Makefiles build a module of the same name, the first in path order counts.
        """
        return self._modules

    @functools.cached_property
    def _modules(self) -> Modules:
        found: dict[str, Path] = {}
        top = self.root / "sys/modules"
        for folder, folders, files in os.walk(top):
            folders.sort()
            if "Makefile" in files:
                makefile = Path(folder, "Makefile")
                name = self._kmod_name(makefile)
                if name:
                    found.setdefault(name, makefile)
        return Modules(self, dict(sorted(found.items())))

    def _kmod_name(self, makefile: Path) -> str | None:
        """KMOD of a Makefile; all of it is read only where the name is not there in plain text."""
        try:
            data = makefile.read_bytes()
            if b"\0" in data:
                logical_lines(makefile)         # says where
            values = {value.decode("latin-1") for value in _KMOD.findall(data)}
            if len(values) == 1 and "$" not in (value := values.pop()):
                return value or None
            builds = _BUILDS_MODULE.search(data) is not None or not data.strip()
            if not values and not builds and not _INCLUDES.search(data):
                return None                     # a list of folders
            name = kmod_name(self.root, makefile)
            if not name and builds:
                raise PortkitError(NO_KMOD, file=makefile, line=1, hint=TRUNCATED)
            return name or None
        except OSError as e:
            self._unreadable.append(PortkitError(f"cannot be read: {e.strerror}", file=makefile))
        except PortkitError as e:
            self._unreadable.append(e)
        return None

    def module(self, name: str) -> KernelModule:
        """The module of that name. Raises PortkitError, with the names nearest to it, if there is none."""
        found = self._by_folder(name)
        if found is not None:
            return found
        modules = self.modules()
        if name in modules:
            return modules[name]
        for error in self._unreadable:          # what a broken gear/Makefile builds may be named x_gear
            if error.file and name.endswith(Path(error.file).parent.name):
                raise error
        near = difflib.get_close_matches(name, list(modules), n=5, cutoff=0.6)
        near += [other for other in modules if name and name in other and other not in near][:5 - len(near)]
        hint = f"did you mean {', '.join(near)}?" if near else f"the tree has {len(modules)} modules"
        raise PortkitError(f"{self.revision} has no kernel module {name}", file=self.root / "sys/modules",
                           hint=hint)

    def _by_folder(self, name: str) -> KernelModule | None:
        """The module whose Makefile says its name in plain text, found without reading the others.

        None where several do, or none: then all of them are read, and the first in path order counts.
        """
        plain = re.compile(rb"^KMOD[ \t]*[?:]?=[ \t]*" + re.escape(name.encode()) + rb"[ \t]*(?:#.*)?$", re.MULTILINE)
        word = name.encode()
        hits = []
        for folder, folders, files in os.walk(self.root / "sys/modules"):
            folders.sort()
            if "Makefile" not in files:
                continue
            try:
                with open(os.path.join(folder, "Makefile"), "rb") as file:
                    data = file.read()
            except OSError:
                continue
            if word in data:
                values = {value.decode("latin-1") for value in _KMOD.findall(data)}
                if b"\0" in data or values != {name} or plain.search(data) is None:
                    if values and name not in values:
                        continue
                    return None
                hits.append(Path(folder, "Makefile"))
        return kernel_module(self.root, hits[0], self.find_interface) if len(hits) == 1 else None

    def build_dir(self, modules: Sequence[KernelModule], into: Path) -> BuildSetup:
        """Write the headers that the modules' build generates into `into`, which lies outside the tree."""
        return write_build(self.root, self.freebsd_version, modules, into, self.find_interface)

    def find_interface(self, name: str) -> Path | None:
        """The .m file, relative to the root, of an interface such as "bus_if"."""
        return self._listed_interfaces.get(name) or self._interfaces.get(name)

    @functools.cached_property
    def _listed_interfaces(self) -> dict[str, Path]:
        """Those that sys/conf/files* name; the tree is walked only for one that is not there."""
        found: dict[str, Path] = {}
        for listing in sorted((self.root / "sys/conf").glob("files*")):
            try:
                data = listing.read_bytes()
            except OSError:
                continue
            for name in re.findall(rb"^(\S+\.m)\s", data, re.MULTILINE):
                path = Path("sys", name.decode("latin-1"))
                if path.stem not in found and (self.root / path).is_file():
                    found[path.stem] = path
        return found

    @functools.cached_property
    def _interfaces(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for folder, folders, files in os.walk(self.root / "sys"):
            folders.sort()
            for file in files:
                if file.endswith(".m"):
                    found.setdefault(file[:-2], Path(os.path.relpath(os.path.join(folder, file), self.root)))
        return found


def _way_out(place: Path) -> str:
    if place.name == "sys" and (place / "sys/param.h").is_file():
        return f"give the folder above it, {place.parent}"
    if is_repository(place):
        return "it is a git repository: name a revision with --rev"
    return "give the folder that holds FreeBSD's sys/"


def _name_within(error: BaseException, folder: Path) -> None:
    """Let an error name a revision's files from the tree's root: the folder they lie in is gone when it is read."""
    if isinstance(error, PortkitError):
        private = f"{folder}{os.sep}"
        error.message = error.message.replace(private, "")
        error.file = error.file.replace(private, "") if error.file else error.file
        error.hint = error.hint.replace(private, "") if error.hint else error.hint


def _freebsd_version(param: Path) -> int:
    """__FreeBSD_version, as sys/sys/param.h defines it."""
    try:
        data = param.read_bytes()
    except OSError:
        raise PortkitError("no such file: this is not a FreeBSD source tree", file=param,
                           hint="give the folder that holds FreeBSD's sys/") from None
    match = re.search(rb"^\s*#\s*define\s+__FreeBSD_version\s+(\d+)", data, re.MULTILINE)
    if not match:
        raise PortkitError("defines no __FreeBSD_version", file=param,
                           hint="the file may be truncated, or the tree is not FreeBSD's")
    return int(match.group(1))


def _revision(newvers: Path, version: int) -> str:
    """REVISION-BRANCH of sys/conf/newvers.sh ("12.1-RELEASE"), or the version number where it lacks them."""
    try:
        text = newvers.read_bytes().decode("latin-1")
    except OSError:
        text = ""
    values = []
    for name in ("REVISION", "BRANCH"):
        match = re.search(rf"^\s*{name}=[ \t]*(.+?)[ \t]*$", text, re.MULTILINE)
        value = match.group(1).strip("\"'") if match else ""
        default = re.fullmatch(r"\$\{\w+:?-(.*)\}", value)
        values.append(default.group(1).strip("\"'") if default else value)
    if not all(values) or any("$" in value for value in values):
        return f"{version // 100000}.{version // 1000 % 100}"
    return "-".join(values)
