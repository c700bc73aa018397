"""Giant becomes the busy state of a node or a mutex of the module, let go on every way out."""

from __future__ import annotations

from pathlib import Path

from pass_program import Result, translate

from portkit.rewrite.passes import giant, sleep


def run(folder: Path, source: str, **more: str) -> Result:
    return translate(folder, [giant.run], x_c=source, **more)


def test_the_device_tree(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
struct chan { device_t bus; device_t dev; };
int
x_add_child(struct chan *c)
{
	device_t parent = c->bus;

	mtx_lock(&Giant);
	c->dev = device_add_child(parent, NULL, -1);
	if (c->dev == NULL) {
		mtx_unlock(&Giant);
		return (ENXIO);
	}
	device_probe_and_attach(c->dev);
	mtx_unlock(&Giant);
	return (0);
}
int
x_delete_child(struct chan *c)
{
	int error = 0;

	mtx_lock(&Giant);
	if (c->dev != NULL)
		error = device_delete_child(c->bus, c->dev);
	mtx_unlock(&Giant);
	return (error);
}
void
x_probe(device_t child)
{
	mtx_lock(&Giant);
	device_probe_and_attach(child);
	mtx_unlock(&Giant);
}
""",
    )
    assert result.body("x_add_child") == [
        "\tint circ;",
        "\tdevice_t parent = c->bus;",
        "",
        "\tndi_devi_enter(parent, &circ);",
        "\tc->dev = device_add_child(parent, NULL, -1);",
        "\tif (c->dev == NULL) {",
        "\t\tndi_devi_exit(parent, circ);",
        "\t\treturn (ENXIO);",
        "\t}",
        "\tdevice_probe_and_attach(c->dev);",
        "\tndi_devi_exit(parent, circ);",
        "\treturn (0);",
    ]
    assert "\tndi_devi_enter(c->bus, &circ);" in result.body("x_delete_child")
    assert "\tndi_devi_exit(c->bus, circ);" in result.body("x_delete_child")
    assert result.body("x_probe")[1] == "\tndi_devi_enter(ddi_get_parent(child), &circ);"
    assert "kmutex_t" not in result.text["x.c"] and result.context.module_locks == []


def test_a_parent_that_is_not_known_yet_cannot_be_entered(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
void
x_late(struct device **where)
{
	device_t parent;

	mtx_lock(&Giant);
	parent = *where;
	bus_generic_attach(parent);
	mtx_unlock(&Giant);
}
""",
    )
    assert "\tmtx_lock(&x_giant);" in result.body("x_late")


SCAN = """
int probe(void);
/*
 * What this does.
 */
static int
x_scan(int *done, int quick)
{
	probe();
	if (quick)
		return (0);
	GIANT_REQUIRED;
	while (!*done)
		mtx_sleep(done, &Giant, 0, "scan", 0);
	if (quick > 1)
		return (1);
	if (quick > 2) {
		mtx_unlock(&Giant);
		return (2);
	}
	if (quick > 3)
		return (probe());
	return (probe());
}
static void
x_teardown(int *queue)
{

	GIANT_REQUIRED;
	if (*queue) {
		mtx_unlock(&Giant);
		probe();
		mtx_lock(&Giant);
		*queue = 0;
	}
}
static void
x_done(int *done)
{
	mtx_lock(&Giant);
	*done = 1;
	mtx_unlock(&Giant);
}
"""


def test_giant_required_takes_the_lock_and_every_way_out_lets_go(tmp_path: Path) -> None:
    result = run(tmp_path, SCAN)
    assert result.body("x_scan") == [
        "\tprobe();",
        "\tif (quick)",
        "\t\treturn (0);",  # not taken yet
        "\tmutex_enter(&x_giant);",
        "\twhile (!*done)",
        '\t\tmtx_sleep(done, &x_giant, 0, "scan", 0);',  # the sleep pass does the rest
        "\tif (quick > 1) {",
        "\t\tmutex_exit(&x_giant);",
        "\t\treturn (1);",
        "\t}",
        "\tif (quick > 2) {",
        "\t\tmtx_unlock(&x_giant);",  # a row's
        "\t\treturn (2);",  # given back above
        "\t}",
        "\tif (quick > 3) {",
        "\t\tint rv = probe();",  # the call still runs under the lock
        "",
        "\t\tmutex_exit(&x_giant);",
        "\t\treturn (rv);",
        "\t}",
        "\t{",
        "\t\tint rv = probe();",
        "",
        "\t\tmutex_exit(&x_giant);",
        "\t\treturn (rv);",
        "\t}",
    ]
    assert result.body("x_teardown")[1] == "\tmutex_enter(&x_giant);"
    assert result.body("x_teardown")[-2:] == ["\t}", "\tmutex_exit(&x_giant);"]
    assert result.body("x_done") == ["\tmtx_lock(&x_giant);", "\t*done = 1;", "\tmtx_unlock(&x_giant);"]
    # Defined once, above the comment of the first function.
    assert (
        "\nstatic kmutex_t x_giant;\n\n/*\n * What this does.\n */\nstatic int\nx_scan("
        in result.text["x.c"]
    )
    assert [(name, path.name) for name, path in result.context.module_locks] == [("x_giant", "x.c")]


def test_only_the_outermost_takes_it(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        """
static void
x_inner(int *n)
{
	GIANT_REQUIRED;
	*n = 1;
}
static void
x_outer(int *n)
{
	GIANT_REQUIRED;
	x_inner(n);
}
static void
x_locked(int *n)
{
	mtx_lock(&Giant);
	x_inner(n);
	mtx_unlock(&Giant);
}
static void
x_free(int *n)
{
	if (*n)
		x_inner(n);
	x_outer(n);
}
""",
    )
    assert result.body("x_inner") == ["\tASSERT(MUTEX_HELD(&x_giant));", "\t*n = 1;"]
    assert result.body("x_outer") == [
        "\tmutex_enter(&x_giant);",
        "\tx_inner(n);",
        "\tmutex_exit(&x_giant);",
    ]
    assert result.body("x_locked")[1] == "\tx_inner(n);"
    assert result.body("x_free") == [
        "\tif (*n) {",
        "\t\tmutex_enter(&x_giant);",
        "\t\tx_inner(n);",
        "\t\tmutex_exit(&x_giant);",
        "\t}",
        "\tx_outer(n);",
    ]


def test_one_lock_for_all_files_of_the_module(tmp_path: Path) -> None:
    use = "void\nx_%s(void)\n{\n\tmtx_lock(&Giant);\n\tmtx_unlock(&Giant);\n}\n"
    result = run(tmp_path, use % "one", y_c=use % "two", z_c="void\nz(void)\n{\n}\n")
    assert "\nkmutex_t x_giant;\n" in result.text["x.c"]
    assert "\nextern kmutex_t x_giant;\n" in result.text["y.c"]
    assert "x_giant" not in result.text["z.c"]
    assert [(name, path.name) for name, path in result.context.module_locks] == [("x_giant", "x.c")]


def test_a_sleeper_on_giant_and_its_wakeup(tmp_path: Path) -> None:
    result = translate(
        tmp_path,
        [giant.run, sleep.run],
        x_c="""
struct softc { struct mtx lock; int scandone; };
void
x_init(struct softc *sc)
{
	mtx_init(&sc->lock, "x", NULL, MTX_DEF);
}
void
x_scan(struct softc *sc)
{
	GIANT_REQUIRED;
	while (!sc->scandone)
		mtx_sleep(&sc->scandone, &Giant, 0, "scan", 0);
}
void
x_done(struct softc *sc)
{
	mtx_lock(&Giant);
	sc->scandone = 1;
	mtx_unlock(&Giant);
	wakeup(&sc->scandone);
}
""",
    )
    assert result.body("x_scan") == [
        "\tmutex_enter(&x_giant);",
        "\twhile (!sc->scandone)",
        "\t\tcv_wait(&sc->scandone_cv, &x_giant);",
        "\tmutex_exit(&x_giant);",
    ]
    assert result.body("x_done") == [
        "\tmtx_lock(&x_giant);",
        "\tsc->scandone = 1;",
        "\tcv_broadcast(&sc->scandone_cv);",
        "\tmtx_unlock(&x_giant);",
    ]
    assert "\tcv_init(&sc->scandone_cv, NULL, CV_DRIVER, NULL);" in result.body("x_init")
