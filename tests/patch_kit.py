"""Gates for the tests of `portkit patch`, and a reader of their Makefiles that knows nothing of how they were written.

A gate here is a git repository with as much of an illumos tree as a port is wired into.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from portkit.illumos.modules import ModuleSpec

INTEL = "usr/src/uts/intel"
# What of a real gate is copied: everything that a port is wired by.
WIRING = ("usr/src/uts/intel/Makefile*", "usr/src/uts/intel/*/Makefile", "usr/src/uts/common/Makefile.files",
          "usr/src/uts/common/Makefile.rules", "usr/src/uts/i86pc/Makefile*", "usr/src/pkg/manifests/*",
          "usr/src/man/man4d/Makefile", "usr/src/man/man7d/Makefile", "usr/src/man/man4/driver.conf.4",
          "usr/src/man/man5/driver.conf.5", "usr/src/uts/intel/io/vmxnet3s/*")


def git(place: Path, *words: str, check: bool = True) -> str:
    done = subprocess.run(["git", "-C", str(place), *words], capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert not check or done.returncode == 0, text
    return text


def repository(place: Path) -> Path:
    """Make a git repository of a folder, with one commit of a fixed date."""
    git(place, "init", "--quiet")
    git(place, "config", "user.name", "A Maintainer")
    git(place, "config", "user.email", "maintainer@example.org")
    commit(place, "the gate")
    return place


def commit(place: Path, message: str) -> None:
    git(place, "add", "--all")
    date = "2024-02-03T04:05:06Z"
    subprocess.run(["git", "-C", str(place), "commit", "--quiet", "-m", message], check=True,
                   env={**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})


# -- made-up gates -------------------------------------------------------------------------------------------

MODULE_2018 = """\
UTSBASE	= ../..
MODULE		= {name}
OBJECTS		= $({macro}_OBJS:%=$(OBJS_DIR)/%)
LINTS		= $({macro}_OBJS:%.o=$(LINTS_DIR)/%.ln)
ROOTMODULE	= $(ROOT_DRV_DIR)/$(MODULE)
include $(UTSBASE)/intel/Makefile.intel
ALL_TARGET	= $(BINARY)
LDFLAGS		+= -dy -N misc/{needs}
.KEEP_STATE:
def:		$(DEF_DEPS)
all:		$(ALL_DEPS)
clean:		$(CLEAN_DEPS)
lint:		$(LINT_DEPS)
install:	$(INSTALL_DEPS)
include $(UTSBASE)/intel/Makefile.targ
"""
MODULE_2022 = MODULE_2018.replace("LINTS		= $({macro}_OBJS:%.o=$(LINTS_DIR)/%.ln)\n", "").replace(
    "lint:		$(LINT_DEPS)\n", "").replace("-dy ", "")
OBJECT_RULE = "$(OBJS_DIR)/%.o:		$(UTSBASE)/{folder}/%.c\n	$(COMPILE.c) -o $@ $<\n	$(CTFCONVERT_O)\n\n"
LINT_RULE = "$(LINTS_DIR)/%.ln:		$(UTSBASE)/{folder}/%.c\n	@($(LHEAD) $(LINT.c) $< $(LTAIL))\n\n"
MANIFEST_2018 = """\
<include global_zone_only_component>
set name=pkg.fmri value=pkg:/driver/network/{name}@$(PKGVERS)
set name=pkg.description value="{name}"
set name=pkg.summary value="{name}"
set name=info.classification value=org.opensolaris.category.2008:Drivers/Networking
set name=variant.arch value=i386
dir path=kernel group=sys
dir path=kernel/drv group=sys
dir path=kernel/drv/$(ARCH64) group=sys
driver name={name} alias=pci1,2 perms="* 0666 root sys"
file path=kernel/drv/$(ARCH64)/{name} group=sys
license lic_CDDL license=lic_CDDL
"""
MANIFEST_2022 = """\
<include global_zone_only_component>
set name=pkg.fmri value=pkg:/driver/network/{name}@$(PKGVERS)
set name=pkg.summary value="{name}"
set name=pkg.description value="{name}"
set name=info.classification value=org.opensolaris.category.2008:Drivers/Networking
set name=variant.arch value=i386
dir  path=kernel group=sys
dir  path=kernel/drv group=sys
dir  path=kernel/drv/$(ARCH64) group=sys
file path=kernel/drv/$(ARCH64)/{name} group=sys
driver name={name} perms="* 0666 root sys" alias=pci1,2
license lic_CDDL license=lic_CDDL
"""


def made_gate(place: Path, year: int) -> Path:
    """A small gate in the style of a year, with two drivers, aft and zed."""
    old = year < 2020
    section, suffix = ("7d", "mf") if old else ("4d", "p5m")
    write(place, {
        f"{INTEL}/Makefile.files": "AFT_OBJS = aft.o\nZED_OBJS = \\\n\tzed.o\n",
        f"{INTEL}/Makefile.intel": "MISC_KMODS	+= mii\n\nDRV_KMODS	+= aft\nDRV_KMODS	+= zed\n\n"
                                   "#\n# File systems\n#\nFS_KMODS	+= ufs\n",
        f"{INTEL}/Makefile.rules": "SUBARCH_DIR = amd64\n\n" + "".join(
            OBJECT_RULE.format(folder=f"intel/io/{name}") for name in ("aft", "zed")) + ("".join(
                LINT_RULE.format(folder=f"intel/io/{name}") for name in ("aft", "zed")) if old else "")
                                   + OBJECT_RULE.format(folder="intel/os"),
        "usr/src/uts/common/Makefile.rules": OBJECT_RULE.format(folder="common/io"),
        "usr/src/uts/common/Makefile.files": "MII_OBJS = mii.o\n",
        "usr/src/uts/i86pc/Makefile.files": "UNIX_OBJS = unix.o\n",
        f"{INTEL}/io/aft/aft.c": "int aft;\n", f"{INTEL}/io/zed/zed.c": "int zed;\n",
        f"usr/src/man/man{section}/Makefile": f"MANSECT=	{section}\n_MANFILES=	aft.{section}\n"
                                              f"i386_MANFILES=	aft.{section}		\\\n		zed.{section}\n",
        **{f"usr/src/pkg/manifests/driver-{name}.{suffix}": (MANIFEST_2018 if old else MANIFEST_2022).format(name=name)
           for name in ("aft", "zed")},
        **{f"{INTEL}/{name}/Makefile": (MODULE_2018 if old else MODULE_2022).format(
            name=name, macro=name.upper(), needs="mii") for name in ("aft", "zed")},
    })
    return repository(place)


def write(place: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))


# -- real gates ----------------------------------------------------------------------------------------------

def copied_gate(gate: Path, place: Path, folder: str) -> Path:
    """What a port is wired by, of a real gate, and a folder of drivers that it may have."""
    for pattern in WIRING:
        for path in gate.glob(pattern):
            if path.is_file():
                target = place / path.relative_to(gate)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    if (gate / folder).is_dir():
        shutil.copytree(gate / folder, place / folder)
    return repository(place)


def remove_port(place: Path, names: re.Pattern[str], folder: str) -> None:
    """Take a hand port out of a gate, as its maintainer would: folders, lists, rules and packages."""
    shutil.rmtree(place / folder, ignore_errors=True)
    for path in list((place / INTEL).iterdir()):
        if path.is_dir() and names.fullmatch(path.name):
            shutil.rmtree(path)
    delivers = rf"^driver name=(?:{names.pattern})\b|kernel/misc/\$\(ARCH64\)/(?:{names.pattern})\b"
    for path in list((place / "usr/src/pkg/manifests").iterdir()):
        if path.is_file() and re.search(delivers, path.read_text("latin-1"), re.M):
            path.unlink()
    lists = place / INTEL / "Makefile.intel"
    lists.write_text("".join(line for line in lists.read_text("latin-1").splitlines(keepends=True)
                             if not re.match(rf"\w+_KMODS\s*\+=\s*(?:{names.pattern})\s*$", line)), "latin-1")
    files = place / INTEL / "Makefile.files"
    files.write_text(re.sub(r"^HV_\w+_OBJS\s*=(?:.*\\\n)*.*\n", "", files.read_text("latin-1"), flags=re.M), "latin-1")
    rules = place / INTEL / "Makefile.rules"
    short = folder.removeprefix("usr/src/uts/")
    rules.write_text(re.sub(rf"^\$\((?:OBJS|LINTS)_DIR\)/%\.\w+:\s+\$\(UTSBASE\)/{short}/.*\n(?:\t.*\n)+\n", "",
                            rules.read_text("latin-1"), flags=re.M), "latin-1")
    commit(place, "remove the port")


# -- what a gate's Makefiles say -----------------------------------------------------------------------------

class Makefiles:
    """Reads macros and rules as make(1) does, as far as modules of a gate need it."""

    def __init__(self, gate: Path) -> None:
        self.gate = gate
        self.macros: dict[str, str] = {}
        for name in ("intel/Makefile.files", "common/Makefile.files", "intel/Makefile.intel", "intel/Makefile.rules"):
            self.read(gate / "usr/src/uts" / name, self.macros)
        self.rules = [*self._rules(gate / INTEL / "Makefile.rules"),
                      *self._rules(gate / "usr/src/uts/common/Makefile.rules")]

    @staticmethod
    def read(path: Path, into: dict[str, str]) -> None:
        for line in re.sub(r"\\\n", " ", path.read_text("latin-1")).split("\n"):
            found = re.match(r"([A-Za-z_]\w*)\s*(\+?)=(.*)$", line)
            if found:
                name, plus, value = found.groups()
                into[name] = f"{into.get(name, '')} {value}".strip() if plus else value.strip()

    def _rules(self, path: Path) -> list[tuple[str, str]]:
        return [(self.place(found[1]), found[2]) for found in re.finditer(
            r"^\$\(OBJS_DIR\)/%\.o:\s+(\S+)/%(\.[cs])\s*$", path.read_text("latin-1"), re.M)]

    def place(self, text: str) -> str:
        """A path of a Makefile, from the gate's top."""
        text = text.replace("$(UTSBASE)", "usr/src/uts").replace("$(SRC)", "usr/src")
        return re.sub(r"\$\((\w+)\)", lambda found: self.macros.get(found[1], found[0]), text)

    def modules(self, names: Iterable[str]) -> list[ModuleSpec]:
        """What these modules are built of."""
        return [self.module(name) for name in names]

    def module(self, name: str) -> ModuleSpec:
        path = self.gate / INTEL / name / "Makefile"
        own: dict[str, str] = {}
        self.read(path, own)
        assert own["MODULE"] == name
        kind = {"$(ROOT_DRV_DIR)/$(MODULE)": "drv", "$(ROOT_MISC_DIR)/$(MODULE)": "misc"}[own["ROOTMODULE"]]
        assert name in self.macros[f"{kind.upper()}_KMODS"].split(), f"{name} is in no list of modules"
        listed = re.fullmatch(r"\$\((\w+):%=\$\(OBJS_DIR\)/%\)", own["OBJECTS"])
        assert listed is not None
        explicit = {found[1]: self.place(found[2]) for found in re.finditer(
            r"^\$\(OBJS_DIR\)/(\w+\.o):\s+(\S+)$", path.read_text("latin-1"), re.M)}
        sources = [explicit.get(one) or self.source(one) for one in self.macros[listed[1]].split()]
        words = own.get("INC_PATH", "").split() + own.get("CPPFLAGS", "").split()
        conf = None
        if "CONF_SRCDIR" in own:
            assert "$(CONFMOD)" in own["ALL_TARGET"] and "$(ROOT_CONFFILE)" in own["INSTALL_TARGET"]
            conf = f"{self.place(own['CONF_SRCDIR'])}/{name}.conf"
        return ModuleSpec(name, kind, tuple(sources),
                          tuple(self.place(word[2:]) for word in words if word.startswith("-I")),
                          tuple(word[2:] for word in words if word.startswith("-D")),
                          tuple(re.findall(r"-N\s*(\S+)", own.get("LDFLAGS", ""))), conf)

    def source(self, made: str) -> str:
        """The source that the first fitting rule makes an object from."""
        stem = made.removesuffix(".o")
        return next(f"{folder}/{stem}{suffix}" for folder, suffix in self.rules
                    if (self.gate / folder / f"{stem}{suffix}").is_file())
