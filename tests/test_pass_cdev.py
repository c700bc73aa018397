"""Character devices: the methods keep their text, the tables become cb_ops(9S), make_dev(9) a minor node."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from portkit.frontend.unit import Program
from portkit.illumos.compile import WARNINGS, embedded_include, kernel_flags
from portkit.illumos.layout import plan
from portkit.port import derived_port
from portkit.rewrite import glue
from portkit.rewrite.context import Context
from portkit.rewrite.engine import compose_all, render_all
from portkit.rewrite.passes import cdev, cdevsw, includes, newbus
from portkit.rules.loader import load_rules
from portkit.upstream import KernelModule

GATES = [Path(place) for place in os.environ.get("PORTKIT_GATE", "").split(":") if place]
FOLDER = Path("sys/dev/foo")

# What the drivers here need of FreeBSD's kernel.
KERNEL = r"""
#ifndef KERNEL_H
#define KERNEL_H
typedef unsigned int uint32_t;
typedef unsigned char uint8_t;
typedef unsigned long u_long;
typedef char *caddr_t;
typedef struct device *device_t;
typedef struct devclass *devclass_t;
typedef struct { const char *name; int (*func)(device_t); } device_method_t;
typedef struct { const char *name; device_method_t *methods; int size; } driver_t;
#define DEVMETHOD(name, func) { #name, func }
#define DRIVER_MODULE(name, bus, driver, class, evh, arg) struct driver_module_##name { int x; }
void *device_get_softc(device_t);
int device_get_unit(device_t);
const char *device_get_nameunit(device_t);
#define NULL ((void *)0)
#define EBUSY 16
#define ENXIO 6
#define UID_ROOT 0
#define GID_WHEEL 0
struct thread { int td_x; };
struct uio { int uio_resid; };
struct ucred;
struct selinfo { int si_x; };
struct cdevsw;
struct cdev { void *si_drv0, *si_drv1, *si_drv2; char *si_name; };
typedef int d_open_t(struct cdev *, int, int, struct thread *);
typedef int d_close_t(struct cdev *, int, int, struct thread *);
typedef int d_read_t(struct cdev *, struct uio *, int);
typedef int d_write_t(struct cdev *, struct uio *, int);
typedef int d_ioctl_t(struct cdev *, u_long, caddr_t, int, struct thread *);
typedef int d_poll_t(struct cdev *, int, struct thread *);
typedef int d_mmap_t(struct cdev *, long);
struct cdevsw {
	int d_version; unsigned d_flags; const char *d_name;
	d_open_t *d_open; d_close_t *d_close; d_read_t *d_read; d_write_t *d_write; d_ioctl_t *d_ioctl;
	d_poll_t *d_poll; d_mmap_t *d_mmap;
};
#define D_VERSION 0x17122009
#define D_NEEDGIANT 0x400000
#define D_TRACKCLOSE 0x80000
#define MAKEDEV_WAITOK 8
#define MAKEDEV_CHECKNAME 16
struct cdev *make_dev(struct cdevsw *, int, int, int, int, const char *, ...);
int make_dev_p(int, struct cdev **, struct cdevsw *, struct ucred *, int, int, int, const char *, ...);
struct make_dev_args {
	int mda_flags; struct cdevsw *mda_devsw; int mda_uid, mda_gid, mda_mode, mda_unit; void *mda_si_drv1;
};
void make_dev_args_init(struct make_dev_args *);
int make_dev_s(struct make_dev_args *, struct cdev **, const char *, ...);
void destroy_dev(struct cdev *);
int dev2unit(struct cdev *);
int uiomove(void *, int, struct uio *);
void selrecord(struct thread *, struct selinfo *);
void selwakeup(struct selinfo *);
#define POLLIN 1
#define POLLOUT 4
#define _IOC(d, g, n, l) ((unsigned long)((d) | (((l) & 0x1fff) << 16) | ((g) << 8) | (n)))
#define _IOR(g, n, t) _IOC(0x40000000, (g), (n), sizeof(t))
#define _IOW(g, n, t) _IOC(0x80000000, (g), (n), sizeof(t))
#endif
"""
LINKAGE = """
static device_method_t foo_methods[] = {
	DEVMETHOD(device_attach, foo_attach),
	DEVMETHOD(device_detach, foo_detach),
	{ 0, 0 }
};
static driver_t foo_driver = { "foo", foo_methods, sizeof(struct foo_softc) };
static devclass_t foo_devclass;
DRIVER_MODULE(foo, pci, foo_driver, foo_devclass, 0, 0);
"""


@dataclass
class Port:
    context: Context
    text: dict[str, str]
    residue: list[tuple[str, str]]          # symbol, hint
    uses: dict[str, int]

    def function(self, name: str, file: str = "foo.c") -> list[str]:
        """The lines of a function, from its name to its closing brace."""
        text = self.text[file]
        start = text.index(f"\n{name}(") + 1
        return text[start:text.index("\n}\n", start) + 2].split("\n")

    def joined(self, name: str) -> str:
        """The same on one line, however it was wrapped."""
        return " ".join(line.strip() for line in self.function(name)).replace("( ", "(")

    def reasons(self) -> list[str]:
        return [hint for _, hint in self.residue if hint.startswith("character device: ")]


def port(folder: Path, **files: str) -> Port:
    """Write `foo_c`, `bar_c`, ... as sys/dev/foo/foo.c ..., and translate them with all tables and glue."""
    (folder / FOLDER).mkdir(parents=True)
    (folder / "sys/sys").mkdir()
    (folder / "sys/sys/kernel.h").write_text(KERNEL)
    sources = []
    for key, text in files.items():
        path = FOLDER / key.replace("_", ".")
        (folder / path).write_text("#include <sys/kernel.h>\n" + text)
        if path.suffix == ".c":
            sources.append(path)
    arguments = ["-target", "x86_64-unknown-freebsd13", "-nostdinc", f"-I{folder}/sys", "-w"]
    program = Program(folder, [FOLDER], [*arguments, "-ffreestanding"])
    program.freebsd_version = 1201000
    program.parse(sources)
    context = Context(program, load_rules())
    context.folder, context.prefix = FOLDER, "foo"
    makefile = Path("sys/modules/foo/Makefile")
    module = KernelModule("foo", makefile, tuple(sources), (), (), (), (), (), ())
    newbus.collect(context)
    cdevsw.collect(context)
    newbus.run(context)
    cdev.run(context, [module])
    includes.run(context)
    family = derived_port(sources, ("foo",))
    modules = plan(context, [module], family)
    glue.prepare(context, modules, family)
    translation = render_all(context)
    glue.append(context, modules, family)
    compose_all(translation)
    uses: dict[str, int] = {}
    for emitted in translation.files.values():
        for kind, count in emitted.uses.items():
            uses[kind] = uses.get(kind, 0) + count
    text = {path.name: emitted.data.decode() for path, emitted in translation.files.items()}
    return Port(context, text,
                [(one.symbol, one.hint) for emitted in translation.files.values() for one in emitted.residue],
                uses)


ONE = """
struct foo_softc {
	device_t	sc_dev;
	struct cdev	*sc_cdev;
	struct selinfo	sc_sel;
	int		sc_ready;
};

static d_open_t		foo_open;
static d_read_t		foo_read;
static d_poll_t		foo_poll;

/* what userland may do */
static struct cdevsw foo_cdevsw = {
	.d_version	= D_VERSION,
	.d_open		= foo_open,
	.d_read		= foo_read,
	.d_poll		= foo_poll,
	.d_name		= "foo",
};

static int
foo_open(struct cdev *dev, int oflags, int devtype, struct thread *td)
{
	struct foo_softc *sc = dev->si_drv1;

	if (sc->sc_ready)
		return (EBUSY);
	return (0);
}

static int
foo_read(struct cdev *dev, struct uio *uio, int ioflag)
{
	struct foo_softc *sc = (struct foo_softc *)dev->si_drv1;

	return (uiomove(&sc->sc_ready, sizeof (int), uio));
}

static int
foo_poll(struct cdev *dev, int events, struct thread *td)
{
	struct foo_softc *sc = dev->si_drv1;
	int revents = 0;

	if (sc->sc_ready)
		revents = POLLIN;
	else
		selrecord(td, &sc->sc_sel);
	return (revents);
}

static void
foo_ready(struct foo_softc *sc)
{
	sc->sc_ready = 1;
	selwakeup(&sc->sc_sel);
}

static int
foo_attach(device_t dev)
{
	struct foo_softc *sc = device_get_softc(dev);
	int error;

	error = make_dev_p(MAKEDEV_CHECKNAME | MAKEDEV_WAITOK, &sc->sc_cdev, &foo_cdevsw, 0, UID_ROOT,
	GID_WHEEL, 0640, "foo%d", device_get_unit(dev));
	if (error != 0)
		return (error);
	sc->sc_cdev->si_drv1 = sc;
	foo_ready(sc);
	return (0);
}

static int
foo_detach(device_t dev)
{
	struct foo_softc *sc = device_get_softc(dev);

	destroy_dev(sc->sc_cdev);
	return (0);
}
""" + LINKAGE


def test_one_device(tmp_path: Path) -> None:
    result = port(tmp_path, foo_c=ONE)
    text = result.text["foo.c"]
    assert result.residue == []
    assert result.uses.get("support", 0) == 0
    assert "\tdev_info_t\t*sc_cdev;\n\tstruct pollhead\tsc_sel;\n" in text
    # The declarations say what the type of the method said; the table is gone with what was said about it.
    assert ("static int foo_open(dev_info_t *, int, int, kthread_t *);\n"
            "static int foo_read(dev_info_t *, struct uio *, int);\n"
            "static int foo_poll(dev_info_t *, int, struct pollhead **);\n") in text
    assert "cdevsw" not in text and "what userland may do" not in text
    assert result.function("foo_open")[:3] == [
        "foo_open(dev_info_t *dev, int oflags, int devtype, kthread_t *td)", "{",
        "\tstruct foo_softc *sc = ddi_get_driver_private(dev);"]
    # A cast that upstream wrote stays, and uiomove(9F) is told the direction.
    assert result.function("foo_read")[2:] == [
        "\tstruct foo_softc *sc = (struct foo_softc *)ddi_get_driver_private(dev);", "",
        "\treturn (uiomove(&sc->sc_ready, sizeof (int), UIO_READ, uio));", "}"]


def test_poll_hands_the_pollhead_up(tmp_path: Path) -> None:
    result = port(tmp_path, foo_c=ONE)
    poll = result.function("foo_poll")
    assert poll[0] == "foo_poll(dev_info_t *dev, int events, struct pollhead **td)"
    assert poll[-4:] == ["\telse", "\t\t*td = &sc->sc_sel;", "\treturn (revents);", "}"]
    assert "\tpollwakeup(&sc->sc_sel, POLLIN | POLLRDNORM);" in result.function("foo_ready")
    assert result.function("foo_cb_chpoll")[3:] == [
        "\tdev_info_t *dip = foo_cb_dip(dev);", "\tstruct pollhead *php = NULL;", "",
        "\t*reventsp = foo_poll(dip, events, &php);",
        "\tif ((*reventsp == 0 && !anyyet) || (events & POLLET) != 0)", "\t\t*phpp = php;",
        "\treturn (0);", "}"]


def test_a_device_that_can_be_written_wakes_writers(tmp_path: Path) -> None:
    source = ONE.replace("revents = POLLIN;", "revents = POLLIN | (events & POLLOUT);")
    result = port(tmp_path, foo_c=source)
    assert "\tpollwakeup(&sc->sc_sel, POLLIN | POLLRDNORM | POLLOUT);" in result.function("foo_ready")


def test_the_node_is_made_and_removed(tmp_path: Path) -> None:
    """The pointer is there before the node, which can be opened at once; the unit is the instance."""
    result = port(tmp_path, foo_c=ONE)
    attach = result.function("foo_attach")
    start = attach.index("\tsc->sc_cdev = dev;")
    assert attach[start + 1:] == [
        '\terror = ddi_create_minor_node(dev, "foo", S_IFCHR,',
        "\t    ddi_get_instance(dev), DDI_PSEUDO, 0) == DDI_SUCCESS ? 0 : ENXIO;",
        "\tif (error != 0)", "\t\treturn (error);", "\tfoo_ready(sc);", "\treturn (0);", "}"]
    assert '\tddi_remove_minor_node(sc->sc_cdev, "foo");' in result.function("foo_detach")


def test_only_the_entry_points_that_the_table_has(tmp_path: Path) -> None:
    result = port(tmp_path, foo_c=ONE)
    text = result.text["foo.c"]
    for entry, function in (("open", "foo_cb_open"), ("close", "nulldev"), ("read", "foo_cb_read"),
                            ("write", "nodev"), ("ioctl", "nodev"), ("chpoll", "foo_cb_chpoll")):
        assert f"\t.cb_{entry} =\t\t{function},\n" in text
    assert "foo_cb_close" not in text and "foo_cb_ioctl" not in text
    assert result.function("foo_cb_open")[3:] == [
        "", "\tif (otyp != OTYP_CHR)", "\t\treturn (EINVAL);",
        "\tif ((dip = foo_cb_dip(*devp)) == NULL)", "\t\treturn (ENXIO);",
        "\treturn (foo_open(dip, flag, S_IFCHR, curthread));", "}"]


def test_errors_of_the_wrong_sign_are_put_right(tmp_path: Path) -> None:
    result = port(tmp_path, foo_c=ONE.replace("return (EBUSY);", "return (-EBUSY);"))
    assert result.function("foo_cb_open")[-3:] == [
        "\terror = foo_open(dip, flag, S_IFCHR, curthread);", "\treturn (ABS(error));", "}"]
    assert "\t\treturn (-EBUSY);" in result.function("foo_open")


def test_make_dev_gives_the_node_or_null(tmp_path: Path) -> None:
    start = ONE.index("\terror = make_dev_p(")
    end = ONE.index("\tif (error != 0)")
    make = '\tsc->sc_cdev = make_dev(&foo_cdevsw, 0, UID_ROOT, GID_WHEEL, 0600, "foo/ctl");\n'
    source = ONE[:start] + make + "\terror = sc->sc_cdev == NULL ? ENXIO : 0;\n" + ONE[end:]
    joined = port(tmp_path, foo_c=source).joined("foo_attach")
    # A minor node's name has no slash.
    assert ('sc->sc_cdev = ddi_create_minor_node(dev, "foo-ctl", S_IFCHR, ddi_get_instance(dev), '
            "DDI_PSEUDO, 0) == DDI_SUCCESS ? dev : NULL;") in joined


def test_make_dev_s(tmp_path: Path) -> None:
    """What fills the structure of arguments goes with it; si_drv1 is among it."""
    start = ONE.index("\tint error;\n\n\terror = make_dev_p(")
    end = ONE.index("\tif (error != 0)")
    source = ONE[:start] + """
	struct make_dev_args args;
	int error;

	make_dev_args_init(&args);
	args.mda_devsw = &foo_cdevsw;
	args.mda_unit = device_get_unit(dev);
	args.mda_si_drv1 = sc;
	if ((error = make_dev_s(&args, &sc->sc_cdev, "%s", device_get_nameunit(dev))) != 0)
		return (error);
""" + ONE[end:].replace("\tsc->sc_cdev->si_drv1 = sc;\n", "")
    result = port(tmp_path, foo_c=source)
    assert result.residue == []
    attach = result.joined("foo_attach")
    assert "args" not in attach
    assert ('sc->sc_cdev = dev; if ((error = ddi_create_minor_node(dev, "foo", S_IFCHR, '
            "ddi_get_instance(dev), DDI_PSEUDO, 0) == DDI_SUCCESS ? 0 : ENXIO) != 0) "
            "return (error);") in attach
    assert "\tstruct foo_softc *sc = ddi_get_driver_private(dev);" in result.function("foo_open")


def test_a_call_without_braces_gets_them(tmp_path: Path) -> None:
    source = ONE.replace("\terror = make_dev_p(",
                         "\terror = 0;\n\tif (sc->sc_ready == 0)\n\t\terror = make_dev_p(")
    attach = port(tmp_path, foo_c=source).function("foo_attach")
    start = attach.index("\tif (sc->sc_ready == 0) {")
    assert attach[start + 1] == "\t\tsc->sc_cdev = dev;"
    assert attach[start + 2].startswith('\t\terror = ddi_create_minor_node(dev, "foo",')
    assert attach[attach.index("\tif (error != 0)") - 1] == "\t}"


TWO = """
#define	CTL_NAME	"ctl"

struct msg { uint32_t op; uint8_t data[60]; };
#define	FOO_GET		_IOR('f', 1, struct msg)
#define	FOO_PUT		_IOW('f', 2, struct msg)

struct side { struct foo_softc *sc; int opened; };

struct foo_softc {
	device_t	sc_dev;
	struct cdev	*sc_data_dev, *sc_ctl_dev;
	struct side	sc_data;
	struct side	sc_ctl;
};

static d_open_t foo_open;
static d_read_t foo_read;
static d_ioctl_t foo_ioctl;

static struct cdevsw foo_cdevsw = {
	.d_version = D_VERSION,
	.d_open = foo_open,
	.d_read = foo_read,
};

static struct cdevsw ctl_cdevsw = {
	.d_version = D_VERSION,
	.d_ioctl = foo_ioctl,
};

static int
foo_open(struct cdev *dev, int oflags, int devtype, struct thread *td)
{
	struct side *side = (struct side *)dev->si_drv1;

	side->opened = 1;
	return (0);
}

static int
foo_read(struct cdev *dev, struct uio *uio, int ioflag)
{
	return (uiomove(dev->si_drv1, sizeof (int), uio));
}

static int
foo_ioctl(struct cdev *dev, u_long cmd, caddr_t data, int fflag, struct thread *td)
{
	struct msg *msg = (struct msg *)data;
	struct side *side;

	side = dev->si_drv1;
	switch (cmd) {
	case FOO_GET:
		msg->op = side->opened + dev2unit(dev);
		return (0);
	case FOO_PUT:
		side->opened = msg->op;
		return (0);
	}
	return (ENXIO);
}

static int
foo_attach(device_t dev)
{
	struct foo_softc *sc = device_get_softc(dev);

	sc->sc_data_dev = make_dev(&foo_cdevsw, 0, UID_ROOT, GID_WHEEL, 0600, "data");
	sc->sc_data_dev->si_drv1 = &sc->sc_data;
	sc->sc_ctl_dev = make_dev(&ctl_cdevsw, device_get_unit(dev), UID_ROOT, GID_WHEEL, 0600, CTL_NAME);
	sc->sc_ctl_dev->si_drv1 = &sc->sc_ctl;
	return (0);
}

static int
foo_detach(device_t dev)
{
	struct foo_softc *sc = device_get_softc(dev);

	destroy_dev(sc->sc_ctl_dev);
	destroy_dev(sc->sc_data_dev);
	return (0);
}
""" + LINKAGE


def test_two_devices_are_told_apart_by_the_minor_number(tmp_path: Path) -> None:
    result = port(tmp_path, foo_c=TWO)
    assert result.residue == []
    text = result.text["foo.c"]
    assert ("/*\n * The minor nodes of an instance.\n */\n"
            "enum {\n\tFOO_MINOR,\n\tCTL_MINOR,\n\tFOO_MINORS\n};\n") in text
    attach = result.joined("foo_attach")
    assert '(dev, "data", S_IFCHR, ddi_get_instance(dev) * FOO_MINORS + FOO_MINOR, DDI_PSEUDO,' in attach
    # A name that is a macro stays one.
    assert "(dev, CTL_NAME, S_IFCHR, ddi_get_instance(dev) * FOO_MINORS + CTL_MINOR, DDI_PSEUDO," in attach
    assert "\tddi_remove_minor_node(sc->sc_ctl_dev, CTL_NAME);" in result.function("foo_detach")
    assert result.function("foo_cb_read")[5:] == [
        "\tswitch (getminor(dev) % FOO_MINORS) {", "\tcase FOO_MINOR:",
        "\t\terror = foo_read(dip, uiop, uiop->uio_fmode);", "\t\tbreak;",
        "\tdefault:", "\t\terror = ENODEV;", "\t\tbreak;", "\t}", "\treturn (error);", "}"]
    # The other one has no method for it, and can be opened all the same.
    opens = result.function("foo_cb_open")
    assert opens[opens.index("\tdefault:") + 1] == "\t\terror = 0;"


def test_a_member_of_the_soft_state_in_si_drv1(tmp_path: Path) -> None:
    """The methods of each device find their own, and a cast to the type that it has is not repeated."""
    result = port(tmp_path, foo_c=TWO)
    softc = "((struct foo_softc *)ddi_get_driver_private(dev))"
    opened = result.joined("foo_open")
    assert f"struct side *side = &{softc}->sc_data;" in opened
    assert f"uiomove(&{softc}->sc_data, sizeof (int), UIO_READ, uio)" in result.joined("foo_read")
    control = result.function("foo_ioctl")
    assert f"\tside = &{softc}->sc_ctl;" in control
    assert "\t\tmsg->op = side->opened + ddi_get_instance(dev);" in control


def test_a_macro_for_si_drv1(tmp_path: Path) -> None:
    source = "#define\tSOFTC(dev)\t((struct foo_softc *)(dev)->si_drv1)\n" + ONE.replace(
        "*sc = dev->si_drv1;", "*sc = SOFTC(dev);")
    result = port(tmp_path, foo_c=source)
    assert result.residue == []
    assert "#define\tSOFTC(dev)\t((struct foo_softc *)ddi_get_driver_private(dev))\n" in result.text["foo.c"]


def test_methods_in_another_file_are_made_known_to_the_glue(tmp_path: Path) -> None:
    head = ONE[:ONE.index("static d_open_t")]
    head += "int foo_attach_dev(device_t);\nvoid foo_detach_dev(device_t);\n"
    methods = ONE[ONE.index("static d_open_t"):ONE.index("static int\nfoo_attach")]
    make = ONE[ONE.index("static int\nfoo_attach"):ONE.index("static device_method_t")]
    for old, new in (("static int\nfoo_attach(", "int\nfoo_attach_dev("),
                     ("static int\nfoo_detach(", "void\nfoo_detach_dev("),
                     ("destroy_dev(sc->sc_cdev);\n\treturn (0);", "destroy_dev(sc->sc_cdev);")):
        make = make.replace(old, new)
    main = ('#include "foo.h"\nstatic int foo_attach(device_t dev) { return (foo_attach_dev(dev)); }\n'
            "static int foo_detach(device_t dev) { foo_detach_dev(dev); return (0); }\n" + LINKAGE)
    result = port(tmp_path, foo_h=head, foo_c=main, dev_c='#include "foo.h"\n' + methods + make)
    assert result.reasons() == []
    # One softc in a header, the methods in dev.c, the glue in foo.c.
    assert "dev_info_t\t*sc_cdev;" in result.text["foo.h"]
    assert "\nint foo_open(dev_info_t *, int, int, kthread_t *);\n" in result.text["dev.c"]
    assert "\nint\nfoo_open(dev_info_t *dev," in result.text["dev.c"]
    assert "\nextern int foo_open(dev_info_t *, int, int, kthread_t *);\n" in result.text["foo.c"]
    assert "foo_cb_open" in result.text["foo.c"] and "foo_cb_open" not in result.text["dev.c"]


@pytest.mark.parametrize(("old", "new", "reason"), [
    ('.d_name\t\t= "foo",', '.d_name = "foo", .d_flags = D_NEEDGIANT,', "with Giant held"),
    ('.d_name\t\t= "foo",', '.d_name = "foo", .d_flags = D_TRACKCLOSE,', "is called for the last one only"),
    ('.d_name\t\t= "foo",', '.d_name = "foo", .d_mmap = foo_mmap,', "no glue for the method d_mmap"),
    ("sc->sc_cdev->si_drv1 = sc;", "sc->sc_cdev->si_drv1 = &error;", "cannot be told from the node"),
    ("sc->sc_cdev->si_drv1 = sc;", "", "what si_drv1 holds does not show"),
    ("selrecord(td, &sc->sc_sel);", "foo_note(td, &sc->sc_sel);", "what is done with td is not understood"),
    ("int revents = 0;", "int revents = dev->si_name[0];", "this use of si_name is not understood"),
    ("foo_ready(sc);", 'make_dev(&foo_cdevsw, 1, 0, 0, 0600, "b");', "several devices share"),
    ("\terror = make_dev_p(", "\tfor (error = 1; error; ) error = make_dev_p(", "made in a loop"),
    ('"foo%d", device_get_unit(dev)', '"foo%d.%d", 1, 2', "not one that a minor node can have"),
])
def test_what_the_glue_cannot_serve_is_left_alone(old: str, new: str, reason: str, tmp_path: Path) -> None:
    """The reason is named once, and not one line of the devices is changed."""
    more = "int foo_mmap(struct cdev *, long);\nvoid foo_note(struct thread *, struct selinfo *);\n"
    assert old in ONE
    result = port(tmp_path, foo_c=more + ONE.replace(old, new, 1))
    assert len(result.reasons()) == 1 and reason in result.reasons()[0]
    text = result.text["foo.c"]
    assert "dev_info_t\t*sc_cdev" not in text and "struct cdev\t*sc_cdev;" in text
    assert "static struct cdevsw foo_cdevsw = {" in text
    assert "struct thread *td" in text or "kthread_t *td" in text
    assert "ddi_create_minor_node" not in text and "pollhead **" not in text and "foo_cb_ops" not in text


@pytest.mark.parametrize(("size", "fits"), [(251, True), (252, False)])
def test_illumos_request_codes_hold_255_bytes(size: int, fits: bool, tmp_path: Path) -> None:
    source = TWO.replace("uint8_t data[60];", f"uint8_t data[{size}];").replace(
        "uint32_t op;", "uint8_t op, three[3];")
    result = port(tmp_path, foo_c=source)
    if fits:
        assert result.reasons() == []
    else:
        assert result.reasons() == [
            "character device: its argument is of 256 bytes, and illumos' request codes hold up to 255"]
        assert "ddi_copyin" not in result.text["foo.c"]


# -- the emitted text as illumos' compilers and tools see it -------------------------------------------------

HEADERS = [pytest.param(None, id="embedded"), *(pytest.param(gate, id=gate.name) for gate in GATES)]
if not GATES:
    HEADERS.append(pytest.param(Path(), id="gate", marks=pytest.mark.skip(reason="PORTKIT_GATE is not set")))


@pytest.mark.parametrize("gate", HEADERS)
@pytest.mark.parametrize("cc", [cc for cc in ("gcc", "clang") if shutil.which(cc)])
@pytest.mark.parametrize("source", ["one", "two", "negative"])
def test_it_compiles(source: str, cc: str, gate: Path | None, tmp_path: Path) -> None:
    text = {"one": ONE, "two": TWO, "negative": ONE.replace("(EBUSY)", "(-EBUSY)")}[source]
    result = port(tmp_path / "tree", foo_c=text)
    path = tmp_path / "foo.c"
    path.write_text(result.text["foo.c"])
    if gate is None:
        flags = kernel_flags([embedded_include()])
    else:
        uts = gate / "usr/src/uts"
        flags = kernel_flags([uts / "i86pc", uts / "intel", uts / "common", gate / "usr/src/common"])
    done = subprocess.run([cc, *flags, *WARNINGS, "-Werror", "-c", str(path), "-o", str(tmp_path / "foo.o")],
                          capture_output=True, text=True, check=False)
    assert done.stderr == "" and done.returncode == 0


@pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")
@pytest.mark.parametrize("source", [ONE, TWO], ids=["one", "two"])
def test_it_is_in_style(source: str, tmp_path: Path) -> None:
    path = tmp_path / "foo.c"
    path.write_text(port(tmp_path / "tree", foo_c=source).text["foo.c"])
    script = GATES[0] / "usr/src/tools/scripts/cstyle.pl"
    done = subprocess.run(["perl", str(script), "-pP", str(path)], capture_output=True, text=True,
                          check=False)
    assert done.stdout == ""
