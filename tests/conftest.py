# ruff: noqa: E101  (the drivers below are C: it is indented with tabs)
"""What several test files share: real trees and gates where their places are given, and small made-up trees.

PORTKIT_FREEBSD and PORTKIT_GATE name FreeBSD trees and illumos gates, colon-separated.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# A shell starts what it puts in the background with interrupts ignored; so would be the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PROJECT = Path(__file__).resolve().parent.parent


def places(variable: str) -> list[Path]:
    return [Path(place) for place in os.environ.get(variable, "").split(":") if place]


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """A command that runs to its end in this process leaves interrupts ignored, as for its own end."""
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def freebsd_trees() -> list[Path]:
    found = places("PORTKIT_FREEBSD")
    if not found:
        pytest.skip("PORTKIT_FREEBSD names no FreeBSD tree")
    return found


@pytest.fixture(scope="session")
def gates() -> list[Path]:
    found = places("PORTKIT_GATE")
    if not found:
        pytest.skip("PORTKIT_GATE names no illumos gate")
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `freebsd_tree` or `gate` runs for each of them; for none it is skipped, and says so.

    `gate_or_embedded` is each gate, and None, which stands for the embedded headers, before them.
    """
    for argument, variable, what in (("freebsd_tree", "PORTKIT_FREEBSD", "FreeBSD tree"),
                                     ("gate", "PORTKIT_GATE", "illumos gate")):
        marks = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
        if argument not in metafunc.fixturenames or any(argument in str(names) for names in marks):
            continue
        found: list = [pytest.param(place, id=place.name) for place in places(variable)]
        none = pytest.param(None, id="none", marks=pytest.mark.skip(reason=f"{variable} names no {what}"))
        metafunc.parametrize(argument, found or [none])
    if "gate_or_embedded" in metafunc.fixturenames:
        headers = [pytest.param(None, id="embedded"),
                   *(pytest.param(place, id=place.name) for place in places("PORTKIT_GATE"))]
        metafunc.parametrize("gate_or_embedded", headers)


# -- a made-up FreeBSD tree ----------------------------------------------------------------------------------
#
# Declarations in the shape of FreeBSD's kernel interfaces (their manual pages), as few as the driver needs.

KERNEL = {
    "sys/sys/param.h": """
#ifndef _SYS_PARAM_H_
#define _SYS_PARAM_H_
#define __FreeBSD_version 1302000
#include <sys/types.h>
#define MAXPHYS 131072
#endif
""",
    "sys/sys/types.h": """
#ifndef _SYS_TYPES_H_
#define _SYS_TYPES_H_
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned long size_t;
typedef unsigned long uintptr_t;
typedef long ssize_t;
typedef unsigned int u_int;
typedef unsigned char u_char;
typedef char *caddr_t;
#define NULL ((void *)0)
#endif
""",
    "sys/sys/cdefs.h": """
#ifndef _SYS_CDEFS_H_
#define _SYS_CDEFS_H_
#define __packed __attribute__((__packed__))
#define __unused __attribute__((__unused__))
#define __FBSDID(s) struct __hack
#endif
""",
    "sys/sys/systm.h": """
#ifndef _SYS_SYSTM_H_
#define _SYS_SYSTM_H_
#include <sys/types.h>
int printf(const char *, ...);
int snprintf(char *, size_t, const char *, ...);
void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
void bzero(void *, size_t);
extern int bootverbose;
#ifdef INVARIANTS
void kassert_panic(const char *, ...);
#define KASSERT(exp, msg) do { if (!(exp)) kassert_panic msg; } while (0)
#else
#define KASSERT(exp, msg) do { } while (0)
#endif
#endif
""",
    "sys/sys/errno.h": "#define ENXIO 6\n#define ENOMEM 12\n#define EBUSY 16\n",
    "sys/sys/kernel.h": """
#ifndef _SYS_KERNEL_H_
#define _SYS_KERNEL_H_
enum sysinit_sub_id { SI_SUB_DRIVERS = 0x3100000 };
enum sysinit_elem_order { SI_ORDER_MIDDLE = 0x1000000 };
#endif
""",
    "sys/sys/module.h": """
#ifndef _SYS_MODULE_H_
#define _SYS_MODULE_H_
struct module;
typedef struct module *module_t;
typedef int (*modeventhand_t)(module_t, int, void *);
#define MODULE_VERSION(module, version) extern int module##_has_version
#define MODULE_DEPEND(module, mdepend, vmin, vpref, vmax) extern int module##_depends_on_##mdepend
#endif
""",
    "sys/sys/kobj.h": """
#ifndef _SYS_KOBJ_H_
#define _SYS_KOBJ_H_
typedef void (*kobjop_t)(void);
struct kobj_method;
typedef const struct kobj_method kobj_method_t;
struct kobjop_desc { unsigned int id; kobj_method_t *deflt; };
struct kobj_method { struct kobjop_desc *desc; kobjop_t func; };
struct kobj_ops { int x; };
typedef struct kobj { struct kobj_ops *ops; } *kobj_t;
struct kobj_class { const char *name; kobj_method_t *methods; size_t size; };
typedef struct kobj_class *kobj_class_t;
kobjop_t kobj_lookup(struct kobj_ops *, struct kobjop_desc *);
#define KOBJMETHOD(NAME, FUNC) { &NAME##_desc, (kobjop_t)(1 ? FUNC : (NAME##_t *)0) }
#define KOBJMETHOD_END { 0, 0 }
#define KOBJOPLOOKUP(OPS, OP) do { _m = kobj_lookup(OPS, &OP##_##desc); } while (0)
#endif
""",
    "sys/sys/bus.h": """
#ifndef _SYS_BUS_H_
#define _SYS_BUS_H_
#include <sys/types.h>
#include <sys/kobj.h>
#include <sys/module.h>
typedef struct device *device_t;
typedef struct kobj_class driver_t;
typedef struct devclass *devclass_t;
typedef kobj_method_t device_method_t;
#define DEVMETHOD KOBJMETHOD
#define DEVMETHOD_END KOBJMETHOD_END
#define BUS_PROBE_DEFAULT (-20)
void *device_get_softc(device_t);
device_t device_get_parent(device_t);
int device_get_unit(device_t);
const char *device_get_nameunit(device_t);
void device_set_desc(device_t, const char *);
int device_printf(device_t, const char *, ...);
struct sysctl_ctx_list *device_get_sysctl_ctx(device_t);
struct sysctl_oid *device_get_sysctl_tree(device_t);
struct driver_module_data { driver_t *driver; devclass_t *devclass; modeventhand_t handler; };
#define DRIVER_MODULE(name, busname, driver, devclass, evh, arg) \\
static struct driver_module_data name##_##busname##_driver_mod = { &driver, &devclass, evh }
#include "device_if.h"
#endif
""",
    "sys/sys/lock.h": "#define LK_NOTHING 0\n",
    "sys/sys/mutex.h": """
#ifndef _SYS_MUTEX_H_
#define _SYS_MUTEX_H_
struct mtx { volatile uintptr_t mtx_lock; };
#define MTX_DEF 0x00000000
#define MTX_SPIN 0x00000001
#define MA_OWNED 1
void _mtx_init(struct mtx *, const char *, const char *, int);
void _mtx_destroy(struct mtx *);
void _mtx_lock(struct mtx *);
void _mtx_unlock(struct mtx *);
void _mtx_assert(struct mtx *, int);
#define mtx_init(m, n, t, o) _mtx_init(m, n, t, o)
#define mtx_destroy(m) _mtx_destroy(m)
#define mtx_lock(m) _mtx_lock(m)
#define mtx_unlock(m) _mtx_unlock(m)
#define mtx_assert(m, what) _mtx_assert(m, what)
#endif
""",
    "sys/sys/malloc.h": """
#ifndef _SYS_MALLOC_H_
#define _SYS_MALLOC_H_
struct malloc_type { const char *ks_shortdesc; };
#define M_NOWAIT 0x0001
#define M_WAITOK 0x0002
#define M_ZERO 0x0100
#define MALLOC_DEFINE(type, shortdesc, longdesc) struct malloc_type type[1] = { { shortdesc } }
extern struct malloc_type M_DEVBUF[1];
void *malloc(size_t, struct malloc_type *, int);
void free(void *, struct malloc_type *);
#endif
""",
    "sys/sys/sysctl.h": """
#ifndef _SYS_SYSCTL_H_
#define _SYS_SYSCTL_H_
struct sysctl_oid;
struct sysctl_oid_list;
struct sysctl_ctx_list;
#define CTLFLAG_RD 0x80000000
#define CTLFLAG_RW 0xc0000000
#define OID_AUTO (-1)
struct sysctl_oid_list *sysctl_children(struct sysctl_oid *);
#define SYSCTL_CHILDREN(oid) sysctl_children(oid)
struct sysctl_oid *sysctl_add_int(struct sysctl_ctx_list *, struct sysctl_oid_list *, int, const char *,
    unsigned, void *, long, const char *);
#define SYSCTL_ADD_UINT(ctx, parent, nbr, name, access, ptr, val, descr) \\
    sysctl_add_int(ctx, parent, nbr, name, access, ptr, val, descr)
#define SYSCTL_ADD_U64(ctx, parent, nbr, name, access, ptr, val, descr) \\
    sysctl_add_int(ctx, parent, nbr, name, access, ptr, val, descr)
#endif
""",
    "sys/amd64/include/cpufunc.h": "static inline void pause_cpu(void) { }\n",
    "sys/kern/device_if.m": """
#include <sys/bus.h>
INTERFACE device;
METHOD int probe {
\tdevice_t dev;
};
METHOD int attach {
\tdevice_t dev;
};
METHOD int detach {
\tdevice_t dev;
};
""",
    "sys/conf/newvers.sh": 'REVISION="13.2"\nBRANCH="RELEASE"\n',
}

MAKEFILE = """.PATH: ${{SRCTOP}}/sys/dev/{name}
KMOD= {name}
SRCS= {sources} device_if.h
.include <bsd.kmod.mk>
"""


class FakeTree:
    """A FreeBSD tree with no more in it than what a test puts there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write(KERNEL)

    def write(self, files: dict[str, str]) -> None:
        """Files by path; their text is Latin-1, as FreeBSD's own may be."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("latin-1"))

    def driver(self, name: str, **texts: str) -> None:
        """A module of sys/dev/<name>: its files by name (`gizmo_c` is gizmo.c), with their Makefile."""
        files = {f"{'.'.join(key.rsplit('_', 1))}": text for key, text in texts.items()}
        self.write({f"sys/dev/{name}/{file}": text for file, text in files.items()})
        sources = " ".join(file for file in files if file.endswith(".c"))
        self.write({f"sys/modules/{name}/Makefile": MAKEFILE.format(name=name, sources=sources)})

    def state(self) -> dict[str, tuple[int, int, int]]:
        """Everything in it, folders too, with what changes when somebody writes to it."""
        return {str(path.relative_to(self.root)): (path.lstat().st_mtime_ns, path.lstat().st_ctime_ns,
                                                   path.lstat().st_size)
                for path in [self.root, *sorted(self.root.rglob("*"))]}


# A driver with nothing but a softc, a lock, two counters and its linkage.
GIZMO_C = """/*-
 * A gizmo, by J\xfcrgen Gr\xf6\xdfe.
 */
#include <sys/cdefs.h>
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/module.h>
#include <sys/mutex.h>
#include <sys/sysctl.h>

#include <dev/gizmo/gizmo.h>

static int	gizmo_probe(device_t);
static int	gizmo_attach(device_t);
static int	gizmo_detach(device_t);

static device_method_t gizmo_methods[] = {
	DEVMETHOD(device_probe, gizmo_probe),
	DEVMETHOD(device_attach, gizmo_attach),
	DEVMETHOD(device_detach, gizmo_detach),
	DEVMETHOD_END
};

static driver_t gizmo_driver = {
	"gizmo",
	gizmo_methods,
	sizeof(struct gizmo_softc)
};

static devclass_t gizmo_devclass;

DRIVER_MODULE(gizmo, nexus, gizmo_driver, gizmo_devclass, NULL, NULL);
MODULE_VERSION(gizmo, 1);

static int
gizmo_probe(device_t dev)
{
	device_set_desc(dev, "A gizmo");
	return (BUS_PROBE_DEFAULT);
}

/*
 * Count one turn; the answer is how many there were.
 */
static uint32_t
gizmo_turn(struct gizmo_softc *sc)
{
	uint32_t turns;

	mtx_lock(&sc->lock);
	turns = ++sc->turns;
	mtx_unlock(&sc->lock);
	return (turns);
}

static int
gizmo_attach(device_t dev)
{
	struct gizmo_softc *sc;

	sc = device_get_softc(dev);
	sc->dev = dev;
	mtx_init(&sc->lock, "gizmo", NULL, MTX_DEF);
	sc->table = malloc(GIZMO_SLOTS * sizeof(uint64_t), M_DEVBUF,
	    M_WAITOK | M_ZERO);
	SYSCTL_ADD_UINT(device_get_sysctl_ctx(dev),
	    SYSCTL_CHILDREN(device_get_sysctl_tree(dev)), OID_AUTO,
	    "turns", CTLFLAG_RD, &sc->turns, 0, "Turns so far");
	device_printf(dev, "turn %u\\n", gizmo_turn(sc));
	return (0);
}

static int
gizmo_detach(device_t dev)
{
	struct gizmo_softc *sc = device_get_softc(dev);

	if (sc->turns == 0)
		return (EBUSY);
	free(sc->table, M_DEVBUF);
	mtx_destroy(&sc->lock);
	return (0);
}
"""
GIZMO_H = """/* Caf\xe9 hours. */
#ifndef _GIZMO_H_
#define	_GIZMO_H_

#define	GIZMO_SLOTS	16

struct gizmo_softc {
	device_t	 dev;
	struct mtx	 lock;
	uint32_t	 turns;		/* protected by lock */
	uint64_t	*table;
};

#endif
"""


@pytest.fixture
def fake_tree(tmp_path: Path) -> FakeTree:
    """A tree with one module, gizmo."""
    tree = FakeTree(tmp_path / "freebsd")
    tree.driver("gizmo", gizmo_c=GIZMO_C, gizmo_h=GIZMO_H)
    return tree


# -- files on disk -------------------------------------------------------------------------------------------

@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, bytes | str]]:
    """What a folder holds: bytes of files, targets of links, `folder` for the rest."""
    def take(folder: Path) -> dict[str, bytes | str]:
        found: dict[str, bytes | str] = {}
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_symlink():
                found[name] = f"-> {os.readlink(path)}"
            else:
                found[name] = path.read_bytes() if path.is_file() else "folder"
        return found
    return take


@pytest.fixture
def as_nobody() -> Iterator[Callable[[Callable[[], object]], str]]:
    """Call something where permissions count, which root's are above; its text, or the PortkitError's."""
    def call(what: Callable[[], object]) -> str:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            text = "something else went wrong"
            try:
                if os.getuid() == 0:
                    os.setgroups([])
                    os.setgid(65534)
                    os.setuid(65534)
                text = str(what())
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
            finally:
                os.write(writer, text.encode())
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as stream:
            text = stream.read().decode()
        os.waitpid(child, 0)
        return text
    yield call
