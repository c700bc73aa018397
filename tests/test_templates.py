"""The C that portkit adds to a port: helper files and glue templates.

Compiling and style need an illumos gate: PORTKIT_GATE names one or more source trees (those that hold
usr/src), separated by colons.  The behaviour of the helpers is tested without one, on a small stand-in for
the kernel made of POSIX threads.
"""

# ruff: noqa: E501

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jinja2
import pytest

TEMPLATES = Path(__file__).resolve().parent.parent / "portkit" / "templates"
SUPPORT = TEMPLATES / "support"
GATES = [Path(p) for p in os.environ.get("PORTKIT_GATE", "").split(":") if p]
COMPILERS = [cc for cc in ("gcc", "clang") if shutil.which(cc)]

needs_gate = pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")

FLAGS = [
    "-c", "-m64", "-ffreestanding", "-nostdinc", "-std=gnu99", "-O2", "-mcmodel=kernel", "-mno-red-zone",
    "-fno-pic", "-fno-stack-protector", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter",
    "-Wno-sign-compare", "-Wno-missing-field-initializers", "-Wno-unknown-pragmas",
    "-D_KERNEL", "-D_SYSCALL32", "-D_SYSCALL32_IMPL", "-D_ELF64", "-D_DDI_STRICT", "-Dsun", "-D__sun",
    "-D__SVR4", "-D_MACHDEP", "-Di86pc",
]


def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def render(name: str, context: dict[str, Any]) -> str:
    return environment().get_template(name).render(context)


LEAF: dict[str, Any] = {
    "module": "foo", "prefix": "foo", "description": "Foo device",
    "softc_type": "struct foo_softc", "probe": "foo_probe", "attach": "foo_attach", "detach": "foo_detach",
    "suspend": None, "resume": None, "shutdown": None, "sysinit": [], "sysuninit": [], "nexus": None,
    "cdev": None, "hba": False, "kstat": False, "dma": False, "tunables": [], "support": [], "module_condvars": [], "module_locks": [], "extra_attach": [], "extra_detach": [],
}
_OPEN = "dev_info_t *, int, int, kthread_t *"
CDEV: dict[str, Any] = {
    "softc": "struct foo_softc", "count": "2", "negative": True,
    "devices": [
        {"minor": "0", "open": "foo_open", "close": "foo_close", "read": None, "write": None, "ioctl": "foo_ioctl",
         "poll": "foo_poll"},
        {"minor": "1", "open": None, "close": None, "read": "foo_read", "write": "foo_write", "ioctl": None,
         "poll": None}],
    "entries": {name: f"foo_cb_{name}" for name in ("open", "close", "read", "write", "ioctl", "chpoll")},
    "prototypes": [f"extern int foo_open({_OPEN});", f"extern int foo_close({_OPEN});",
                   "extern int foo_ioctl(dev_info_t *, ulong_t, caddr_t, int, kthread_t *);",
                   "extern int foo_poll(dev_info_t *, int, struct pollhead **);",
                   "extern int foo_read(dev_info_t *, struct uio *, int);",
                   "extern int foo_write(dev_info_t *, struct uio *, int);"],
}
FULL: dict[str, Any] = LEAF | {
    "suspend": "foo_suspend", "resume": "foo_resume", "shutdown": "foo_shutdown",
    "sysinit": ["foo_first(NULL)", "foo_second(NULL)"], "sysuninit": ["foo_unfirst(NULL)", "foo_unsecond(NULL)"],
    "softc_type": "struct foo_ddi_softc", "cdev": CDEV, "kstat": True, "dma": True,
    "tunables": [{"name": "depth", "var": "foo_depth", "unsigned": False, "min": 1, "max": 64, "default": 8,
                  "descr": "depth of the queue"}],
    "support": ["callout", "taskqueue", "kstat", "cpu", "busdma"],
    "module_condvars": [], "module_locks": ["foo_lock"], "extra_attach": [], "extra_detach": ["foo_locks_destroy(dip);"],
}
NEXUS: dict[str, Any] = LEAF | {
    "kstat": True, "detach": None, "probe": None,
    "nexus": {"bus": "foobus", "unit_address_property": "deviceid", "class_property": "classid",
              "pnpinfo": "foo_child_pnpinfo_str", "sbuf": False},
}
SBUF: dict[str, Any] = NEXUS | {"nexus": NEXUS["nexus"] | {"pnpinfo": "foo_child_pnpinfo", "sbuf": True}}
COUNTING: dict[str, Any] = LEAF | {
    "softc_type": None,
    "nexus": {"bus": "foobus", "unit_address_property": None, "class_property": None, "pnpinfo": None,
              "sbuf": False},
}
HBA: dict[str, Any] = LEAF | {
    "hba": True, "softc_type": "struct foo_softc", "dma": True,
    "tunables": [{"name": "depth", "var": "foo_flags", "unsigned": True, "min": 1, "max": 64, "descr": "Depth"}]}
CONTEXTS = {"leaf": LEAF, "hba": HBA, "full": FULL, "nexus": NEXUS, "sbuf": SBUF, "counting": COUNTING}

# The source that module.c.j2 is appended to.
UPSTREAM = """\
#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/devops.h>
#include <sys/stat.h>
#include <sys/open.h>
#include <sys/file.h>
#include <sys/cred.h>
#include <sys/uio.h>
#include <sys/poll.h>
#include <sys/ioccom.h>
#include <sys/sysmacros.h>
#include <sys/thread.h>
#include <sys/atomic.h>
#include <sys/modctl.h>
#include <sys/cmn_err.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/ndi_impldefs.h>
#include <sys/ddi_impldefs.h>
#include "bsd_callout.h"
#include "bsd_taskqueue.h"
#include "bsd_kstat.h"
#include "bsd_cpu.h"
#include "bsd_busdma.h"
#include "bsd_sbuf.h"

struct foo_softc {
	int	sc_unit;
};

int foo_depth = 8;
kmutex_t foo_lock;

extern int foo_probe(dev_info_t *);
extern int foo_attach(dev_info_t *);
extern int foo_detach(dev_info_t *);
extern int foo_suspend(dev_info_t *);
extern int foo_resume(dev_info_t *);
extern int foo_shutdown(dev_info_t *);
extern int foo_child_pnpinfo_str(dev_info_t *, dev_info_t *, char *, size_t);
extern int foo_child_pnpinfo(dev_info_t *, dev_info_t *, struct bsd_sbuf *);
extern void foo_first(void *), foo_second(void *);
extern void foo_unfirst(void *), foo_unsecond(void *);
extern void foo_locks_destroy(dev_info_t *);
"""
CALLS = """
extern void foo_bus_scan(dev_info_t *, void *);

void
foo_bus_scan(dev_info_t *dip, void *ivars)
{
	dev_info_t *child = foo_ndi_add_child(dip, ivars);

	if (child != NULL && foo_ndi_attach_child(child) != 0)
		(void) foo_ndi_delete_child(dip, child);
}
"""


def module_source(context: dict[str, Any]) -> str:
    text = UPSTREAM
    if context["nexus"]:
        text += "\n" + render("nexus_protos.h.j2", context) + CALLS
    if context["hba"]:
        text = text.replace("#include <sys/sunddi.h>\n", "#include <sys/sunddi.h>\n#include <sys/scsi/scsi.h>\n")
        text += "\nstatic uint_t foo_flags = 8;\n"
    return text + render("module.c.j2", context)


def misc_source() -> str:
    return render("misc.c.j2", {
        "module": "foo_misc", "description": "What foo and bar share", "support": ["callout", "taskqueue"],
        "sysinit": ["foo_first(NULL)"], "sysuninit": ["foo_unfirst(NULL)"], "module_condvars": [], "module_locks": ["foo_lock"],
        "prototypes": ["extern kmutex_t foo_lock;", "extern void foo_first(void *);", "extern void foo_unfirst(void *);"]})


INTERFACE: dict[str, Any] = {
    "name": "foo", "includes": ["<sys/types.h>", "<sys/dditypes.h>"], "forwards": ["struct taskq"],
    "methods": [
        {"macro": "FOO_GET_VERSION", "params": ["bus", "dev"], "result": "uint32_t",
         "function": "foo_get_version_method", "prototype": ["dev_info_t *", "dev_info_t *"]},
        {"macro": "FOO_GET_EVENT_TASKQ", "params": ["bus", "dev", "cpu"], "result": "struct taskq *",
         "function": "foo_get_event_taskq_method", "prototype": ["dev_info_t *", "dev_info_t *", "int"]},
    ],
}


def interface_source() -> str:
    return render("interface.h.j2", INTERFACE)


def cstyle(path: Path) -> str:
    script = GATES[0] / "usr/src/tools/scripts/cstyle.pl"
    return subprocess.run(["perl", str(script), "-pP", str(path)], capture_output=True, text=True,
                          check=False).stdout


def compile_gate(source: Path, gate: Path, cc: str, out: Path, *more: str) -> str:
    uts = gate / "usr/src/uts"
    places = [arg for place in (uts / "i86pc", uts / "intel", uts / "common", gate / "usr/src/common")
              for arg in ("-isystem", str(place))]
    done = subprocess.run([cc, *FLAGS, *more, *places, "-I", str(SUPPORT), "-I", str(source.parent), "-o", str(out),
                           str(source)], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


HELPERS = ("busdma", "callout", "cpu", "kstat", "taskqueue", "timeouttask")
SUPPORT_FILES = [SUPPORT / f"bsd_{name}.{end}" for name in HELPERS for end in ("c", "h")]


def test_every_support_file_is_headed_by_its_licence() -> None:
    for path in SUPPORT_FILES:
        head = path.read_text("ascii")[:400]
        assert "SPDX-License-Identifier: BSD-2-Clause" in head
        assert "Copyright 2026 The portkit authors" in head


def test_no_driver_is_named() -> None:
    for path in [*SUPPORT_FILES, *TEMPLATES.glob("*.j2")]:
        text = path.read_text().lower()
        for name in ("hyperv", "hyper-v", "vmbus", "virtio", "hv_"):
            assert name not in text.replace("hypervisor", ""), f"{path.name} names {name}"


@needs_gate
@pytest.mark.parametrize("path", SUPPORT_FILES, ids=lambda p: p.name)
def test_support_style(path: Path) -> None:
    assert cstyle(path) == ""


@needs_gate
@pytest.mark.parametrize("gate", GATES, ids=lambda g: g.name)
@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("define", ["-DNDEBUG", "-DDEBUG"])
def test_support_compiles(gate: Path, cc: str, define: str, tmp_path: Path) -> None:
    for path in (path for path in SUPPORT_FILES if path.suffix == ".c"):
        assert compile_gate(path, gate, cc, tmp_path / "o.o", define) == ""


@needs_gate
@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("header", [p.name for p in SUPPORT_FILES if p.suffix == ".h"])
def test_support_header_stands_alone(header: str, cc: str, tmp_path: Path) -> None:
    source = tmp_path / "alone.c"
    source.write_text(f'#include "{header}"\n#include "{header}"\nint alone;\n')
    assert compile_gate(source, GATES[0], cc, tmp_path / "o.o") == ""


@needs_gate
@pytest.mark.parametrize("gate", GATES, ids=lambda g: g.name)
@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("kind", [*CONTEXTS, "misc", "interface"])
def test_template_compiles_in_style(kind: str, gate: Path, cc: str, tmp_path: Path) -> None:
    if kind == "interface":
        header = tmp_path / "foo_if.h"
        header.write_text(interface_source())
        assert cstyle(header) == ""
        text = ('#include "foo_if.h"\nextern uint32_t version(dev_info_t *);\n'
                "uint32_t version(dev_info_t *d) { return (FOO_GET_VERSION(d, d)); }\n")
    else:
        text = misc_source() if kind == "misc" else module_source(CONTEXTS[kind])
    source = tmp_path / "foo.c"
    source.write_text(text)
    if kind != "interface":
        assert cstyle(source) == ""
    assert compile_gate(source, gate, cc, tmp_path / "foo.o") == ""


@pytest.mark.parametrize("missing", sorted(set(LEAF) - {"module"}))
def test_template_wants_its_whole_context(missing: str) -> None:
    context = {key: value for key, value in FULL.items() if key != missing}
    with pytest.raises(jinja2.UndefinedError):
        render("module.c.j2", context)


def body(text: str, function: str) -> str:
    start = text.index(f"\n{function}(")
    return text[start:text.index("\n}\n", start)]


def in_order(text: str, *parts: str) -> bool:
    place = -1
    for part in parts:
        place = text.find(part, place + 1)
        if place < 0:
            return False
    return True


def test_init_runs_in_order_and_is_undone_in_reverse() -> None:
    text = module_source(FULL)
    assert in_order(body(text, "_init"), "bsd_support_init()", "ddi_soft_state_init(", "mutex_init(&foo_lock", "foo_first(NULL)",
                    "foo_second(NULL)", "mod_install(", "foo_unsecond(NULL)", "foo_unfirst(NULL)",
                    "ddi_soft_state_fini(", "bsd_support_fini()")
    assert in_order(body(text, "_fini"), "mod_remove(", "return (error)", "foo_unsecond(NULL)",
                    "foo_unfirst(NULL)", "mutex_destroy(&foo_lock)", "ddi_soft_state_fini(", "bsd_support_fini()")
    support = body(text, "bsd_support_init")
    assert in_order(support, "bsd_callout_setup()", "bsd_taskqueue_init()", "goto fail1", "bsd_cpu_init()",
                    "goto fail3", "fail3:", "bsd_kstat_fini()", "fail1:", "bsd_callout_teardown()")
    assert "busdma" not in support      # has no state


def test_helper_code_without_a_state_needs_no_setting_up() -> None:
    text = module_source(LEAF | {"support": ["busdma"]})
    assert body(text, "bsd_support_init") == "\nbsd_support_init(void)\n{\n\treturn (0);"


def test_attach_undoes_everything_it_did() -> None:
    attach = body(module_source(FULL), "foo_ddi_attach")
    assert in_order(attach, "ddi_soft_state_zalloc(", "state->dip = dip;", "ddi_set_driver_private(dip, &state->softc)",
                    "foo_probe(dip) > 0", "goto fail", "bsd_tunable_int(dip, \"depth\", &foo_depth", "foo_attach(dip)",
                    "ddi_report_dev(dip)", "fail:", "bsd_kstat_device_fini(dip)", "foo_locks_destroy(dip);",
                    "ddi_soft_state_free(")


def test_suspend_is_refused_without_methods() -> None:
    assert "DDI_SUSPEND" not in module_source(LEAF)
    assert "DDI_RESUME" not in module_source(LEAF)
    assert "foo_suspend(dip)" in body(module_source(FULL), "foo_ddi_detach")


def test_a_driver_without_detach_stays() -> None:
    assert "DDI_DETACH" not in body(module_source(NEXUS), "foo_ddi_detach")


def test_cb_ops_only_where_needed() -> None:
    assert "cb_ops foo" not in module_source(LEAF)
    assert ".devo_cb_ops =\t\tNULL" in module_source(LEAF)
    assert ".cb_open =\t\tfoo_cb_open," in module_source(FULL)
    assert "ddi_quiesce_not_needed" in module_source(LEAF)
    assert "ddi_quiesce_not_supported" in module_source(FULL)


def test_conf() -> None:
    text = render("driver.conf.j2", {"module": "foo", "parent": None, "class": "root", "instance": True,
                                     "hba": False, "tunables": FULL["tunables"]})
    assert '\nname="foo" class="root";\n' in text
    assert "\n# depth=8;\n" in text
    text = render("driver.conf.j2", {"module": "foo", "parent": "/pseudo", "class": None, "instance": True,
                                     "hba": False, "tunables": []})
    assert '\nname="foo" parent="/pseudo" instance=0;\n' in text
    text = render("driver.conf.j2", {"module": "foo", "parent": None, "class": None, "instance": False,
                                     "hba": False, "tunables": []})
    assert "name=" not in text


def test_interface_is_a_direct_call() -> None:
    text = interface_source()
    assert "extern uint32_t foo_get_version_method(dev_info_t *, dev_info_t *);" in text
    assert "#define\tFOO_GET_VERSION(bus, dev)\t\\\n\tfoo_get_version_method((bus), (dev))\n" in text


def test_rendering_is_deterministic() -> None:
    assert module_source(FULL) == module_source(FULL)


# -- behaviour -----------------------------------------------------------------------------------------------

KERNEL_H = r"""
#ifndef KERNEL_H
#define	KERNEL_H
#define	_GNU_SOURCE
#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <stdarg.h>
#include <limits.h>
#include <errno.h>
#include <unistd.h>
#include <pthread.h>
#include <assert.h>

typedef unsigned char uchar_t; typedef unsigned short ushort_t; typedef unsigned int uint_t;
typedef unsigned long ulong_t; typedef long long hrtime_t; typedef char *caddr_t; typedef void *timeout_id_t;
typedef enum { B_FALSE, B_TRUE } boolean_t;
typedef short pri_t; typedef int processorid_t; typedef pthread_t kt_did_t;
typedef struct dev_info { const char *name; int instance; } dev_info_t;

typedef struct { pthread_mutex_t m; volatile pthread_t owner; } kmutex_t;
typedef pthread_cond_t kcondvar_t;
#define	MUTEX_DRIVER 0
#define	CV_DRIVER 0
#define	LOCK_LEVEL 10
#define	DDI_INTR_PRI(p) ((void *)(uintptr_t)(p))
#define	mutex_init(l, n, t, c) (pthread_mutex_init(&(l)->m, NULL), (void)((l)->owner = 0))
#define	mutex_destroy(l) assert(pthread_mutex_destroy(&(l)->m) == 0)
static inline void mutex_enter(kmutex_t *l)
{ assert(l->owner != pthread_self()); pthread_mutex_lock(&l->m); l->owner = pthread_self(); }
static inline void mutex_exit(kmutex_t *l)
{ assert(l->owner == pthread_self()); l->owner = 0; pthread_mutex_unlock(&l->m); }
#define	MUTEX_HELD(l) ((l)->owner == pthread_self())
#define	cv_init(c, n, t, a) pthread_cond_init((c), NULL)
#define	cv_destroy(c) assert(pthread_cond_destroy(c) == 0)
static inline void cv_wait(kcondvar_t *c, kmutex_t *l)
{ l->owner = 0; pthread_cond_wait(c, &l->m); l->owner = pthread_self(); }
#define	cv_signal(c) pthread_cond_signal(c)
#define	cv_broadcast(c) pthread_cond_broadcast(c)

typedef struct list_node { struct list_node *next, *prev; } list_node_t;
typedef struct { size_t off; list_node_t head; } list_t;
#define	LN(l, o) ((list_node_t *)((char *)(o) + (l)->off))
#define	LO(l, n) ((n) == &(l)->head ? NULL : (void *)((char *)(n) - (l)->off))
static inline void list_create(list_t *l, size_t s, size_t off)
{ (void)s; l->off = off; l->head.next = l->head.prev = &l->head; }
static inline int list_is_empty(list_t *l) { return (l->head.next == &l->head); }
static inline void list_destroy(list_t *l) { assert(list_is_empty(l)); l->head.next = NULL; }
static inline void *list_head(list_t *l) { return (LO(l, l->head.next)); }
static inline void *list_tail(list_t *l) { return (LO(l, l->head.prev)); }
static inline void *list_next(list_t *l, void *o) { return (LO(l, LN(l, o)->next)); }
static inline void *list_prev(list_t *l, void *o) { return (LO(l, LN(l, o)->prev)); }
static inline void ln_insert(list_node_t *p, list_node_t *n)
{ n->prev = p; n->next = p->next; p->next->prev = n; p->next = n; }
static inline void list_insert_after(list_t *l, void *o, void *n) { ln_insert(LN(l, o), LN(l, n)); }
static inline void list_insert_head(list_t *l, void *n) { ln_insert(&l->head, LN(l, n)); }
static inline void list_insert_tail(list_t *l, void *n) { ln_insert(l->head.prev, LN(l, n)); }
static inline void list_remove(list_t *l, void *o)
{ list_node_t *n = LN(l, o); assert(n->next != NULL); n->prev->next = n->next; n->next->prev = n->prev;
	n->next = n->prev = NULL; }
static inline void *list_remove_head(list_t *l)
{ void *o = list_head(l); if (o != NULL) list_remove(l, o); return (o); }

#define	KM_SLEEP 0
#define	KM_NOSLEEP 1
static volatile long kmem_live;
static inline void *kmem_zalloc(size_t n, int f)
{ (void)f; size_t *p = calloc(1, n + 16); *p = n; __sync_fetch_and_add(&kmem_live, 1); return (p + 2); }
#define	kmem_alloc kmem_zalloc
static inline void kmem_free(void *v, size_t n)
{ size_t *p = (size_t *)v - 2; assert(*p == n); memset(p, 0xdd, n + 16); free(p); __sync_fetch_and_sub(&kmem_live, 1); }

typedef struct kthread { pthread_t t_did; } kthread_t;
static __thread kthread_t self;
#define	curthread (&self)
static int p0;
#define	TS_RUN 2
#define	minclsyspri 60
#define	maxclsyspri 99
struct start { void (*f)(void *); void *a; };
static inline void *run(void *v) { struct start s = *(struct start *)v; free(v); s.f(s.a); return (NULL); }
static inline kthread_t *thread_create(void *k, size_t z, void (*f)(), void *a, size_t l, int *p, int s, pri_t pri)
{ static __thread kthread_t made; struct start *st = malloc(sizeof (*st)); (void)k; (void)z; (void)l; (void)p; (void)s;
	(void)pri; st->f = f; st->a = a; pthread_create(&made.t_did, NULL, run, st); return (&made); }
#define	thread_exit() return
#define	thread_join(d) pthread_join((d), NULL)

struct to { void (*f)(void *); void *a; long t; pthread_t th; volatile int st; };
static pthread_mutex_t to_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile long to_live;
static inline void *to_run(void *v)
{ struct to *t = v; usleep(t->t * 1000); pthread_mutex_lock(&to_lock); int go = t->st == 0; if (go) t->st = 1;
	pthread_mutex_unlock(&to_lock); if (go) t->f(t->a); __sync_fetch_and_sub(&to_live, 1); return (NULL); }
static inline timeout_id_t timeout(void (*f)(void *), void *a, long ticks)
{ struct to *t = calloc(1, sizeof (*t)); t->f = f; t->a = a; t->t = ticks; __sync_fetch_and_add(&to_live, 1);
	pthread_create(&t->th, NULL, to_run, t); return (t); }
static inline long untimeout(timeout_id_t id)
{ struct to *t = id; pthread_mutex_lock(&to_lock); int running = t->st; if (!running) t->st = 2;
	pthread_mutex_unlock(&to_lock); if (running && t->th != pthread_self()) pthread_join(t->th, NULL); return (0); }
#define	drv_usectohz(u) (((u) + 999) / 1000)
#define	NANOSEC 1000000000LL
#define	MICROSEC 1000000

typedef enum { CPU_INIT, CPU_CONFIG, CPU_UNCONFIG, CPU_ON, CPU_OFF, CPU_CPUPART_IN, CPU_CPUPART_OUT } cpu_setup_t;
typedef struct cpu { int id; } cpu_t;
static kmutex_t cpu_lock = { PTHREAD_MUTEX_INITIALIZER, 0 };
static volatile int cpu_online[4] = { 1, 1, 0, 0 }, bound;
static cpu_t cpus[4];
static int (*cpu_hook)(cpu_setup_t, int, void *);
#define	cpu_get(i) (&cpus[i])
#define	cpu_is_online(c) (cpu_online[(c) - cpus])
#define	thread_affinity_set(t, c) ((void)(t), bound |= 1 << (c))
#define	thread_affinity_clear(t) ((void)(t), bound = 0)
#define	register_cpu_setup_func(f, a) (cpu_hook = (f))
#define	unregister_cpu_setup_func(f, a) (cpu_hook = NULL)

#define	ASSERT(x) assert(x)
#define	MAX(a, b) ((a) > (b) ? (a) : (b))
#define	MIN(a, b) ((a) < (b) ? (a) : (b))
#define	ABS(a) ((a) < 0 ? -(a) : (a))
#define	strlcpy(d, s, n) ((size_t)snprintf((d), (n), "%s", (s)))
#define	strlcat(d, s, n) strncat((d), (s), (n) - strlen(d) - 1)
#define	CE_WARN 2
#define	dev_err(d, l, ...) fprintf(stderr, __VA_ARGS__)
#define	ddi_driver_name(d) ((d)->name)
#define	ddi_get_instance(d) ((d)->instance)
static int prop_value; static uint_t prop_count;
#define	DDI_DEV_T_ANY 0
#define	DDI_PROP_DONTPASS 1
#define	DDI_PROP_SUCCESS 0
#define	ddi_prop_lookup_int_array(v, d, f, n, p, c) (*(p) = &prop_value, *(c) = prop_count, prop_count == 0)
#define	ddi_prop_free(p) ((void)(p))
#define	gethrtime() 0

#define	KSTAT_STRLEN 31
typedef struct kstat { char ks_module[32]; int ks_instance; char ks_name[KSTAT_STRLEN]; uchar_t ks_type; void *ks_data;
	uint_t ks_ndata; size_t ks_data_size; hrtime_t ks_snaptime; int (*ks_update)(struct kstat *, int);
	void *ks_private; int (*ks_snapshot)(struct kstat *, void *, int); void *ks_lock; int live; } kstat_t;
typedef struct { char name[KSTAT_STRLEN]; uchar_t data_type; union { char c[16]; int32_t i32; uint32_t ui32;
	struct { char *ptr; uint32_t len; } str; int64_t i64; uint64_t ui64; long l; ulong_t ul; } value; } kstat_named_t;
#define	KSTAT_NAMED_STR_PTR(k) ((k)->value.str.ptr)
#define	KSTAT_NAMED_STR_BUFLEN(k) ((k)->value.str.len)
enum { KSTAT_DATA_CHAR, KSTAT_DATA_INT32, KSTAT_DATA_UINT32, KSTAT_DATA_INT64, KSTAT_DATA_UINT64,
	KSTAT_DATA_STRING = 9 };
#define	KSTAT_DATA_LONG KSTAT_DATA_INT64
#define	KSTAT_DATA_ULONG KSTAT_DATA_UINT64
#define	KSTAT_READ 0
#define	KSTAT_WRITE 1
#define	KSTAT_TYPE_RAW 0
#define	KSTAT_TYPE_NAMED 1
#define	KSTAT_FLAG_VIRTUAL 1
#define	KSTAT_FLAG_VAR_SIZE 2
#define	KSTAT_FLAG_WRITABLE 4
static kstat_t kstats[32];
static inline kstat_t *kstat_create(const char *m, int i, const char *n, const char *c, int t, int nd, int f)
{ (void)c; (void)nd; (void)f; for (int k = 0; k < 32; k++) assert(!kstats[k].live || strcmp(kstats[k].ks_name, n));
	for (int k = 0; k < 32; k++) if (!kstats[k].live) { memset(&kstats[k], 0, sizeof (kstat_t)); kstats[k].live = 1;
	strlcpy(kstats[k].ks_module, m, 32); strlcpy(kstats[k].ks_name, n, KSTAT_STRLEN); kstats[k].ks_instance = i;
	kstats[k].ks_type = t; return (&kstats[k]); } return (NULL); }
#define	kstat_install(k) ((void)(k))
#define	kstat_delete(k) ((k)->live = 0)
static inline void kstat_named_init(kstat_named_t *k, const char *n, uchar_t t)
{ memset(k, 0, sizeof (*k)); strlcpy(k->name, n, KSTAT_STRLEN); k->data_type = t; }
static inline void kstat_named_setstr(kstat_named_t *k, const char *s)
{ k->value.str.ptr = (char *)s; k->value.str.len = strlen(s) + 1; }
static inline kstat_t *kstat_find(const char *n)
{ for (int k = 0; k < 32; k++) if (kstats[k].live && !strcmp(kstats[k].ks_name, n)) return (&kstats[k]);
	return (NULL); }
static inline kstat_named_t *stat_find(const char *n, const char *s)
{ static char buf[65536]; kstat_named_t *v = (void *)buf, *r = NULL; kstat_t *k = kstat_find(n);
	if (k == NULL) return (NULL); mutex_enter(k->ks_lock); assert(k->ks_update(k, 0) == 0);
	assert(k->ks_data_size <= sizeof (buf) && k->ks_snapshot(k, buf, 0) == 0); for (uint_t i = 0; i < k->ks_ndata; i++) if (!strcmp(v[i].name, s)) r = &v[i];
	mutex_exit(k->ks_lock); return (r); }
#endif
"""

PROGRAMS = {
    "taskqueue": r"""
/* The kernel's task queues and threads' own data, as far as the helper sees them. */
typedef void task_func_t(void *);
typedef struct taskq_ent { struct taskq_ent *tqent_next, *tqent_prev; task_func_t *tqent_func; void *tqent_arg; } taskq_ent_t;
typedef struct taskq { char tq_name[32]; kmutex_t tq_lock; kcondvar_t tq_dispatch_cv, tq_wait_cv; taskq_ent_t tq_task;
	int tq_active, tq_nthreads, tq_end; uint64_t tq_tasks; } taskq_t;
#define	TQ_FRONT 8
static kmutex_t tsd_mutex = { PTHREAD_MUTEX_INITIALIZER, 0 };
static struct tsd { void *v; struct tsd *next; } *tsd_list;
static __thread struct tsd *tsd;
static void (*tsd_destructor)(void *);
static void tsd_create(uint_t *key, void (*f)(void *)) { *key = 1; tsd_destructor = f; }
static void *tsd_get(uint_t key) { assert(key == 1); return (tsd == NULL ? NULL : tsd->v); }
static int tsd_set(uint_t key, void *v) { assert(key == 1 && tsd == NULL); tsd = calloc(1, sizeof (*tsd)); tsd->v = v;
	mutex_enter(&tsd_mutex); tsd->next = tsd_list; tsd_list = tsd; mutex_exit(&tsd_mutex); return (0); }
static void tsd_exit(void) { struct tsd **t; mutex_enter(&tsd_mutex);
	if (tsd != NULL) { if (tsd->v != NULL && tsd_destructor != NULL) tsd_destructor(tsd->v);
	for (t = &tsd_list; *t != tsd; t = &(*t)->next) { } *t = tsd->next; free(tsd); } mutex_exit(&tsd_mutex); }
static void tsd_destroy(uint_t *key) { mutex_enter(&tsd_mutex); for (struct tsd *t = tsd_list; t != NULL; t = t->next) {
	if (t->v != NULL) tsd_destructor(t->v); t->v = NULL; } *key = 0; tsd_destructor = NULL; mutex_exit(&tsd_mutex); }
static volatile int dequeue_us;
static void *taskq_loop(void *arg)
{
	taskq_t *tq = arg; taskq_ent_t *e;
	mutex_enter(&tq->tq_lock);
	for (;;) {
		if ((e = tq->tq_task.tqent_next) == &tq->tq_task) {
			if (tq->tq_end) break;
			tq->tq_active--; cv_broadcast(&tq->tq_wait_cv); cv_wait(&tq->tq_dispatch_cv, &tq->tq_lock); tq->tq_active++;
			continue;
		}
		e->tqent_prev->tqent_next = e->tqent_next; e->tqent_next->tqent_prev = e->tqent_prev; mutex_exit(&tq->tq_lock);
		e->tqent_next = e->tqent_prev = NULL; usleep(dequeue_us);
		e->tqent_func(e->tqent_arg);	/* gives the entry back */
		mutex_enter(&tq->tq_lock);
	}
	tq->tq_nthreads--; cv_broadcast(&tq->tq_wait_cv); mutex_exit(&tq->tq_lock);
	usleep(2000); tsd_exit();		/* after taskq_destroy() has returned */
	return (NULL);
}
static taskq_t *taskq_create(const char *n, int threads, pri_t pri, int min, int max, uint_t f)
{ taskq_t *tq = calloc(1, sizeof (*tq)); pthread_t t; (void)min; (void)pri; assert(max == INT_MAX && f == 0 && strchr(n, ' ') == NULL);
	tq->tq_task.tqent_next = tq->tq_task.tqent_prev = &tq->tq_task; mutex_init(&tq->tq_lock, NULL, 0, NULL);
	cv_init(&tq->tq_dispatch_cv, NULL, 0, NULL); cv_init(&tq->tq_wait_cv, NULL, 0, NULL); tq->tq_active = tq->tq_nthreads = threads;
	while (threads-- > 0) { pthread_create(&t, NULL, taskq_loop, tq); pthread_detach(t); } return (tq); }
static void taskq_dispatch_ent(taskq_t *tq, task_func_t f, void *a, uint_t flags, taskq_ent_t *e)
{ mutex_enter(&tq->tq_lock); assert(!tq->tq_end); taskq_ent_t *p = flags & TQ_FRONT ? &tq->tq_task : tq->tq_task.tqent_prev;
	e->tqent_func = f; e->tqent_arg = a; e->tqent_prev = p; e->tqent_next = p->tqent_next; p->tqent_next->tqent_prev = e;
	p->tqent_next = e; tq->tq_tasks++; cv_signal(&tq->tq_dispatch_cv); mutex_exit(&tq->tq_lock); }
static void taskq_wait(taskq_t *tq) { mutex_enter(&tq->tq_lock); while (tq->tq_task.tqent_next != &tq->tq_task || tq->tq_active != 0)
	cv_wait(&tq->tq_wait_cv, &tq->tq_lock); mutex_exit(&tq->tq_lock); }
static void taskq_destroy(taskq_t *tq) { taskq_wait(tq); mutex_enter(&tq->tq_lock); tq->tq_end = 1; cv_broadcast(&tq->tq_dispatch_cv);
	while (tq->tq_nthreads != 0) cv_wait(&tq->tq_wait_cv, &tq->tq_lock); mutex_exit(&tq->tq_lock); }
#define	NCPU 4
typedef struct { ulong_t bits; } cpuset_t;
#define	CPU_IN_SET(s, i) (((s).bits >> (i)) & 1)
#include "bsd_callout.c"
#include "bsd_taskqueue.c"
#include "bsd_timeouttask.c"

static volatile int runs, pending_seen, again, order[8], norder, hold, held;
static taskq_t *tq, *other;
static struct bsd_task victim;
static void count(void *a, int p) { (void)a; pending_seen = p; __sync_fetch_and_add(&runs, 1); }
static void slow(void *a, int p) { (void)a; (void)p; usleep(30000); __sync_fetch_and_add(&runs, 1); }
static void holder(void *a, int p) { (void)a; (void)p; held = 1; while (hold) usleep(500); held = 0; }
static void note(void *a, int p) { (void)p; order[norder++] = (int)(intptr_t)a; }
static void requeue(void *a, int p) { (void)p; if (++again < 5) taskqueue_enqueue(tq, a); usleep(1000); }
static void suicide(void *a, int p) { (void)p; memset(a, 0xdd, sizeof (struct bsd_task)); free(a); __sync_fetch_and_add(&runs, 1); }
static void canceller(void *a, int p) { uint_t pend; (void)p; *(int *)a = taskqueue_cancel(tq, &victim, &pend) == 0 && pend == 1;
	memset(&victim, 0xdd, sizeof (victim)); }
static void drainer(void *a, int p) { (void)p; taskqueue_drain(tq, a); assert(!taskqueue_poll_is_busy(tq, a)); }
static void bind_self(void *a, int p) { (void)p; assert(bsd_thread_bind(a) == 0); }
static void stop(struct bsd_task *h) { hold = 1; TASK_INIT(h, 0, holder, NULL); taskqueue_enqueue(tq, h); while (!held) usleep(500); }
static void gone(void) { for (int i = 0; i < 1000 && bound != 0; i++) usleep(1000); assert(bound == 0); }
int main(void)
{
	struct bsd_task h, t, u, v; struct timeout_task tt; uint_t pend = 99; int ok = 0;
	cpuset_t none = { 0 }, zero = { 1 }, one = { 2 }, two = { 12 };
	bsd_callout_setup(); bsd_taskqueue_init();
	tq = taskq_create("work", 1, 60, 1, INT_MAX, 0); other = taskq_create("other", 1, 60, 1, INT_MAX, 0);
	/* coalesced, with the count of it */
	stop(&h); TASK_INIT(&t, 0, count, NULL);
	for (int i = 0; i < 3; i++) assert(taskqueue_enqueue(tq, &t) == 0);
	assert(runs == 0 && t.ta_pending == 3 && tq->tq_tasks == 2 && taskqueue_poll_is_busy(tq, &t)); hold = 0;
	taskqueue_drain(tq, &t); assert(runs == 1 && pending_seen == 3);
	/* cancel: a pending task goes, and its memory may, too; what was queued around it runs */
	taskqueue_drain(tq, &h); stop(&h); TASK_INIT(&u, 0, count, NULL); TASK_INIT(&v, 0, count, NULL);
	taskqueue_enqueue(tq, &u); taskqueue_enqueue(tq, &t); taskqueue_enqueue(tq, &t); taskqueue_enqueue(tq, &v);
	assert(taskqueue_cancel(tq, &t, &pend) == 0 && pend == 2); memset(&t, 0xdd, sizeof (t)); hold = 0;
	taskq_wait(tq); assert(runs == 3);
	assert(taskqueue_cancel(tq, &u, NULL) == 0);
	/* one that runs is EBUSY, and so is one that a thread has taken and not begun: it runs, and is not counted as lost */
	TASK_INIT(&u, 0, slow, NULL); taskqueue_enqueue(tq, &u); usleep(10000);
	assert(taskqueue_cancel(tq, &u, &pend) == EBUSY && pend == 0); taskqueue_drain(tq, &u); assert(runs == 4);
	dequeue_us = 30000; taskqueue_enqueue(tq, &v); usleep(10000);
	assert(taskqueue_cancel(tq, &v, &pend) == EBUSY && pend == 0); taskqueue_enqueue(tq, &v);
	taskqueue_drain(tq, &v); assert(runs == 5 && pending_seen == 2); dequeue_us = 0;
	/* cancelled by a task of the same queue */
	taskq_wait(tq); stop(&h); TASK_INIT(&t, 0, canceller, &ok); TASK_INIT(&victim, 0, count, NULL);
	taskqueue_enqueue(tq, &t); taskqueue_enqueue(tq, &victim); hold = 0; taskqueue_drain(tq, &t); taskq_wait(tq);
	assert(ok && runs == 5);
	/* a priority goes to the front, the others first in, first out */
	stop(&h); TASK_INIT(&t, 0, note, (void *)1); TASK_INIT(&u, 5, note, (void *)2); TASK_INIT(&v, 0, note, (void *)3);
	taskqueue_enqueue(tq, &t); taskqueue_enqueue(tq, &u); taskqueue_enqueue(tq, &v); hold = 0;
	taskq_wait(tq); assert(norder == 3 && order[0] == 2 && order[1] == 1 && order[2] == 3);
	/* a drain waits for its own task only, also from a thread of another queue */
	stop(&h); TASK_INIT(&t, 0, slow, NULL); TASK_INIT(&u, 0, drainer, &t); runs = 0;
	taskqueue_enqueue(other, &t); taskqueue_enqueue(tq, &v); taskqueue_drain(other, &t); assert(runs == 1 && held); hold = 0;
	taskqueue_enqueue(tq, &t); taskqueue_enqueue(other, &u); taskqueue_drain(other, &u); assert(runs == 2);
	/* a handler that enqueues its own task, and one that frees it */
	taskq_wait(tq); TASK_INIT(&t, 0, requeue, &t); taskqueue_enqueue(tq, &t); taskqueue_drain(tq, &t); assert(again == 5);
	struct bsd_task *f = malloc(sizeof (*f)); runs = 0; TASK_INIT(f, 0, suicide, f); taskqueue_enqueue(tq, f);
	taskq_wait(tq); assert(runs == 1);
	/* on the stack */
	for (int i = 0; i < 500; i++) { struct bsd_task s; TASK_INIT(&s, 0, count, NULL); taskqueue_enqueue(tq, &s);
		taskqueue_drain(tq, &s); memset(&s, 0xdd, sizeof (s)); }
	assert(runs == 501);
	/* timeouts */
	runs = 0; TIMEOUT_TASK_INIT(tq, &tt, 0, count, NULL);
	assert(taskqueue_enqueue_timeout(tq, &tt, 10) == 0); assert(taskqueue_enqueue_timeout(tq, &tt, 20) == 1);
	usleep(100000); assert(runs == 1);
	taskqueue_enqueue_timeout(tq, &tt, 1000); assert(taskqueue_cancel_timeout(tq, &tt, &pend) == 0 && pend == 1);
	taskqueue_enqueue_timeout(tq, &tt, 1000); taskqueue_drain_timeout(tq, &tt); assert(runs == 1);
	assert(taskqueue_enqueue_timeout(tq, &tt, 0) == 0); taskqueue_drain_timeout(tq, &tt); assert(runs == 2);
	/* bound to a CPU that is not there yet, and goes again; what is queued runs all the same */
	assert(bsd_taskq_bind(tq, &none) == EINVAL); assert(bsd_taskq_bind(tq, &two) == 0);
	runs = 0; TASK_INIT(&t, 0, count, NULL); taskqueue_enqueue(tq, &t); taskqueue_drain(tq, &t);
	assert(runs == 1 && bound == 0);
	mutex_enter(&cpu_lock); cpu_hook(CPU_ON, 2, NULL); assert(bound == 0); cpu_online[2] = 1; cpu_hook(CPU_ON, 2, NULL);
	assert(bound == 4); cpu_hook(CPU_OFF, 2, NULL); assert(bound == 0); cpu_hook(CPU_ON, 2, NULL); mutex_exit(&cpu_lock);
	/* elsewhere, and with its queue gone nowhere */
	assert(bound == 4 && bsd_taskq_bind(tq, &one) == 0 && bound == 2); taskq_destroy(tq); gone();
	mutex_enter(&cpu_lock); cpu_hook(CPU_ON, 1, NULL); assert(bound == 0); mutex_exit(&cpu_lock);
	/* a task that binds the thread that runs it, of a queue that ends with the helper */
	TASK_INIT(&t, 0, bind_self, &zero); taskqueue_enqueue(taskqueue_thread, &t); taskqueue_drain(taskqueue_thread, &t);
	assert(bound == 1); taskq_destroy(other);
	bsd_taskqueue_fini(); bsd_callout_teardown(); assert(bound == 0 && kmem_live == 0 && cpu_hook == NULL);
	usleep(10000);
	return (0);
}
""",
    "callout": r"""
#include "bsd_callout.c"
static kmutex_t mtx; static struct bsd_callout c; static volatile int runs, drained, busy;
static void count(void *a) { (void)a; __sync_fetch_and_add(&runs, 1); }
static void locked(void *a) { (void)a; assert(MUTEX_HELD(&mtx)); runs++; }
static void slow(void *a) { (void)a; busy = 1; usleep(50000); runs++; busy = 0; }
static void self_drain(void *a) { assert(bsd_callout_drain(a) == 0); runs++; drained = 1; }
static void rearm(void *a) { assert(!busy); busy = 1; if (++runs < 5) bsd_callout_reset(a, 1, rearm, a); usleep(5000); busy = 0; }
static void freed(void *a) { memset(a, 0xdd, sizeof (struct bsd_callout)); free(a); runs++; }
int main(void)
{
	bsd_callout_setup(); mutex_init(&mtx, NULL, MUTEX_DRIVER, NULL);
	bsd_callout_init(&c, 1);
	assert(bsd_callout_stop(&c) == -1 && !bsd_callout_pending(&c));
	assert(bsd_callout_reset(&c, 10, count, NULL) == 0 && bsd_callout_pending(&c) && bsd_callout_active(&c));
	assert(bsd_callout_reset(&c, 20, count, NULL) == 1); usleep(100000);
	assert(runs == 1 && !bsd_callout_pending(&c) && bsd_callout_active(&c));
	bsd_callout_deactivate(&c); assert(!bsd_callout_active(&c));
	bsd_callout_schedule(&c, 50); assert(bsd_callout_stop(&c) == 1); usleep(80000); assert(runs == 1);
	assert(bsd_callout_reset_hires(&c, 100000, count, NULL) == 0); usleep(50000); assert(runs == 2);
	/* a running handler: stop says 0, drain waits */
	bsd_callout_reset(&c, 1, slow, NULL); usleep(20000); assert(busy && bsd_callout_stop(&c) == 0);
	assert(bsd_callout_drain(&c) == 0 && !busy && runs == 3);
	/* drained by its own handler */
	bsd_callout_reset(&c, 1, self_drain, &c); usleep(50000); assert(drained && runs == 4);
	/* arms itself again and again, never beside itself */
	runs = 0; bsd_callout_reset(&c, 1, rearm, &c); usleep(200000); assert(runs == 5);
	/* freed by its handler */
	struct bsd_callout *h = calloc(1, sizeof (*h)); runs = 0; bsd_callout_reset(h, 1, freed, h); usleep(50000); assert(runs == 1);
	/* stop with the mutex held, while the handler waits for it: it never runs, and the memory may go */
	for (int i = 0; i < 20; i++) {
		bsd_callout_init_mtx(&c, &mtx, 0); runs = 0; mutex_enter(&mtx);
		bsd_callout_reset(&c, 1, locked, NULL); usleep(10000); assert(bsd_callout_stop(&c) == 1);
		memset(&c, 0xdd, sizeof (c)); mutex_exit(&mtx); usleep(5000); assert(runs == 0); memset(&c, 0, sizeof (c));
	}
	/* moved with the mutex held: one run, of the new time */
	bsd_callout_init_mtx(&c, &mtx, 0); mutex_enter(&mtx); bsd_callout_reset(&c, 1, locked, NULL); usleep(10000);
	assert(bsd_callout_reset(&c, 30, locked, NULL) == 1); mutex_exit(&mtx); usleep(10000); assert(runs == 0);
	usleep(80000); assert(runs == 1);
	/* a race of stops and expiries loses and doubles nothing */
	runs = 0; int stopped = 0;
	for (int i = 0; i < 300; i++) { mutex_enter(&mtx); bsd_callout_reset(&c, 1, locked, NULL); mutex_exit(&mtx); usleep(i * 7);
		mutex_enter(&mtx); if (bsd_callout_stop(&c) == 1) stopped++; int n = runs; mutex_exit(&mtx); usleep(200);
		assert(runs == n && runs + stopped == i + 1); }
	bsd_callout_drain(&c); bsd_callout_teardown(); mutex_destroy(&mtx); usleep(50000); assert(to_live == 0);
	return (0);
}
""",
    "kstat": r"""
#include "bsd_kstat.c"
static int one = 1, two = -2; static uint64_t big = 1ULL << 40; static int calls; static kmutex_t lock; static volatile int stop;
static char word[8] = "word";
static int text(kstat_named_t *k, int rw, void *a, intptr_t b) { (void)rw;
	snprintf(KSTAT_NAMED_STR_PTR(k), KSTAT_NAMED_STR_BUFLEN(k), "%s%ld", (char *)a, (long)b); return (0); }
static int even(kstat_named_t *k, int rw, void *a, intptr_t b) { (void)b; calls++;
	if (rw == KSTAT_READ) { k->value.i32 = *(int *)a; return (0); }
	if (k->value.i32 % 2) return (EINVAL); *(int *)a = k->value.i32; return (0); }
static int bytes(kstat_named_t *k, int rw, void *a, intptr_t b) { (void)rw; (void)a; assert(KSTAT_NAMED_STR_BUFLEN(k) == 255);
	KSTAT_NAMED_STR_BUFLEN(k) = MIN(KSTAT_NAMED_STR_BUFLEN(k), (size_t)b); memset(KSTAT_NAMED_STR_PTR(k), 0xa5, KSTAT_NAMED_STR_BUFLEN(k));
	KSTAT_NAMED_STR_PTR(k)[0] = 0x10; return (0); }
static int fails(kstat_named_t *k, int rw, void *a, intptr_t b) { (void)rw; (void)a; (void)b; k->value.i32 = 9; return (EIO); }
static int locked(kstat_named_t *k, int rw, void *a, intptr_t b) { (void)rw; (void)a; (void)b; mutex_enter(&lock); k->value.i32 = 7;
	mutex_exit(&lock); return (0); }
static char *str(const char *n, const char *s) { return (KSTAT_NAMED_STR_PTR(stat_find(n, s))); }
static int put(const char *n, const char *s, int32_t v)
{ kstat_t *k = kstat_find(n); mutex_enter(k->ks_lock); assert(k->ks_update(k, KSTAT_READ) == 0);
	kstat_named_t *buf = malloc(k->ks_data_size); assert(k->ks_snapshot(k, buf, KSTAT_READ) == 0);
	for (uint_t i = 0; i < k->ks_ndata; i++) if (!strcmp(buf[i].name, s)) buf[i].value.i32 = v;
	assert(k->ks_update(k, KSTAT_READ) == 0); int e = k->ks_snapshot(k, buf, KSTAT_WRITE);
	if (e == 0) e = k->ks_update(k, KSTAT_WRITE); free(buf); mutex_exit(k->ks_lock); return (e); }
static void *reader(void *a) { while (!stop) assert(stat_find("sysctl", "locked")->value.i32 == 7); return (a); }
int main(void)
{
	dev_info_t dev = { "foo", 3 }; struct bsd_kstat_ctx other; int tunable = 5; char name[40]; pthread_t t;
	bsd_kstat_init(); mutex_init(&lock, NULL, MUTEX_DRIVER, NULL);
	struct bsd_kstat_ctx *ctx = bsd_kstat_device_ctx(&dev);
	struct bsd_kstat_node *top = bsd_kstat_device_tree(&dev); assert(kstat_find("sysctl") == NULL);
	bsd_kstat_add_var(top, "one", KSTAT_DATA_INT32, &one, KSTAT_FLAG_WRITABLE);
	bsd_kstat_add_var(top, "big", KSTAT_DATA_UINT64, &big, 0);
	kstat_t *k = kstat_find("sysctl"); assert(k != NULL && !strcmp(k->ks_module, "foo") && k->ks_instance == 3);
	assert(stat_find("sysctl", "one")->value.i32 == 1 && stat_find("sysctl", "big")->value.ui64 == 1ULL << 40);
	/* leaves that come later; strings follow their source; bytes are digits, as many as there is room for */
	bsd_kstat_add_proc(top, "text", KSTAT_DATA_STRING, text, "hello", 5, 0);
	bsd_kstat_add_var(top, "word", KSTAT_DATA_STRING, word, 0);
	bsd_kstat_add_proc(top, "bytes", KSTAT_DATA_CHAR, bytes, NULL, 3, 0);
	bsd_kstat_add_proc(top, "more", KSTAT_DATA_CHAR, bytes, NULL, 1000, 0);
	bsd_kstat_add_proc(top, "fails", KSTAT_DATA_INT32, fails, NULL, 0, 0);
	assert(!strcmp(str("sysctl", "text"), "hello5") && !strcmp(str("sysctl", "word"), "word"));
	strcpy(word, "other"); assert(!strcmp(str("sysctl", "word"), "other"));
	assert(!strcmp(str("sysctl", "bytes"), "10a5a5") && strlen(str("sysctl", "more")) == 510 && stat_find("sysctl", "fails")->value.i32 == 0);
	assert(stat_find("sysctl", "more")->data_type == KSTAT_DATA_STRING);
	/* what a snapshot shows is what the update before it saw, whatever was added between */
	mutex_enter(k->ks_lock); assert(k->ks_update(k, KSTAT_READ) == 0); size_t size = k->ks_data_size; uint_t n = k->ks_ndata;
	mutex_exit(k->ks_lock); bsd_kstat_add_proc(top, "even", KSTAT_DATA_INT32, even, &one, 0, KSTAT_FLAG_WRITABLE);
	char *exact = malloc(size); assert(k->ks_snapshot(k, exact, KSTAT_READ) == 0 && k->ks_ndata == n); free(exact);
	/* a name twice */
	bsd_kstat_add_var(top, "one", KSTAT_DATA_INT32, &two, 0); assert(stat_find("sysctl", "one")->value.i32 == 1);
	/* paths, one node for one name, names that are too long */
	bsd_kstat_ctx_init(&other);
	struct bsd_kstat_node *n1 = bsd_kstat_add_node(&other, top, "channel");
	assert(bsd_kstat_add_node(&other, top, "channel") == n1 && bsd_kstat_add_node(ctx, top, "channel") != n1);
	struct bsd_kstat_node *n2 = bsd_kstat_add_node(&other, n1, "14"); assert(kstat_find("channel.14") == NULL);
	bsd_kstat_add_var(n2, "two", KSTAT_DATA_INT32, &two, 0); assert(stat_find("channel.14", "two")->value.i32 == -2);
	bsd_kstat_add_var(bsd_kstat_add_node(&other, n2, "a_name_of_many_words_1"), "x", KSTAT_DATA_INT32, &two, 0);
	bsd_kstat_add_var(bsd_kstat_add_node(&other, n2, "a_name_of_many_words_2"), "x", KSTAT_DATA_INT32, &two, 0);
	bsd_kstat_add_var(n2, "a_statistic_with_a_name_of_many_words", KSTAT_DATA_INT32, &two, 0);
	bsd_kstat_add_var(NULL, "x", KSTAT_DATA_INT32, &two, 0); assert(bsd_kstat_add_node(ctx, NULL, "x") == NULL);
	/* writes: what counts on meanwhile does not matter, what cannot be set is refused */
	assert(put("sysctl", "even", 8) == 0 && one == 8); assert(put("sysctl", "even", 7) == EINVAL && one == 8);
	assert(put("sysctl", "one", -9) == 0 && one == -9); assert(put("sysctl", "big", 1) == EACCES && big == 1ULL << 40);
	/* somebody adds with a lock held that a handler wants */
	bsd_kstat_add_proc(top, "locked", KSTAT_DATA_INT32, locked, NULL, 0, 0); pthread_create(&t, NULL, reader, NULL);
	for (int i = 0; i < 60; i++) { mutex_enter(&lock); snprintf(name, 40, "n%d", i);
		bsd_kstat_add_var(top, name, KSTAT_DATA_INT32, &one, 0); mutex_exit(&lock); usleep(200); }
	stop = 1; pthread_join(t, NULL); assert(stat_find("sysctl", "n59")->value.i32 == -9);
	/* what is in a context goes with it, and no more; twice does no harm */
	bsd_kstat_ctx_free(&other); bsd_kstat_ctx_free(&other);
	assert(kstat_find("channel.14") == NULL && kstat_find("sysctl") != NULL && stat_find("sysctl", "one")->value.i32 == -9);
	/* somebody else's node in a tree whose device goes first */
	n1 = bsd_kstat_add_node(&other, top, "late"); bsd_kstat_add_var(n1, "two", KSTAT_DATA_INT32, &two, 0);
	bsd_kstat_device_fini(&dev); assert(kstat_find("sysctl") == NULL && stat_find("late", "two")->value.i32 == -2);
	bsd_kstat_device_fini(&dev); bsd_kstat_ctx_free(&other); bsd_kstat_fini(); assert(kmem_live == 0);
	for (int i = 0; i < 32; i++) assert(!kstats[i].live);
	/* tunables: absent, good, absurd */
	bsd_tunable_int(&dev, "t", &tunable, 1, 10); assert(tunable == 5);
	prop_count = 1; prop_value = 7; bsd_tunable_int(&dev, "t", &tunable, 1, 10); assert(tunable == 7);
	prop_value = 11; bsd_tunable_int(&dev, "t", &tunable, 1, 10); assert(tunable == 7);
	return (0);
}
""",
}


@pytest.mark.skipif("gcc" not in COMPILERS, reason="no gcc")
@pytest.mark.parametrize("name", PROGRAMS)
def test_behaviour(name: str, tmp_path: Path) -> None:
    (tmp_path / "kernel.h").write_text(KERNEL_H)
    headers = {line.split("<")[1].split(">")[0] for path in SUPPORT_FILES
               for line in path.read_text().splitlines() if line.startswith("#include <sys/")}
    (tmp_path / "sys").mkdir()
    for header in headers:
        (tmp_path / header).write_text('#include "kernel.h"\n')
    source = tmp_path / "main.c"
    source.write_text('#include "kernel.h"\n' + PROGRAMS[name])
    program = tmp_path / "main"
    built = subprocess.run(["gcc", "-g", "-O1", "-w", "-std=gnu99", "-fsanitize=address", "-pthread", "-I", str(tmp_path),
                            "-I", str(SUPPORT), "-o", str(program), str(source)], capture_output=True, text=True,
                           check=False)
    assert built.returncode == 0, built.stderr
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=60, check=False,
                          env={"ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=1"})
    assert done.returncode == 0, done.stderr[-2000:]
