"""The tree reader on small trees that the tests write themselves."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from clang import cindex

from portkit.errors import PortkitError
from portkit.upstream import Tree

PARAM_H = "#undef __FreeBSD_version\n#define __FreeBSD_version 1302000 /* comment */\n"
NEWVERS = 'TYPE="FreeBSD"\nREVISION="13.2"\nBRANCH=${BRANCH_OVERRIDE:-RELEASE-p1}\n'
KOBJ_H = """
typedef void (*kobjop_t)(void);
struct kobj_ops { int x; };
typedef struct kobj { struct kobj_ops *ops; } *kobj_t;
struct kobjop_desc { int id; };
kobjop_t kobj_lookup(struct kobj_ops *, struct kobjop_desc *);
#define KOBJOPLOOKUP(OPS, OP) do { _m = kobj_lookup(OPS, &OP##_##desc); } while (0)
"""
WIDGET_M = """#include <sys/bus.h>
INTERFACE widget;
METHOD int spin {
\tdevice_t\tdev;
\tint\t\t speed;
} DEFAULT widget_no_spin;
"""
WIDGET_C = """#include <sys/bus.h>
#include <machine/cpu.h>
#include "opt_widget.h"
#include "widget_if.h"
#include "wreg.h"
#if !defined(_KERNEL) || !defined(KLD_MODULE) || WIDGET_DEBUG != 3 || WIDGET_WAYS != 2
#error wrong configuration
#endif
int start(device_t dev) { return (WIDGET_SPIN(dev, WREG + CPU_LINE)); }
"""
MAKEFILE = """# a driver
.PATH: ${SRCTOP}/sys/dev/widget

KMOD=\twidget
SRCS=\twidget.c \\
\twidget_if.c
SRCS+=\twidget_if.h opt_widget.h bus_if.h

CFLAGS+=\t-I${SRCTOP}/sys/dev/widget/include -DWIDGET_WAYS=2

opt_widget.h:
\t@echo "#define WIDGET_DEBUG 3" > ${.TARGET}

.include <bsd.kmod.mk>
"""


@pytest.fixture
def tree_files() -> dict[str, str]:
    return {
        "sys/sys/param.h": PARAM_H,
        "sys/conf/newvers.sh": NEWVERS,
        "sys/sys/bus.h": KOBJ_H + "typedef struct kobj *device_t;\n",
        "sys/amd64/include/cpu.h": "#define CPU_LINE 64\n",
        "sys/kern/bus_if.m": "INTERFACE bus;\nMETHOD void poke {\n\tdevice_t dev;\n};\n",
        "sys/dev/widget/widget.c": WIDGET_C,
        "sys/dev/widget/widget_if.m": WIDGET_M,
        "sys/dev/widget/include/wreg.h": "#define WREG 16\n",
        "sys/modules/widget/Makefile": MAKEFILE,
    }


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    return root


@pytest.fixture
def make_tree(tmp_path: Path, tree_files: dict[str, str]) -> Callable[..., Path]:
    def make(**changes: str) -> Path:
        """A tree; keyword NAME gives the text of another module's Makefile, sys/modules/NAME/Makefile."""
        files = dict(tree_files)
        files.update({f"sys/modules/{name}/Makefile": text for name, text in changes.items()})
        return write(tmp_path / "tree", files)
    return make


def errors_of(tree: Tree, name: str, into: Path) -> list[str]:
    module = tree.module(name)
    setup = tree.build_dir([module], into)
    index = cindex.Index.create()
    found = []
    for source in module.sources:
        unit = index.parse(str(tree.root / source), args=list(setup.clang_args))
        found += [d.spelling for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
    return found


# -- the tree -------------------------------------------------------------------------------------------

def test_open_a_checkout(make_tree: Callable[..., Path]) -> None:
    root = make_tree()
    with Tree.open(root) as tree:
        assert tree.root == root.resolve()
        assert tree.freebsd_version == 1302000
        assert tree.revision == "13.2-RELEASE-p1"
        assert tree.commit is None
        assert list(tree.modules()) == ["widget"]


@pytest.mark.parametrize(("newvers", "expected"), [
    ('REVISION="10.4"\nBRANCH="RELEASE"\nif [ x ]; then\n\tBRANCH=${BRANCH_OVERRIDE}\nfi\n', "10.4-RELEASE"),
    ('REVISION="15.0"\nBRANCH=${BRANCH_OVERRIDE:-CURRENT}\n', "15.0-CURRENT"),
    ('REVISION=9.3\nBRANCH=STABLE\n', "9.3-STABLE"),
    ("", "13.2"),
])
def test_revision_forms(make_tree: Callable[..., Path], newvers: str, expected: str) -> None:
    root = make_tree()
    (root / "sys/conf/newvers.sh").write_text(newvers)
    assert Tree.open(root).revision == expected


def test_module_of_a_tree(make_tree: Callable[..., Path]) -> None:
    module = Tree.open(make_tree()).module("widget")
    assert module.makefile == Path("sys/modules/widget/Makefile")
    assert module.sources == (Path("sys/dev/widget/widget.c"),)
    assert module.interfaces == (Path("sys/dev/widget/widget_if.m"), Path("sys/kern/bus_if.m"))
    assert module.generated == ("widget_if.c", "widget_if.h", "opt_widget.h", "bus_if.h")
    assert module.include_dirs == (Path("sys/dev/widget/include"),)
    assert module.defines == ("WIDGET_WAYS=2", "WIDGET_DEBUG=3")


def test_build_dir_parses_and_leaves_the_tree_alone(make_tree: Callable[..., Path], tmp_path: Path) -> None:
    root = make_tree()
    before = sorted((p, p.lstat().st_mtime_ns) for p in root.rglob("*"))
    tree = Tree.open(root)
    assert errors_of(tree, "widget", tmp_path / "build") == []
    assert sorted((p, p.lstat().st_mtime_ns) for p in root.rglob("*")) == before
    setup = tree.build_dir([tree.module("widget")], tmp_path / "build")
    assert setup.generated["opt_widget.h"].read_text() == "#define WIDGET_DEBUG 3\n"
    assert setup.stand_ins == ()
    assert "x86_64-unknown-freebsd13" in setup.clang_args
    assert (tmp_path / "build/machine").readlink() == root.resolve() / "sys/amd64/include"


def test_build_dir_is_the_same_twice(make_tree: Callable[..., Path], tmp_path: Path) -> None:
    root = make_tree()
    texts = []
    for name in ("one", "two"):
        tree = Tree.open(root)
        setup = tree.build_dir([tree.module("widget")], tmp_path / name)
        texts.append({header: path.read_bytes() for header, path in setup.generated.items()})
    assert texts[0] == texts[1]


def test_a_real_error_in_a_source_is_still_one(make_tree: Callable[..., Path], tmp_path: Path) -> None:
    root = make_tree()
    (root / "sys/dev/widget/widget.c").write_text(WIDGET_C + "int broken = ;\n")
    assert errors_of(Tree.open(root), "widget", tmp_path / "build") == ["expected expression"]


def test_build_dir_refuses_the_tree_itself(make_tree: Callable[..., Path]) -> None:
    tree = Tree.open(make_tree())
    with pytest.raises(PortkitError, match="never written to"):
        tree.build_dir([tree.module("widget")], tree.root / "sys/obj")


def test_option_headers_of_config(make_tree: Callable[..., Path], tmp_path: Path) -> None:
    """config(8) makes a header of every line of sys/conf/options; the tree's own kmod.mk counts too."""
    root = make_tree()
    write(root, {
        "sys/conf/options": "# comment\nWIDGET_FAST\topt_widget.h\nGEAR_COUNT\n",
        "sys/conf/options.amd64": "CPU_GEAR\topt_cpu.h\n",
        "sys/conf/kmod.mk": '.include "config.mk"\nCFLAGS+= -D_KERNEL -I. -I${SYSDIR}\n'
                            "CFLAGS+= -I${SYSDIR}/contrib/gear\n",
        "sys/conf/config.mk": 'opt_global.h:\n\t@echo "#define SMP 1" > ${.TARGET}\n',
        "sys/contrib/gear/gear.h": "",
    })
    tree = Tree.open(root)
    module = tree.module("widget")
    setup = tree.build_dir([module], tmp_path / "build")
    assert {"opt_cpu.h", "opt_gear_count.h", "opt_global.h"} <= set(setup.generated)
    assert setup.generated["opt_gear_count.h"].read_bytes() == b""
    assert setup.generated["opt_global.h"].read_text() == "#define SMP 1\n"
    assert f"-I{root.resolve()}/sys/contrib/gear" in setup.clang_args
    assert module.include_dirs == (Path("sys/dev/widget/include"),), "only the module's own"


def test_several_modules_share_a_build_dir(make_tree: Callable[..., Path], tmp_path: Path) -> None:
    other = MAKEFILE.replace("KMOD=\twidget", "KMOD=\tgadget").replace("WIDGET_DEBUG 3", "GADGET 1")
    tree = Tree.open(make_tree(gadget=other))
    setup = tree.build_dir([tree.module("widget"), tree.module("gadget")], tmp_path / "build")
    assert setup.generated["opt_widget.h"].read_text() == "#define WIDGET_DEBUG 3\n#define GADGET 1\n"
    assert setup.clang_args.count("-DWIDGET_WAYS=2") == 1


def test_module_name_that_make_must_find_out(make_tree: Callable[..., Path]) -> None:
    root = make_tree(gadget='SFX=x64\n.include "../Makefile.common"\n',
                     gear=".PATH: ${.CURDIR}/../../dev/widget\nSRCS=widget.c\n.include <bsd.kmod.mk>\n")
    common = "KMOD=\tgadget${SFX}\n.PATH: ${SRCTOP}/sys/dev/widget\nSRCS=widget.c\n.include <bsd.kmod.mk>\n"
    write(root, {"sys/modules/Makefile.common": common, "sys/modules/Makefile.inc": "KMOD?=\tgear_inc\n"})
    tree = Tree.open(root)
    assert list(tree.modules()) == ["gadgetx64", "gear_inc", "widget"]
    assert tree.module("gadgetx64").sources == (Path("sys/dev/widget/widget.c"),)


@pytest.mark.parametrize("include", ["bsd.mkopt.mk", None])
def test_build_options_are_the_trees_own(make_tree: Callable[..., Path], include: str | None) -> None:
    """Releases differ in who turns the lists of kern.opts.mk into MK_ variables."""
    turn = ".include <bsd.mkopt.mk>\n" if include else (
        ".for var in ${__DEFAULT_YES_OPTIONS}\nMK_${var}:=\tyes\n.endfor\n"
        ".for var in ${__DEFAULT_NO_OPTIONS}\n.if !defined(MK_${var})\nMK_${var}:=\tno\n.endif\n.endfor\n")
    root = make_tree(gear='.include "${SYSDIR}/conf/kern.opts.mk"\n'
                          'KMOD=gear\n.PATH: ${SRCTOP}/sys/dev/widget\nSRCS=widget.c\n'
                          '.if ${MK_TURBO} != "no"\nCFLAGS+=-DTURBO\n.endif\n'
                          '.if ${MK_SLOW} == "yes"\nCFLAGS+=-DSLOW\n.endif\n.include <bsd.kmod.mk>\n')
    write(root, {"sys/conf/kern.opts.mk":
                 f"__DEFAULT_YES_OPTIONS = \\\n    SLOW\n__DEFAULT_NO_OPTIONS = \\\n    TURBO\n{turn}"})
    module = Tree.open(root).module("gear")
    assert module.defines == ("SLOW",)
    assert module.conditionals == ('Makefile:5: .if ${MK_TURBO} != "no": no',
                                   'Makefile:8: .if ${MK_SLOW} == "yes": yes')


def test_option_sources(make_tree: Callable[..., Path]) -> None:
    """SRCS.OPTION belongs to a module where the tree's own kmod.mk says so."""
    root = make_tree(gear="KMOD=gear\n.PATH: ${SRCTOP}/sys/dev/widget\nSRCS=widget.c\nSRCS.INET=gear_inet.c\n"
                          "SRCS.NONE=gear_none.c\n.include <bsd.kmod.mk>\n")
    write(root, {"sys/dev/widget/gear_inet.c": "", "sys/dev/widget/gear_none.c": "",
                 "sys/conf/kmod.mk": "KERN_OPTS=INET\n"
                                     ".for _o in ${KERN_OPTS}\nSRCS+=${SRCS.${_o}}\n.endfor\n"})
    module = Tree.open(root).module("gear")
    assert [source.name for source in module.sources] == ["widget.c", "gear_inet.c"]


# -- bad input ------------------------------------------------------------------------------------------

def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="no such folder"):
        Tree.open(tmp_path / "nowhere")


def test_no_tree(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match=r"is not a FreeBSD source tree.*give the folder that holds"):
        Tree.open(tmp_path)


def test_sys_itself_is_given(make_tree: Callable[..., Path]) -> None:
    root = make_tree()
    with pytest.raises(PortkitError, match="give the folder above it"):
        Tree.open(root / "sys")


def test_a_file_is_given(make_tree: Callable[..., Path]) -> None:
    with pytest.raises(PortkitError, match="is a file"):
        Tree.open(make_tree() / "sys/sys/param.h")


def test_param_without_version(make_tree: Callable[..., Path]) -> None:
    root = make_tree()
    (root / "sys/sys/param.h").write_text("/* cut */\n")
    with pytest.raises(PortkitError, match="defines no __FreeBSD_version"):
        Tree.open(root)


def test_unknown_module_suggests_near_names(make_tree: Callable[..., Path]) -> None:
    with pytest.raises(PortkitError, match=r"no kernel module wigdet \(did you mean widget\?\)"):
        Tree.open(make_tree()).module("wigdet")


def test_unknown_module_with_nothing_near(make_tree: Callable[..., Path]) -> None:
    with pytest.raises(PortkitError, match=r"no kernel module qqqq \(the tree has 1 modules\)"):
        Tree.open(make_tree()).module("qqqq")


@pytest.mark.parametrize(("text", "line", "message"), [
    ("KMOD=bad\n.if defined(X)\nSRCS=a.c\n", 2, r"\.if without \.endif"),
    ("KMOD=bad\nSRCS=a.c\n.endif\n", 3, r"\.endif without \.if"),
    ("KMOD=bad\n.else\n", 2, r"\.else without \.if"),
    ("KMOD=bad\n.if 1\n.else\n.else\n.endif\n", 4, r"\.else after \.else"),
    ("KMOD=bad\n\n.for x in a b\nSRCS+=${x}.c\n", 3, r"\.for without \.endfor"),
    ("KMOD=bad\n.for x a b\n.endfor\n", 2, r"\.for needs"),
    ("KMOD=bad\n.if ${X} ==\n.endif\n", 2, "cannot read the condition"),
    ("KMOD=bad\n.if (defined(X)\n.endif\n", 2, "cannot read the condition"),
    ("KMOD=bad\nthis is no make language\n", 2, "neither an assignment, nor a rule"),
    ("KMOD=bad\n\tcc -c x.c\n", 2, "a command that belongs to no rule"),
    ('KMOD=bad\n.include "../nowhere.mk"\n', 2, "does not exist"),
    ("KMOD=bad\nCFLAGS:=${CFLAGS\n", 2, "no closing bracket"),
    ("KMOD=bad\nX:=${Y:zork}\n", 2, "does not know the modifier `:zork'"),
    ("KMOD=bad\nX=${X} a\nY:=${X}\n", 3, "refers to itself"),
    ("KMOD=bad\n.error no luck\n", 2, "no luck"),
    ("KMOD=bad\nSRCS=\ta.c \\\n", 2, "ends inside a continued line"),
    ("KMOD=bad\nSRCS=\ta.c \\\n\tb.c \\", 2, "ends inside a continued line"),
    ("KMOD=bad\nSRCS=\t\\\n\twidget_if.h \\\n\tmissing.c\n", 4, "SRCS names missing.c"),
    ("KMOD=bad\nSRCS=lost_if.h\n", 2, "SRCS names lost_if.h"),
    ("KMOD=bad\n\nSRCS=\0\1\2\n", 3, "binary file"),
])
def test_broken_makefile_names_file_and_line(make_tree: Callable[..., Path], text: str, line: int,
                                             message: str) -> None:
    tree = Tree.open(make_tree(bad=text))
    with pytest.raises(PortkitError, match=message) as caught:
        tree.module("bad")
    assert caught.value.file == str(tree.root / "sys/modules/bad/Makefile")
    assert caught.value.line == line
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "SRCS=widget.c\n.include <bsd.kmod.mk>\n"])
def test_makefile_without_kmod(make_tree: Callable[..., Path], text: str) -> None:
    tree = Tree.open(make_tree(bad=text))
    with pytest.raises(PortkitError, match="sets no KMOD"):
        tree.module("bad")
    assert list(tree.modules()) == ["widget"]


def test_one_broken_makefile_does_not_hide_the_others(make_tree: Callable[..., Path]) -> None:
    tree = Tree.open(make_tree(bad="\0\0", worse="KMOD=worse\n.if\n"))
    assert tree.module("widget").name == "widget"


def test_makefile_that_includes_itself(make_tree: Callable[..., Path]) -> None:
    tree = Tree.open(make_tree(bad='KMOD=bad\n.include "Makefile"\n'))
    with pytest.raises(PortkitError, match="includes itself"):
        tree.module("bad")


# -- git ------------------------------------------------------------------------------------------------

def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
                   "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
                   "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True,
                          env=environment)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(make_tree: Callable[..., Path]) -> Path:
    root = make_tree()
    (root / "sys/arm").mkdir()
    (root / "sys/arm/other.c").write_text("int arm;\n")
    (root / "README").write_text("not the kernel\n")
    (root / "sys/dev/widget/link.h").symlink_to("include/wreg.h")
    (root / "sys/dev/widget/escape.h").symlink_to("/etc/passwd")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "first")
    git(root, "tag", "release/13.2")
    (root / "sys/sys/param.h").write_text(PARAM_H.replace("1302000", "1400000"))
    (root / "sys/conf/newvers.sh").write_text(NEWVERS.replace("13.2", "14.0"))
    git(root, "commit", "-q", "-a", "-m", "second")
    return root


def test_revision_of_a_repository(repository: Path, tmp_path: Path) -> None:
    with Tree.open(repository, rev="release/13.2") as tree:
        assert tree.revision == "13.2-RELEASE-p1"
        assert tree.commit == git(repository, "rev-parse", "release/13.2")
        assert errors_of(tree, "widget", tmp_path / "build") == []
        assert (tree.root / "sys/dev/widget/link.h").read_text() == "#define WREG 16\n"
        assert not (tree.root / "sys/dev/widget/escape.h").is_symlink(), "leads out of the tree"
        assert not (tree.root / "README").exists()
        assert not (tree.root / "sys/arm").exists()
        folder = tree.root
    assert not folder.exists()
    assert git(repository, "status", "--porcelain") == ""


def test_checkout_knows_its_commit(repository: Path) -> None:
    tree = Tree.open(repository)
    assert tree.commit == git(repository, "rev-parse", "HEAD")
    assert tree.freebsd_version == 1400000


def test_bare_repository_that_lacks_an_object(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    lost = git(repository, "rev-parse", "main:sys/kern/bus_if.m")
    for pack in list((bare / "objects/pack").glob("*.pack")):      # loose objects can be taken out one by one
        data = pack.read_bytes()
        for part in (bare / "objects/pack").glob(pack.stem + ".*"):
            part.unlink()
        subprocess.run(["git", "-C", str(bare), "unpack-objects", "-q"], input=data, check=True)
    (bare / "objects" / lost[:2] / lost[2:]).unlink()
    with Tree.open(bare, rev="main") as tree:
        assert tree.revision == "14.0-RELEASE-p1"
        assert not (tree.root / "sys/kern/bus_if.m").exists()
        assert (tree.root / "sys/dev/widget/widget.c").is_file()
        with pytest.raises(PortkitError, match="SRCS names bus_if.h.*without its large files"):
            tree.module("widget")


@pytest.mark.parametrize("rev", ["no-such-branch", "--help", ""])
def test_unknown_revision(repository: Path, rev: str) -> None:
    with pytest.raises(PortkitError, match="has no revision"):
        Tree.open(repository, rev=rev)


def test_revision_without_a_kernel(repository: Path) -> None:
    git(repository, "rm", "-q", "-r", "sys/sys")
    git(repository, "commit", "-q", "-m", "third")
    with pytest.raises(PortkitError, match="holds no sys/sys/param.h"):
        Tree.open(repository, rev="HEAD")


def test_revision_of_a_plain_checkout(make_tree: Callable[..., Path]) -> None:
    with pytest.raises(PortkitError, match="is not a git repository"):
        Tree.open(make_tree(), rev="HEAD")


def test_bare_repository_without_revision(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    with pytest.raises(PortkitError, match="name a revision with --rev"):
        Tree.open(bare)
