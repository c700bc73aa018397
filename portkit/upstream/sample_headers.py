"""Makes the sample drivers a tree that parses: their own files beside FreeBSD's installed headers.

The headers come from the package `ziglang`, which carries what FreeBSD 14 installs below /usr/include, split
into a folder that all machines share and one for each machine. An installed system has <machine/x.h> where a
source tree has sys/amd64/include/x.h; the tree that is assembled here has the source tree's layout.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from ..errors import PortkitError

HINT = "FreeBSD's headers are an optional extra: pip install 'portkit[samples]'"

# Folders of the package, and where a source tree has what they hold. Where two hold a file, the first counts:
# the shared folder has the <machine/x.h> of whichever machine, unless amd64 has one of its own.
LAYOUT = (
    ("x86_64-freebsd-none/machine", "sys/amd64/include"),
    ("generic-freebsd/machine", "sys/amd64/include"),
    ("x86_64-freebsd-none/i386", "sys/i386/include"),
    ("generic-freebsd/x86", "sys/x86/include"),
)
KERNEL_FOLDERS = ("bsm", "cam", "crypto", "dev", "fs", "geom", "isofs", "net", "net80211", "netgraph",
                  "netinet", "netinet6", "netipsec", "netsmb", "nfs", "nfsclient", "nfsserver", "rpc",
                  "security", "sys", "teken", "ufs", "vm")

# The package leaves __FreeBSD_version to the compiler it comes with; this is the one of 14.0-RELEASE, the
# oldest release that compiler targets with these headers (Porter's Handbook, chapter 18).
FREEBSD_VERSION = 1400097


def kernel_headers() -> Path | None:
    """The folder of the package that holds every system's headers, or None where it is not installed."""
    spec = importlib.util.find_spec("ziglang")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place, "lib/libc/include")
        if (folder / "generic-freebsd/sys/param.h").is_file():
            return folder.resolve()
    return None


def assemble(tree: Path, into: Path, release: Path | None = None) -> Path:
    """Make in the folder `into` a tree that Tree.open can open, and return its root.

    tree: the sample drivers' tree (it holds sys/); its files are copied, headers are linked.
    into: a private temporary folder outside `tree`.
    release: a FreeBSD tree (it holds sys/) to take all else from, instead of the package; where both have a
    file, such as sys/kern/bus_if.m, the release's counts.
    Raises PortkitError where there are no headers to be had.
    """
    tree, into = Path(tree).resolve(), Path(into).resolve()
    if not (tree / "sys").is_dir():
        raise PortkitError("holds no sys/, so it is not a tree of sample drivers", file=tree)
    if into == tree or tree in into.parents:
        raise PortkitError("lies inside the tree of the sample drivers", file=into,
                           hint="give a folder elsewhere")
    if release is not None:
        release = Path(release).resolve()
        if not (release / "sys/sys/param.h").is_file():
            raise PortkitError("is not a FreeBSD source tree: it holds no sys/sys/param.h", file=release)
        _link_around(release / "sys", tree / "sys", into / "sys")
    else:
        headers = kernel_headers()
        if headers is None:
            raise PortkitError("the sample drivers need FreeBSD's kernel headers, and they are not installed",
                               hint=HINT)
        _link_package(headers, into, skip=tree)
    for path in _files(tree):
        target = into / path.relative_to(tree)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return into


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _link(target: Path, name: Path) -> None:
    name.parent.mkdir(parents=True, exist_ok=True)
    if not name.is_symlink() and not name.exists():
        name.symlink_to(target)


def _link_package(headers: Path, into: Path, skip: Path) -> None:
    for source, place in LAYOUT:
        for path in sorted((headers / source).iterdir()):
            _link(path, into / place / path.name)
    generic = headers / "generic-freebsd"
    for name in KERNEL_FOLDERS:
        if name == "sys":
            _write_param(generic / "sys/param.h", into / "sys/sys/param.h")
        if (generic / name).is_dir():
            _link_around(generic / name, skip / "sys" / name, into / "sys" / name, whole=name != "sys")


def _link_around(source: Path, own: Path, into: Path, whole: bool = True) -> None:
    """Link what `source` holds into `into`; a folder that the samples add to is a folder there, not a link.

    whole: a folder that they add nothing to may be one link.
    """
    if whole and not own.is_dir():
        _link(source, into)
        return
    into.mkdir(parents=True, exist_ok=True)
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        if entry.is_dir():
            _link_around(Path(entry.path), own / entry.name, into / entry.name)
        else:
            _link(Path(entry.path), into / entry.name)


def _write_param(source: Path, target: Path) -> None:
    """param.h with the line that the package took out, in its place ahead of everything that asks for it."""
    data = source.read_bytes()
    version = f"#undef __FreeBSD_version\n#define __FreeBSD_version {FREEBSD_VERSION}\n".encode()
    guard = b"#define _SYS_PARAM_H_\n"
    head, found, rest = data.partition(guard)
    if not found:
        raise PortkitError("lacks its include guard: the headers package has changed", file=source, hint=HINT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(head + found + version + rest)
