"""A real illumos source tree ("gate") as a place to take headers and tools from.

Only the header part of a gate is needed: `GATE/usr/src/uts`.  Nothing is ever written into it.  A gate build
generates a few headers before it compiles anything; the ones that kernel headers themselves include are made
here, into a private directory:

    sys/priv_names.h, sys/priv_const.h    from uts/common/os/priv_defs

Not made: what rpcgen(1) and the usbdevs script produce (rpc/, rpcsvc/, gssapi/, sys/usb/usbdevs.h).  No
header that device drivers commonly include reaches those, and a driver that does is told so by the compiler.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from portkit.errors import PortkitError

# Where <sys/...>, <vm/...> and <asm/...> resolve for an amd64 module of i86pc; the order is the gate's own
# (Makefile.files of intel, i86pc and common): the platform before the common part.
INCLUDE_DIRS = ("uts/intel", "uts/i86pc", "uts/common", "common")

# privs.awk of the gate: ten slots of slack, then rounded up to whole words of 32 privileges.
PRIVILEGE_SLACK = 10
PRIVILEGE_WORD = 32


@dataclass(frozen=True)
class Gate:
    """An illumos source tree; `root` holds usr/src/uts."""

    root: Path

    @property
    def src(self) -> Path:
        return self.root / "usr" / "src"

    @property
    def uts(self) -> Path:
        return self.src / "uts"

    def include_dirs(self) -> list[Path]:
        """The directories where a kernel module's <...> includes resolve, first match first."""
        return [self.src / part for part in INCLUDE_DIRS if (self.src / part).is_dir()]

    def generate_headers(self, into: Path) -> Path:
        """Write the headers that a gate build generates below `into`; returns `into` for the include path.

        A gate that was built in place has them already; they are left out then.
        """
        definitions = self.uts / "common" / "os" / "priv_defs"
        if not definitions.is_file():
            raise PortkitError("the gate has no list of privileges", file=definitions,
                               hint="check the tree out whole, or compile against the embedded headers")
        (into / "sys").mkdir(parents=True, exist_ok=True)
        have = self.uts / "common" / "sys"
        privileges, sets, groups = _read_priv_defs(definitions)
        for name, text in (("priv_names.h", _priv_names(privileges, sets)),
                           ("priv_const.h", _priv_const(privileges, sets, groups))):
            if not (have / name).is_file():
                (into / "sys" / name).write_text(text, encoding="ascii")
        return into


def open_gate(path: Path) -> Gate:
    """The gate at `path`; PortkitError unless it holds usr/src/uts with an i86pc platform."""
    root = Path(path).resolve()
    if not root.is_dir():
        raise PortkitError("no such directory", file=path, hint="give the top of an illumos source tree")
    if not (root / "usr/src/uts/common/sys").is_dir():
        raise PortkitError("not an illumos gate: it has no usr/src/uts/common/sys", file=path,
                           hint="give the top of an illumos source tree")
    for part in ("uts/intel/sys", "uts/i86pc/sys"):
        if not (root / "usr/src" / part).is_dir():
            raise PortkitError(f"the gate has no usr/src/{part}: its amd64 headers are missing", file=path)
    return Gate(root)


def _read_priv_defs(path: Path) -> tuple[list[str], list[str], dict[str, list[str]]]:
    """Privilege names, set names, and the privileges of each named group (`basic privilege PRIV_X`)."""
    privileges: list[str] = []
    sets: list[str] = []
    groups: dict[str, list[str]] = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        if match := re.match(r"(?:([A-Za-z]+) )?privilege\s+(\w+)\s*$", line):
            privileges.append(match[2].upper())
            if match[1]:
                groups.setdefault(match[1].upper(), []).append(match[2].upper())
        elif match := re.match(r"set\s+(\w+)\s*$", line):
            sets.append(match[1].upper())
    if not privileges or not sets:
        raise PortkitError("no privileges found", file=path, hint="is this an illumos gate?")
    return privileges, sets, groups


def _priv_names(privileges: Iterable[str], sets: Iterable[str]) -> str:
    """The public header: privileges and sets by name."""
    names = [f'#define\t{p}\t((const char *)"{p.removeprefix("PRIV_").lower()}")' for p in privileges]
    names += [f'#define\t{s}\t((const char *)"{s.removeprefix("PRIV_").capitalize()}")' for s in sets]
    return "\n".join(["#ifndef _SYS_PRIV_NAMES_H", "#define\t_SYS_PRIV_NAMES_H", "#ifndef __PRIV_CONST_IMPL",
                      *names, "#endif", "#endif", ""])


def _priv_const(privileges: list[str], sets: list[str], groups: dict[str, list[str]]) -> str:
    """The kernel's header: privileges and sets by number, and the size of a privilege set."""
    words = (len(privileges) + PRIVILEGE_SLACK) // PRIVILEGE_WORD + 1
    lines = ["#ifndef _SYS_PRIV_CONST_H", "#define\t_SYS_PRIV_CONST_H", "#include <sys/types.h>",
             "#if defined(_KERNEL) || defined(_KMEMUSER)",
             f"#define\tPRIV_NSET\t{len(sets)}", f"#define\tPRIV_SETSIZE\t{words}", "#endif",
             "#ifdef _KERNEL", "#define\t__PRIV_CONST_IMPL",
             "extern const char *priv_names[];", "extern const char *priv_setnames[];",
             "extern int nprivs;", "extern int privbytes;", "extern int maxprivbytes;",
             "extern size_t privinfosize;", "extern char *priv_str;", "extern struct priv_set *priv_basic;",
             "extern struct priv_impl_info *priv_info;", "extern struct priv_info_names *priv_ninfo;"]
    lines += [f"#define\t{name}\t{number}" for number, name in enumerate(privileges)]
    lines += [f"#define\t{name}\t{number}" for number, name in enumerate(sets)]
    lines.append(f"#define\tMAX_PRIVILEGE\t{words * PRIVILEGE_WORD}")
    for group, members in sorted(groups.items()):
        asserts = "; ".join(f"PRIV_ASSERT((set), {member})" for member in members)
        lines.append(f"#define\tPRIV_{group}_ASSERT(set)\t{asserts}")
    return "\n".join([*lines, "#endif", "#endif", ""])


def run_cstyle(gate: Path, files: Iterable[Path]) -> list[str]:
    """Complaints of the gate's own `cstyle -pP` about `files`, one a line; an empty list means clean.

    PortkitError when the gate has no cstyle.pl or there is no perl.
    """
    script = open_gate(gate).src / "tools" / "scripts" / "cstyle.pl"
    if not script.is_file():
        raise PortkitError("the gate has no cstyle.pl", file=script,
                           hint="check out usr/src/tools/scripts as well")
    perl = shutil.which("perl")
    if perl is None:
        raise PortkitError("perl is not installed; the gate's cstyle is written in it",
                           hint="install perl")
    names = [os.fspath(name) for name in files]
    if not names:
        return []
    done = subprocess.run([perl, os.fspath(script), "-pP", *names], capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    if done.returncode not in (0, 1) or (done.returncode and not text.strip()):
        raise PortkitError(f"cstyle failed with status {done.returncode}: {text.strip()[:200]}", file=script)
    return [line for line in text.splitlines() if line.strip()]
