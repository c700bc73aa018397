"""free(9) gets the size that was allocated: the size must be right, and a null pointer stays harmless."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pass_program import Result, translate

from portkit.rewrite.passes import memory

ATTACHED = """
struct softc {
	device_t dev;
	uint8_t *buf;
	int count;
	int *table;
};
"""


def run(folder: Path, source: str, **more: str) -> Result:
    return translate(folder, [memory.run], x_c=source, **more)


def test_one_object_of_the_pointers_type(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct chan { int id; };
void bad(struct chan *);
struct chan *
make(int fail)
{
	struct chan *c;

	c = malloc(sizeof(*c), M_DEVBUF, M_WAITOK | M_ZERO);
	c->id = 1;
	if (fail) {
		free(c, M_DEVBUF);
		return (NULL);
	}
	return (c);
}
void
destroy(struct chan *c)
{
	free(c, M_DEVBUF);
}
""",
    )
    # It waited for the memory, and used it: it cannot be null.
    assert "\t\tkmem_free(c, sizeof (*c));" in result.body("make")
    # Here nothing says that it is not null, which free(9) would have let pass.
    assert result.body("destroy") == ["\tif (c != NULL)", "\t\tkmem_free(c, sizeof (*c));"]
    assert {header for edit in result.edits["x.c"] for header in edit.headers} == {"sys/kmem.h"}


def test_a_type_that_is_also_allocated_as_an_array_is_not_one_object(tmp_path: Path) -> None:
    """One of the two blocks is larger: neither free may guess, so both carry their size with them."""
    result = run(
        tmp_path,
        """
struct chan { int id; };
struct box { struct chan *one; };
void take(struct chan *);
void
make(int n)
{
	struct chan *c = malloc(sizeof(struct chan), M_DEVBUF, M_WAITOK);
	struct chan *d = malloc(n * sizeof(struct chan), M_DEVBUF, M_NOWAIT | M_ZERO);

	take(c);
	take(d);
}
void
take(struct chan *c)
{
	free(c, M_DEVBUF);
}
struct other { int x; };
void
others(void)
{
	struct other *o = malloc(sizeof(*o), M_DEVBUF, M_WAITOK);

	free(o, M_DEVBUF);
}
""",
    )
    text = "\n".join(result.body("make"))
    assert "c = bsd_malloc(sizeof(struct chan), KM_SLEEP);" in text
    assert "d = bsd_zalloc(n * sizeof(struct chan), KM_NOSLEEP);" in text
    assert result.body("take") == ["\tbsd_free(c);"]
    assert result.body("others")[-1] == "\tkmem_free(o, sizeof (*o));"
    assert {edit.kind for edit in result.edits["x.c"] if "bsd_" in str(edit.parts)} == {"support"}
    assert all(edit.support == ("bsd_malloc",) for edit in result.edits["x.c"] if edit.kind == "support")


def test_a_member_of_constant_size(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        ATTACHED
        + """
#define BUFFER_SIZE (16 * 1024)
int open_it(struct softc *);
int
attach(struct softc *sc)
{
	int error;

	sc->buf = malloc(BUFFER_SIZE, M_DEVBUF, M_WAITOK | M_ZERO);
	error = open_it(sc);
	if (error) {
		free(sc->buf, M_DEVBUF);
		return (error);
	}
	return (0);
}
void
detach(struct softc *sc)
{
	free(sc->buf, M_DEVBUF);
}
""",
    )
    assert "\t\tkmem_free(sc->buf, BUFFER_SIZE);" in result.body("attach")
    assert result.body("detach") == ["\tif (sc->buf != NULL)", "\t\tkmem_free(sc->buf, BUFFER_SIZE);"]


def test_a_size_found_again_through_the_object(tmp_path: Path) -> None:
    """What the allocating function knows as `ctx` is `owner` of the object, and its size is set only once."""
    result = run(
        tmp_path,
        """
struct ctx { unsigned long priv_size; };
struct xact { struct ctx *owner; void *priv; };
struct xact *
xact_alloc(struct ctx *ctx)
{
	struct xact *x;

	x = malloc(sizeof(*x), M_DEVBUF, M_WAITOK | M_ZERO);
	x->owner = ctx;
	if (ctx->priv_size != 0)
		x->priv = malloc(ctx->priv_size, M_DEVBUF, M_WAITOK);
	return (x);
}
void
xact_free(struct xact *dead)
{
	if (dead->priv != NULL)
		free(dead->priv, M_DEVBUF);
	free(dead, M_DEVBUF);
}
struct ctx *
ctx_create(unsigned long size)
{
	struct ctx *c;

	c = malloc(sizeof(*c), M_DEVBUF, M_WAITOK);
	c->priv_size = size;
	return (c);
}
""",
    )
    assert result.body("xact_free") == [
        "\tif (dead->priv != NULL)",
        "\t\tkmem_free(dead->priv, dead->owner->priv_size);",
        "\tkmem_free(dead, sizeof (*dead));",
    ]


def test_a_count_that_changes_later_is_not_the_size(tmp_path: Path) -> None:
    changed = (
        ATTACHED
        + """
void
attach(struct softc *sc, int n)
{
	sc->count = n;
	sc->table = malloc(sc->count * sizeof(int), M_DEVBUF, M_WAITOK);
}
void
shrink(struct softc *sc)
{
	sc->count--;
}
void
detach(struct softc *sc)
{
	free(sc->table, M_DEVBUF);
	sc->count = 0;
}
"""
    )
    result = run(tmp_path / "changed", changed)
    assert result.body("detach")[0] == "\tbsd_free(sc->table);"
    assert result.body("attach")[-1] == "\tsc->table = bsd_malloc(sc->count * sizeof(int), KM_SLEEP);"
    # Without the change the count is still the one that was allocated; clearing it behind the free is none.
    steady = changed.replace("sc->count--;", "(void) sc->count;")
    result = run(tmp_path / "steady", steady)
    assert result.body("detach")[:2] == [
        "\tif (sc->table != NULL)",
        "\t\tkmem_free(sc->table, sc->count * sizeof (int));",
    ]


def test_through_calls_to_the_parameter_that_counts(tmp_path: Path) -> None:
    functions = """
struct chan { int id; };
struct chan **
subs_get(int cnt)
{
	struct chan **ret;

	ret = malloc(cnt * sizeof(struct chan *), M_TEMP, M_WAITOK);
	return (ret);
}
void
subs_rel(struct chan **subs, int cnt __unused)
{

	free(subs, M_TEMP);
}
"""
    caller = """
void
use(int howmany)
{
	struct chan **list;

	list = subs_get(howmany);
	subs_rel(list, howmany);
}
"""
    expected = ["", "\tif (subs != NULL)", "\t\tkmem_free(subs, cnt * sizeof (struct chan *));"]
    seen = run(tmp_path / "seen", functions + caller)
    assert seen.body("subs_rel") == expected
    assert "subs_rel(struct chan **subs, int cnt)" in seen.text["x.c"]
    # An exported pair, whose callers are in another module.
    assert run(tmp_path / "pair", functions).body("subs_rel") == expected
    # A caller that hands in another number than it allocated with: the parameter is not the size.
    other = run(
        tmp_path / "other", functions + caller.replace("subs_rel(list, howmany)", "subs_rel(list, 1)")
    )
    assert other.body("subs_rel") == ["", "\tbsd_free(subs);"]
    assert "cnt __unused" in other.text["x.c"]


def test_a_void_member_holds_an_object_of_another_type(tmp_path: Path) -> None:
    """`sizeof (*p)` of a `void *` would be 1."""
    result = run(
        tmp_path,
        """
struct range { int first, last; };
struct bio { void *driver; };
void
start(struct bio *bp)
{
	struct range *r;

	r = malloc(sizeof(*r), M_DEVBUF, M_WAITOK);
	bp->driver = r;
}
void
done(struct bio *bp)
{
	if (bp->driver)
		free(bp->driver, M_DEVBUF);
}
void
callback(void *arg)
{
	struct range *r = arg;

	r->first = 0;
	free(arg, M_DEVBUF);
}
""",
    )
    assert result.body("done") == ["\tif (bp->driver)", "\t\tkmem_free(bp->driver, sizeof (struct range));"]
    assert result.body("callback")[-1] == "\t\tkmem_free(arg, sizeof (struct range));"


def test_a_declared_cast_is_looked_through(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct chan;
struct softc { struct chan *volatile *map; };
#define CHAN_MAX 2048
void
attach(struct softc *sc)
{
	sc->map = malloc(sizeof(struct chan *) * CHAN_MAX, M_DEVBUF, M_WAITOK);
	free(__DEVOLATILE(void *, sc->map), M_DEVBUF);
}
void
detach(struct softc *sc)
{
	free(__DEVOLATILE(void *, sc->map), M_DEVBUF);
}
""",
    )
    freed = "kmem_free(__DEVOLATILE(void *, sc->map), sizeof (struct chan *) * CHAN_MAX);"
    assert result.body("attach")[-1] == "\t" + freed
    assert result.body("detach") == ["\tif (sc->map != NULL)", "\t\t" + freed]


def test_a_label_reached_before_the_allocation_needs_the_test(tmp_path: Path) -> None:
    source = """
struct chan { int id; };
int ready(void);
int
make(void)
{
	struct chan *c = NULL;
	int error = 0;

	%s
	c = malloc(sizeof(*c), M_DEVBUF, M_WAITOK);
	%s
out:
	free(c, M_DEVBUF);
	return (error);
}
"""
    jump = "if (!ready())\n\t\tgoto out;"
    before = run(tmp_path / "before", source % (jump, "error = c->id;"))
    assert before.body("make")[-3:-1] == ["\tif (c != NULL)", "\t\tkmem_free(c, sizeof (*c));"]
    after = run(tmp_path / "after", source % ("error = 1;", jump))
    assert after.body("make")[-3:-1] == ["out:", "\tkmem_free(c, sizeof (*c));"]


def test_one_statement_stays_one_statement(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct chan { int id; };
struct chan *keep;
void more(void);
void
make(void)
{
	keep = malloc(sizeof(struct chan), M_DEVBUF, M_WAITOK);
}
void
drop(struct chan *c, int last)
{
	if (last) free(c, M_DEVBUF);
}
void
choose(struct chan *c, int last)
{
	if (last)
		free(c, M_DEVBUF);
	else
		more();
}
""",
    )
    assert result.body("drop") == ["\tif (last)", "\t\tif (c != NULL)", "\t\t\tkmem_free(c, sizeof (*c));"]
    # Without braces the else would go with the wrong if.
    assert result.body("choose") == [
        "\tif (last) {",
        "\t\tif (c != NULL)",
        "\t\t\tkmem_free(c, sizeof (*c));",
        "\t}",
        "\telse",
        "\t\tmore();",
    ]


def test_what_a_list_that_is_not_empty_gives_is_not_null(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct req { int id; LIST_ENTRY(req) link; };
LIST_HEAD(reqs, req) free_list;
void
fill(void)
{
	struct req *r = malloc(sizeof(struct req), M_DEVBUF, M_WAITOK);

	free_list.lh_first = r;
}
void
drain(void)
{
	struct req *r;

	while (!LIST_EMPTY(&free_list)) {
		r = LIST_FIRST(&free_list);
		free(r, M_DEVBUF);
	}
	LIST_FOREACH(r, &free_list, link)
		free(r, M_DEVBUF);
	r = LIST_FIRST(&free_list);
	free(r, M_DEVBUF);
}
""",
    )
    assert result.body("drain")[2:] == [
        "\twhile (!LIST_EMPTY(&free_list)) {",
        "\t\tr = LIST_FIRST(&free_list);",
        "\t\tkmem_free(r, sizeof (*r));",
        "\t}",
        "\tLIST_FOREACH(r, &free_list, link)",
        "\t\tkmem_free(r, sizeof (*r));",
        "\tr = LIST_FIRST(&free_list);",
        "\tif (r != NULL)",
        "\t\tkmem_free(r, sizeof (*r));",
    ]


def test_a_list_of_newbus_and_its_count(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
void
straight(device_t bus)
{
	device_t *children;
	int n;

	if (device_get_children(bus, &children, &n) == 0)
		free(children, M_TEMP);
}
void
counted_down(void)
{
	device_t *devs;
	int cnt;

	if (devclass_get_devices(devclass_find("hn"), &devs, &cnt) == 0) {
		for (cnt = cnt - 1; cnt >= 0; cnt--)
			;
		free(devs, M_TEMP);
	}
}
""",
    )
    assert result.body("straight")[-2:] == [
        "\t\tif (children != NULL)",
        "\t\t\tkmem_free(children, n * sizeof (*children));",
    ]
    body = result.body("counted_down")
    assert body[4] == "\t\tsize_t devs_size = cnt * sizeof (*devs);"
    assert body[-3:] == ["\t\tif (devs != NULL)", "\t\t\tkmem_free(devs, devs_size);", "\t}"]


def test_zfree_clears_first(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct key { int k; };
void
use(void)
{
	struct key *k = malloc(sizeof(*k), M_DEVBUF, M_WAITOK);

	zfree(k, M_DEVBUF);
}
void
drop(struct key *k)
{
	zfree(k, M_DEVBUF);
}
""",
    )
    assert result.body("use")[-2:] == ["\tbzero(k, sizeof (*k));", "\tkmem_free(k, sizeof (*k));"]
    assert result.body("drop") == [
        "\tif (k != NULL) {",
        "\t\tbzero(k, sizeof (*k));",
        "\t\tkmem_free(k, sizeof (*k));",
        "\t}",
    ]


def test_a_block_from_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """No allocation is in sight: neither kmem_free nor bsd_free would be right."""
    result = run(
        tmp_path,
        """
void *foreign(void);
struct softc { uint8_t *buf; };
void
attach(struct softc *sc)
{
	sc->buf = foreign();
}
void
again(struct softc *sc, int n)
{
	sc->buf = malloc(n, M_DEVBUF, M_WAITOK);
}
void
detach(struct softc *sc)
{
	free(sc->buf, M_DEVBUF);
}
""",
    )
    assert result.body("detach") == ["\tfree(sc->buf, M_DEVBUF);"]
    assert result.body("again") == ["\tsc->buf = malloc(n, M_DEVBUF, M_WAITOK);"]


def test_a_block_that_changes_hands_switches_with_the_rest(tmp_path: Path) -> None:
    """A replacement reaches the member through a local: all three places speak of the same allocator."""
    result = run(
        tmp_path,
        ATTACHED
        + """
void
attach(struct softc *sc, int n)
{
	sc->buf = malloc(n, M_DEVBUF, M_WAITOK);
}
void
grow(struct softc *sc, int n)
{
	uint8_t *bigger;

	bigger = malloc(n, M_DEVBUF, M_WAITOK | M_ZERO);
	free(sc->buf, M_DEVBUF);
	sc->buf = bigger;
}
""",
    )
    assert result.body("attach") == ["\tsc->buf = bsd_malloc(n, KM_SLEEP);"]
    assert result.body("grow")[2:] == [
        "\tbigger = bsd_zalloc(n, KM_SLEEP);",
        "\tbsd_free(sc->buf);",
        "\tsc->buf = bigger;",
    ]


HARNESS = r"""
#include <stdio.h>
#include <string.h>
#include "bsd_malloc.h"

static size_t live;
static int fail;

void *
kmem_alloc(size_t size, int flag)
{
	/* The worst that kmem_alloc(9F) promises: 8 bytes, not 16. */
	char *base = fail ? NULL : malloc(size + 24);

	if (base == NULL)
		return (NULL);
	base += 8 + (16 - (size_t)base % 16) % 16;
	live += size;
	return (base);
}

void
kmem_free(void *p, size_t size)
{
	live -= size;
}

int
main(void)
{
	char *p, *q;
	size_t size;

	for (size = 0; size < 100; size++) {
		p = bsd_zalloc(size, 0);
		if ((size_t)p % 16 != 0)
			return (1);
		for (size_t i = 0; i < size; i++)
			if (p[i] != 0)
				return (2);
		memset(p, 0xff, size);
		bsd_free(p);
	}
	if (live != 0)
		return (3);
	bsd_free(NULL);
	bsd_zfree(NULL);
	p = bsd_malloc(6, 0);
	memcpy(p, "hello", 6);
	p = bsd_realloc(p, 4000, 0);
	if (strcmp(p, "hello") != 0)
		return (4);
	fail = 1;
	if (bsd_realloc(p, 8000, 0) != NULL || strcmp(p, "hello") != 0)
		return (5);
	if (bsd_reallocf(p, 8000, 0) != NULL || live != 0)
		return (6);
	fail = 0;
	if (bsd_malloc((size_t)-8, 0) != NULL)
		return (7);
	q = bsd_malloc(40, 0);
	memset(q, 0xff, 40);
	bsd_zfree(q);
	for (int i = 0; i < 40; i++)
		if (q[i] != 0)
			return (8);
	return (live != 0 ? 9 : 0);
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
def test_blocks_that_know_their_size(tmp_path: Path) -> None:
    """The support code itself, over a kmem_alloc that aligns as badly as it may and counts what is live."""
    support = Path(memory.__file__).parents[2] / "templates/support"
    (tmp_path / "sys").mkdir()
    for name in ("types", "param", "systm", "sysmacros", "kmem"):
        (tmp_path / f"sys/{name}.h").write_text(
            "#include <stdlib.h>\n#include <stdint.h>\n#include <strings.h>\n"
        )
    (tmp_path / "sys/sysmacros.h").write_text(
        "#define P2ROUNDUP(x, align) (-(-(x) & -(align)))\n#define MIN(a, b) ((a) < (b) ? (a) : (b))\n"
        "void *kmem_alloc(size_t, int);\nvoid kmem_free(void *, size_t);\n"
    )
    (tmp_path / "main.c").write_text(HARNESS)
    subprocess.run(
        [
            "gcc",
            "-w",
            f"-I{tmp_path}",
            f"-I{support}",
            "-include",
            "sys/types.h",
            "-o",
            tmp_path / "main",
            tmp_path / "main.c",
            support / "bsd_malloc.c",
        ],
        check=True,
    )
    assert subprocess.run([tmp_path / "main"]).returncode == 0
