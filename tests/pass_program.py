"""A small driver family on disk, parsed, sent through some passes and rendered, to test passes with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portkit.frontend.unit import Program
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Renderer
from portkit.rewrite.filters import FILTERS
from portkit.rules.loader import RuleSet

# What the drivers of the tests need of FreeBSD's kernel; real trees have these as macros and functions alike.
KERNEL = r"""
#ifndef KERNEL_H
#define KERNEL_H
typedef unsigned long size_t;
typedef unsigned char uint8_t;
typedef unsigned int uint32_t;
typedef long sbintime_t;
typedef struct device *device_t;
typedef struct devclass *devclass_t;
struct malloc_type;
struct thread;
extern struct malloc_type *M_DEVBUF, *M_TEMP;
#define NULL ((void *)0)
#define bool _Bool
#define __unused __attribute__((unused))
#define M_NOWAIT 1
#define M_WAITOK 2
#define M_ZERO 4
void *malloc(size_t, struct malloc_type *, int);
void *realloc(void *, size_t, struct malloc_type *, int);
void free(void *, struct malloc_type *);
void zfree(void *, struct malloc_type *);
#define __DEVOLATILE(type, var) ((type)(size_t)(volatile void *)(var))
#define KASSERT(exp, msg) do { } while (0)
struct mtx { int m; };
struct sx { int s; };
extern struct mtx Giant;
#define MTX_DEF 0
void mtx_init(struct mtx *, const char *, const char *, int);
void mtx_destroy(struct mtx *);
void mtx_lock(struct mtx *);
void mtx_unlock(struct mtx *);
void sx_init(struct sx *, const char *);
void sx_destroy(struct sx *);
#define GIANT_REQUIRED do { } while (0)
int _sleep(void *, void *, int, const char *, long, long, int);
#define mtx_sleep(c, m, p, w, t) _sleep((c), (m), (p), (w), (t), 0, 0)
#define msleep(c, m, p, w, t) _sleep((c), (m), (p), (w), (t), 0, 0)
#define sx_sleep(c, m, p, w, t) _sleep((c), (m), (p), (w), (t), 0, 0)
#define tsleep(c, p, w, t) _sleep((c), NULL, (p), (w), (t), 0, 0)
#define msleep_sbt(c, m, p, w, b, pr, f) _sleep((c), (m), (p), (w), (b), (pr), (f))
void wakeup(void *);
void wakeup_one(void *);
#define PCATCH 0x100
#define PDROP 0x200
#define EWOULDBLOCK 35
#define EINTR 4
#define ENXIO 6
#define SBT_1MS 4294967L
#define C_ABSOLUTE 0x200
extern int hz;
device_t device_add_child(device_t, const char *, int);
int device_delete_child(device_t, device_t);
int device_probe_and_attach(device_t);
int bus_generic_attach(device_t);
void *device_get_softc(device_t);
int device_get_children(device_t, device_t **, int *);
int devclass_get_devices(devclass_t, device_t **, int *);
devclass_t devclass_find(const char *);
typedef struct { const char *name; int (*func)(device_t); } device_method_t;
#define DEVMETHOD(name, func) { #name, func }
#define LIST_HEAD(name, type) struct name { struct type *lh_first; }
#define LIST_ENTRY(type) struct { struct type *le_next; struct type **le_prev; }
#define LIST_EMPTY(head) ((head)->lh_first == NULL)
#define LIST_FIRST(head) ((head)->lh_first)
#define LIST_FOREACH(var, head, field) \
	for ((var) = (head)->lh_first; (var) != NULL; (var) = (var)->field.le_next)
#endif
"""


class Result:
    """The rendered files of a family, and what the passes left in the context."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.text: dict[str, str] = {}
        self.edits = {path.name: edits for path, edits in context.edits.items()}
        for file in context.files():
            renderer = Renderer(file, context.edits.get(file.path, []), FILTERS)
            self.text[file.path.name] = "".join(chunk.text for chunk in renderer.render().chunks)

    def function(self, name: str, file: str = "x.c") -> str:
        """A function's text from its name to its closing brace."""
        text = self.text[file]
        start = text.index(f"\n{name}(") + 1
        return text[start : text.index("\n}", start) + 2]

    def body(self, name: str, file: str = "x.c") -> list[str]:
        """The lines between a function's braces."""
        lines = self.function(name, file).split("\n")
        return lines[lines.index("{") + 1 : -1]


def translate(folder: Path, passes: list[Callable[[Context], None]], **files: str) -> Result:
    """Write `x_c`, `y_c`, `x_h` ... as sys/dev/x/x.c ..., parse them and run the passes."""
    own = folder / "sys/dev/x"
    own.mkdir(parents=True)
    (folder / "sys/sys").mkdir()
    (folder / "sys/sys/kernel.h").write_text(KERNEL)
    sources = []
    for key, text in files.items():
        name = key.replace("_", ".")
        (own / name).write_text("#include <sys/kernel.h>\n" + text)
        if name.endswith(".c"):
            sources.append(Path("sys/dev/x") / name)
    program = Program(folder, [Path("sys/dev/x")], ["-nostdinc", f"-I{folder}/sys", "-ffreestanding", "-w"])
    program.parse(sources)
    context = Context(program, RuleSet())
    for one in passes:
        one(context)
    return Result(context)
