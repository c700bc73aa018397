"""Wait channels become condition variables with the life time of what they stand for; no wakeup is lost."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

from pass_program import Result, translate

from portkit.rewrite.passes import sleep

CTX = """
struct ctx {
	int			flags;
	struct mtx		xc_lock;
	struct xact		*xc_free;	/* idle
						 * one */
	struct xact		*xc_active;
};
void
create(struct ctx *c)
{
	mtx_init(&c->xc_lock, "xact",
	    NULL, MTX_DEF);
}
void
destroy(struct ctx *c)
{
	mtx_destroy(&c->xc_lock);
	free(c, M_DEVBUF);
}
"""


def run(folder: Path, source: str, **more: str) -> Result:
    return translate(folder, [sleep.run], x_c=source, **more)


def test_a_member_is_a_channel(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        CTX
        + """
struct xact *
get(struct ctx *ctx)
{
	mtx_lock(&ctx->xc_lock);
	while (ctx->xc_free == NULL)
		mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "gxact", 0);
	while (ctx->xc_active == NULL)
		mtx_sleep(&ctx->xc_active, &ctx->xc_lock, 0,
		    "wxact", 0);
	mtx_unlock(&ctx->xc_lock);
	return (ctx->xc_active);
}
void
put(struct ctx *other)
{
	mtx_lock(&other->xc_lock);
	wakeup(&other->xc_free);
	wakeup_one(&other->xc_active);
	mtx_unlock(&other->xc_lock);
}
""",
    )
    struct = result.text["x.c"].split("struct ctx {")[1].split("};")[0].split("\n")
    # Behind what they stand for (and its comment), in the columns of their neighbours.
    assert struct[3:8] == [
        "\tstruct xact\t\t*xc_free;\t/* idle",
        "\t\t\t\t\t\t * one */",
        "\tkcondvar_t\t\txc_free_cv;",
        "\tstruct xact\t\t*xc_active;",
        "\tkcondvar_t\t\txc_active_cv;",
    ]
    assert result.body("get")[1:5] == [
        "\twhile (ctx->xc_free == NULL)",
        "\t\tcv_wait(&ctx->xc_free_cv, &ctx->xc_lock);",
        "\twhile (ctx->xc_active == NULL)",
        "\t\tcv_wait(&ctx->xc_active_cv, &ctx->xc_lock);",
    ]
    assert result.body("put")[1:3] == [
        "\tcv_broadcast(&other->xc_free_cv);",
        "\tcv_signal(&other->xc_active_cv);",
    ]
    assert result.body("create")[2:] == [
        "\tcv_init(&c->xc_free_cv, NULL, CV_DRIVER, NULL);",
        "\tcv_init(&c->xc_active_cv, NULL, CV_DRIVER, NULL);",
    ]
    assert result.body("destroy")[:3] == [
        "\tcv_destroy(&c->xc_free_cv);",
        "\tcv_destroy(&c->xc_active_cv);",
        "\tmtx_destroy(&c->xc_lock);",
    ]
    assert {header for edit in result.edits["x.c"] for header in edit.headers} == {"sys/ksynch.h"}


def test_an_object_is_a_channel(tmp_path: Path) -> None:
    """The member goes beside the lock that sleepers hold, in the header that declares the structure."""
    result = run(
        tmp_path,
        """
#include "x.h"
void
setup(struct chan *ch)
{
	mtx_init(&ch->ch_lock, "chan", NULL, MTX_DEF);
}
void
teardown(struct chan *ch)
{
	mtx_destroy(&ch->ch_lock);
}
void
drain(struct chan *pri)
{
	while (pri->ch_count > 0)
		mtx_sleep(pri, &pri->ch_lock, 0, "drain", 0);
}
void
gone(void *arg)
{
	struct chan *ch = arg;

	ch->ch_count--;
	wakeup(arg);
}
""",
        x_h="""
struct chan {
	int		ch_id;
	struct mtx	ch_lock;
	int		ch_count;
};
""",
    )
    assert "\tstruct mtx\tch_lock;\n\tkcondvar_t\tch_cv;\n\tint\t\tch_count;" in result.text["x.h"]
    assert result.body("drain")[1] == "\t\tcv_wait(&pri->ch_cv, &pri->ch_lock);"
    assert result.body("gone")[-1] == "\tcv_broadcast(&ch->ch_cv);"


def test_members_without_a_prefix(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct box { struct mtx lock; int wait_cv; };
void setup(struct box *b) { mtx_init(&b->lock, "box", NULL, MTX_DEF); }
void f(struct box *b) { mtx_sleep(b, &b->lock, 0, "w", 0); }
""",
    )
    assert "cv_wait(&b->box_cv, &b->lock);" in result.text["x.c"]  # wait_cv is taken


def test_wakeup_moves_in_front_of_the_release(tmp_path: Path) -> None:
    """Behind it the woken thread may have freed the condition variable."""
    result = run(
        tmp_path,
        CTX
        + """
void
wait_(struct ctx *ctx)
{
	mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "gxact", 0);
	mtx_sleep(&ctx->xc_active, &ctx->xc_lock, 0, "gxact", 0);
}
void
both(struct ctx *ctx)
{
	mtx_lock(&ctx->xc_lock);
	ctx->flags = 1;
	mtx_unlock(&ctx->xc_lock);

	/* Tell everyone. */
	wakeup(&ctx->xc_free);
	wakeup(&ctx->xc_active);
	return;
}
void
maybe(struct ctx *ctx, int do_wakeup)
{
	mtx_lock(&ctx->xc_lock);
	mtx_unlock(&ctx->xc_lock);
	if (do_wakeup)
		wakeup(&ctx->xc_active);
}
void
another_lock(struct ctx *ctx, struct mtx *m)
{
	mtx_lock(m);
	mtx_unlock(m);
	wakeup(&ctx->xc_active);
}
void
conditional(struct ctx *ctx, int locked)
{
	if (locked)
		mtx_unlock(&ctx->xc_lock);
	wakeup(&ctx->xc_active);
}
""",
    )
    assert result.body("both")[1:] == [
        "\tctx->flags = 1;",
        "\t/* Tell everyone. */",
        "\tcv_broadcast(&ctx->xc_free_cv);",
        "\tcv_broadcast(&ctx->xc_active_cv);",
        "\tmtx_unlock(&ctx->xc_lock);",
        "\treturn;",
    ]
    assert result.body("maybe")[1:] == [
        "\tif (do_wakeup)",
        "\t\tcv_broadcast(&ctx->xc_active_cv);",
        "\tmtx_unlock(&ctx->xc_lock);",
    ]
    assert result.body("another_lock")[1:] == ["\tmtx_unlock(m);", "\tcv_broadcast(&ctx->xc_active_cv);"]
    assert result.body("conditional")[1:] == [
        "\t\tmtx_unlock(&ctx->xc_lock);",
        "\tcv_broadcast(&ctx->xc_active_cv);",
    ]


def test_timeouts_and_signals(tmp_path: Path) -> None:
    """condvar(9F) says -1 for a timeout and 0 for a signal, sleep(9) an errno and 0 for a wakeup."""
    result = run(
        tmp_path,
        CTX
        + """
int
waits(struct ctx *ctx, int timo)
{
	int error;

	mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "a", 5 * hz);
	(void) mtx_sleep(&ctx->xc_free, &ctx->xc_lock, PCATCH, "b", 0);
	error = mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "c", hz);
	error = mtx_sleep(&ctx->xc_free, &ctx->xc_lock, PCATCH, "d", 0);
	error = mtx_sleep(&ctx->xc_free, &ctx->xc_lock, PCATCH, "e", hz);
	if (mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "f", hz) == EWOULDBLOCK)
		return (ENXIO);
	mtx_sleep(&ctx->xc_free, &ctx->xc_lock, 0, "g", timo);
	msleep_sbt(&ctx->xc_free, &ctx->xc_lock, 0, "h", SBT_1MS * 3, 0, 0);
	msleep_sbt(&ctx->xc_free, &ctx->xc_lock, 0, "i", SBT_1MS * timo, SBT_1MS, C_ABSOLUTE);
	return (error);
}
""",
    )
    where = "&ctx->xc_free_cv, &ctx->xc_lock"
    assert result.body("waits") == [
        "\tclock_t left;",
        "\tint error;",
        "",
        f"\t(void) cv_reltimedwait({where}, 5 * hz, TR_CLOCK_TICK);",
        f"\t(void) cv_wait_sig({where});",
        f"\terror = (cv_reltimedwait({where}, hz, TR_CLOCK_TICK) == -1 ? EWOULDBLOCK : 0);",
        f"\terror = (cv_wait_sig({where}) == 0 ? EINTR : 0);",
        f"\terror = ((left = cv_reltimedwait_sig({where}, hz, TR_CLOCK_TICK)) > 0 ? 0 : "
        "left == 0 ? EINTR : EWOULDBLOCK);",
        f"\tif (cv_reltimedwait({where}, hz, TR_CLOCK_TICK) == -1)",
        "\t\treturn (ENXIO);",
        # A timeout of 0 ticks is none; cv_reltimedwait(9F) would return at once.
        "\tif (timo != 0)",
        f"\t\t(void) cv_reltimedwait({where}, timo, TR_CLOCK_TICK);",
        "\telse",
        f"\t\tcv_wait({where});",
        f"\t(void) cv_timedwait_hires({where}, gethrtime() + SBT_1MS * 3, 1, 0);",
        f"\t(void) cv_timedwait_hires({where}, SBT_1MS * timo, SBT_1MS, 0);",
        "\treturn (error);",
    ]


def test_pdrop_leaves_without_the_lock(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        CTX
        + """
void
f(struct ctx *ctx, int last)
{
	if (last)
		msleep(&ctx->xc_free, &ctx->xc_lock, PDROP, "p", 0);
}
""",
    )
    assert result.body("f") == [
        "\tif (last) {",
        "\t\tcv_wait(&ctx->xc_free_cv, &ctx->xc_lock);",
        "\t\tmutex_exit(&ctx->xc_lock);",
        "\t}",
    ]


def test_tsleep_takes_the_lock_of_the_wakeups(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        CTX
        + """
void
waiter(struct ctx *ctx)
{
	tsleep(ctx, 0, "t", 5 * hz);
}
void
waker(struct ctx *ctx, int stop)
{
	mtx_lock(&ctx->xc_lock);
	if (stop) {
		mtx_unlock(&ctx->xc_lock);
		return;
	}
	if (ctx->flags)
		wakeup(ctx);
	mtx_unlock(&ctx->xc_lock);
}
""",
    )
    assert result.body("waiter") == [
        "\tmutex_enter(&ctx->xc_lock);",
        "\t(void) cv_reltimedwait(&ctx->wait_cv, &ctx->xc_lock, 5 * hz, TR_CLOCK_TICK);",
        "\tmutex_exit(&ctx->xc_lock);",
    ]
    assert "\t\tcv_broadcast(&ctx->wait_cv);" in result.body("waker")
    assert "kmutex_t" not in result.text["x.c"]


def test_tsleep_whose_wakeups_hold_nothing_gets_a_mutex(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct job {
	int	done;
};
struct job *
make(void)
{
	struct job *j = malloc(sizeof(*j), M_DEVBUF, M_WAITOK);
	int error;

	error = tsleep(j, 0, "job", hz);
	free(j, M_DEVBUF);
	return (error ? NULL : j);
}
void
finished(struct job *j, int quiet)
{
	if (!quiet)
		wakeup(j);
}
""",
    )
    assert (
        "\tint\tdone;\n\tkmutex_t\twait_lock;\n\tkcondvar_t\twait_cv;" in result.text["x.c"]
        or "\tint\tdone;\n\tkmutex_t wait_lock;\n\tkcondvar_t wait_cv;" in result.text["x.c"]
    )
    assert result.body("make") == [
        "\tstruct job *j = malloc(sizeof(*j), M_DEVBUF, M_WAITOK);",
        "\tint error;",
        "",
        "\tmutex_init(&j->wait_lock, NULL, MUTEX_DRIVER, NULL);",
        "\tcv_init(&j->wait_cv, NULL, CV_DRIVER, NULL);",
        "\tmutex_enter(&j->wait_lock);",
        "\terror = (cv_reltimedwait(&j->wait_cv, &j->wait_lock, hz, TR_CLOCK_TICK) == -1 ? EWOULDBLOCK : 0);",
        "\tmutex_exit(&j->wait_lock);",
        "\tcv_destroy(&j->wait_cv);",
        "\tmutex_destroy(&j->wait_lock);",
        "\tfree(j, M_DEVBUF);",
        "\treturn (error ? NULL : j);",
    ]
    assert result.body("finished") == [
        "\tif (!quiet) {",
        "\t\tmutex_enter(&j->wait_lock);",
        "\t\tcv_broadcast(&j->wait_cv);",
        "\t\tmutex_exit(&j->wait_lock);",
        "\t}",
    ]


SOFTC = """
struct softc {
	%s
	int state;
};
int
attach(device_t dev)
{
	struct softc *sc = device_get_softc(dev);
	int error = 0;

	%s
	return (error);
}
int
detach(device_t dev)
{
	struct softc *mine = device_get_softc(dev);

	mine->state = 0;
	return (0);
}
static device_method_t methods[] = {
	DEVMETHOD(device_attach, attach),
	DEVMETHOD(device_detach, detach),
	{ 0, 0 }
};
void
f(struct softc *sc, struct mtx *m)
{
	mtx_sleep(&sc->state, m, 0, "s", 0);
}
"""


def test_a_softc_whose_lock_is_never_destroyed(tmp_path: Path) -> None:
    result = run(tmp_path, SOFTC % ("struct mtx lock;", 'mtx_init(&sc->lock, "x", NULL, MTX_DEF);'))
    # The glue makes it before the probe, and gives it back after a failed probe as after a detach.
    assert not any("cv_init" in line for line in result.body("attach"))
    assert result.context.extra_attach == {
        "detach": ["cv_init(&((struct softc *)ddi_get_driver_private(dip))->state_cv, NULL, CV_DRIVER, NULL);"]
    }
    assert result.context.extra_detach == {
        "detach": ["cv_destroy(&((struct softc *)ddi_get_driver_private(dip))->state_cv);"]
    }


def test_a_softc_without_a_lock_starts_with_attach(tmp_path: Path) -> None:
    result = run(tmp_path, SOFTC % ("int other;", "error = sc->state;"))
    assert result.body("attach")[3:5] == [
        "\tcv_init(&sc->state_cv, NULL, CV_DRIVER, NULL);",
        "\terror = sc->state;",
    ]
    assert result.context.extra_detach == {
        "detach": ["cv_destroy(&((struct softc *)ddi_get_driver_private(dip))->state_cv);"]
    }


def test_a_global(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
static int ready;
static struct mtx ready_lock;
void f(void) { msleep(&ready, &ready_lock, 0, "r", 0); }
void g(void) { wakeup(&ready); }
""",
    )
    assert "static int ready;\nstatic kcondvar_t ready_cv;\n" in result.text["x.c"]
    assert "cv_wait(&ready_cv, &ready_lock);" in result.text["x.c"]
    assert "cv_broadcast(&ready_cv);" in result.text["x.c"]
    assert [(name, file.name) for name, file in result.context.module_condvars] == [("ready_cv", "x.c")]


def test_one_element_of_an_array_wakes_all(tmp_path: Path) -> None:
    """One condition variable stands for all elements: a signal might reach a waiter for another one."""
    result = run(
        tmp_path,
        """
struct box { struct mtx lock; int slot[4]; };
void setup(struct box *b) { mtx_init(&b->lock, "box", NULL, MTX_DEF); }
void f(struct box *b, int i) { mtx_sleep(&b->slot[i], &b->lock, 0, "w", 0); }
void g(struct box *b, int i) { wakeup_one(&b->slot[i]); }
""",
    )
    assert "cv_wait(&b->slot_cv, &b->lock);" in result.text["x.c"]
    assert "cv_broadcast(&b->slot_cv);" in result.text["x.c"]


def test_lock_macros_of_the_family(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct softc { struct mtx sc_mtx; int sc_busy; };
#define X_MTX(_sc) &(_sc)->sc_mtx
#define X_LOCK_INIT(_sc, _name) \\
	mtx_init(X_MTX((_sc)), (_name), "x", MTX_DEF)
#define X_UNLOCK(_sc) mtx_unlock(X_MTX((_sc)))
#define X_LOCK_DESTROY(_sc) mtx_destroy(X_MTX((_sc)))
void
setup(struct softc *sc)
{
	X_LOCK_INIT(sc, "x");
}
void
end(struct softc *sc)
{
	X_LOCK_DESTROY(sc);
}
void
f(struct softc *sc)
{
	mtx_sleep(&sc->sc_busy, X_MTX(sc), 0, "w", 0);
}
void
g(struct softc *sc)
{
	X_UNLOCK(sc);
	wakeup(&sc->sc_busy);
}
""",
    )
    assert result.body("setup") == [
        '\tX_LOCK_INIT(sc, "x");',
        "\tcv_init(&sc->sc_busy_cv, NULL, CV_DRIVER, NULL);",
    ]
    assert result.body("end") == ["\tcv_destroy(&sc->sc_busy_cv);", "\tX_LOCK_DESTROY(sc);"]
    assert result.body("f") == ["\tcv_wait(&sc->sc_busy_cv, X_MTX(sc));"]
    assert result.body("g") == ["\tcv_broadcast(&sc->sc_busy_cv);", "\tX_UNLOCK(sc);"]


def test_sx_sleep_gives_the_writer_lock_back_and_takes_it_again(tmp_path: Path) -> None:
    """cv_wait(9F) takes no rwlock: a mutex keeps a wakeup from passing between release and wait."""
    result = run(
        tmp_path,
        """
struct box { struct sx lock; int n; };
void
setup(struct box *b)
{
	sx_init(&b->lock, "box");
}
void
end(struct box *b)
{
	sx_destroy(&b->lock);
}
void
f(struct box *b)
{
	sx_sleep(&b->n, &b->lock, 0, "w", 0);
}
void
g(struct box *b)
{
	wakeup(&b->n);
}
""",
    )
    assert result.body("f") == [
        "\tmutex_enter(&b->n_lock);",
        "\trw_exit(&b->lock);",
        "\tcv_wait(&b->n_cv, &b->n_lock);",
        "\tmutex_exit(&b->n_lock);",
        "\trw_enter(&b->lock, RW_WRITER);",
    ]
    assert result.body("g") == [
        "\tmutex_enter(&b->n_lock);",
        "\tcv_broadcast(&b->n_cv);",
        "\tmutex_exit(&b->n_lock);",
    ]


def test_what_cannot_hold_a_condition_variable_is_left(tmp_path: Path) -> None:
    source = """
void
f(struct thread *td, struct mtx *m)
{
	int local;

	msleep(td, m, 0, "thread", 0);
	msleep(&local, m, 0, "stack", 0);
	wakeup(td);
}
"""
    result = run(tmp_path, source)
    assert result.text["x.c"].endswith(source)
