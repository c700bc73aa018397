"""sysctl trees become named kstats: what goes with a leaf, what stays with a node, who may write."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

from row_program import Result, translate

from portkit.rewrite.passes import sysctl

KERNEL = r"""
#define NULL ((void *)0)
typedef struct device *device_t;
typedef unsigned long size_t;
struct sysctl_ctx_list { int x; };
struct sysctl_oid_list { int x; };
struct sysctl_oid { struct sysctl_oid_list oid_children; };
struct sysctl_req { void *newptr; };
#define SYSCTL_HANDLER_ARGS struct sysctl_oid *oidp, void *arg1, long arg2, struct sysctl_req *req
#define SYSCTL_CHILDREN(o) (&(o)->oid_children)
#define OID_AUTO (-1)
#define CTLFLAG_RD 0x80000000
#define CTLFLAG_RW 0xc0000000
#define CTLFLAG_MPSAFE 0x00040000
#define CTLTYPE_INT 2
#define CTLTYPE_STRING 3
#define CTLTYPE_OPAQUE 5
typedef int handler_t(SYSCTL_HANDLER_ARGS);
struct sysctl_oid *add(struct sysctl_ctx_list *, struct sysctl_oid_list *, const char *, unsigned, const void *, long,
    handler_t *, const char *);
#define SYSCTL_ADD_PROC(c, p, n, name, f, a, b, h, fmt, d) add(c, p, name, f, a, b, h, d)
#define SYSCTL_ADD_UINT(c, p, n, name, f, a, b, d) add(c, p, name, f, a, b, NULL, d)
#define SYSCTL_ADD_NODE(c, p, n, name, f, h, d) add(c, p, name, f, NULL, 0, h, d)
struct sysctl_ctx_list *device_get_sysctl_ctx(device_t);
struct sysctl_oid *device_get_sysctl_tree(device_t);
int sysctl_ctx_init(struct sysctl_ctx_list *);
int sysctl_ctx_free(struct sysctl_ctx_list *);
handler_t sysctl_handle_int, sysctl_handle_string, sysctl_handle_opaque;
int snprintf(char *, size_t, const char *, ...);
"""
SOFTC = "struct softc { device_t dev; int on; unsigned cpu; struct sysctl_ctx_list ctx; };\n"


def run(folder: Path, source: str) -> Result:
    return translate(folder, KERNEL, [sysctl.run], x_c=SOFTC + source)


def test_a_context_that_only_leaves_get_goes(tmp_path: Path) -> None:
    got = run(tmp_path, """
static int show(SYSCTL_HANDLER_ARGS);
static void
create(struct softc *sc)
{
	struct sysctl_oid_list *child;
	struct sysctl_ctx_list *ctx;
	int error;

	error = 0;
	ctx = device_get_sysctl_ctx(sc->dev);
	child = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->dev));
	SYSCTL_ADD_PROC(ctx, child, OID_AUTO, "version",
	    CTLTYPE_STRING | CTLFLAG_RD | CTLFLAG_MPSAFE, sc, 3, show, "A", "the version");
	SYSCTL_ADD_UINT(ctx, child, OID_AUTO, "cpu", CTLFLAG_RD, &sc->cpu, 0, "the CPU");
}
static int
show(SYSCTL_HANDLER_ARGS)
{
	char buf[16];

	snprintf(buf, sizeof(buf), "%ld", arg2);
	return sysctl_handle_string(oidp, buf, sizeof(buf), req);
}
""")
    assert got.function("create") == (
        "create(struct softc *sc) { struct bsd_kstat_node *child; int error; error = 0; "
        "child = bsd_kstat_device_tree(sc->dev); "
        'bsd_kstat_add_proc(child, "version", KSTAT_DATA_STRING, show, sc, 3, 0); '
        'bsd_kstat_add_var(child, "cpu", KSTAT_DATA_UINT32, &sc->cpu, 0); }')
    assert ("(void) strlcpy(KSTAT_NAMED_STR_PTR(knp), buf, KSTAT_NAMED_STR_BUFLEN(knp)); return (0);"
            in got.function("show"))
    assert "static int show(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2);" in got.text["x.c"]
    assert not set(got.residue) - {"snprintf"}
    assert got.uses["support"] == 5     # two leaves, the tree of the device, the types of its node and of sc->ctx


def test_a_context_of_the_drivers_own_stays_with_its_nodes(tmp_path: Path) -> None:
    got = run(tmp_path, """
static void
create(struct softc *sc)
{
	struct sysctl_oid *node;
	struct sysctl_ctx_list *ctx;

	ctx = &sc->ctx;
	sysctl_ctx_init(ctx);
	node = SYSCTL_ADD_NODE(ctx, SYSCTL_CHILDREN(device_get_sysctl_tree(sc->dev)), OID_AUTO, "channel",
	    CTLFLAG_RD | CTLFLAG_MPSAFE, 0, "");
	if (node == NULL)
		return;
	SYSCTL_ADD_UINT(ctx, SYSCTL_CHILDREN(node), OID_AUTO, "cpu", CTLFLAG_RD, &sc->cpu, 0, "");
}
static void
destroy(struct softc *sc)
{
	sysctl_ctx_free(&sc->ctx);
}
""")
    text = got.function("create")
    assert "struct bsd_kstat_ctx *ctx; ctx = &sc->ctx; bsd_kstat_ctx_init(ctx);" in text
    assert 'node = bsd_kstat_add_node(ctx, bsd_kstat_device_tree(sc->dev), "channel");' in text
    assert 'bsd_kstat_add_var(node, "cpu", KSTAT_DATA_UINT32, &sc->cpu, 0);' in text
    assert "bsd_kstat_ctx_free(&sc->ctx);" in got.function("destroy")
    assert got.residue == []


def test_a_leaf_that_would_outlive_its_context_is_left(tmp_path: Path) -> None:
    got = run(tmp_path, """
static void
create(struct softc *sc)
{
	struct sysctl_oid_list *child = SYSCTL_CHILDREN(device_get_sysctl_tree(sc->dev));

	SYSCTL_ADD_UINT(&sc->ctx, child, OID_AUTO, "cpu", CTLFLAG_RD, &sc->cpu, 0, "");
}
""")
    assert "SYSCTL_ADD_UINT" in got.residue
    assert "outlive" in got.hints["SYSCTL_ADD_UINT"]


def test_a_buffer_of_descriptions_goes(tmp_path: Path) -> None:
    source = """
static void
create(struct softc *sc, struct sysctl_ctx_list *ctx, struct sysctl_oid *node, const char *name)
{
	char desc[64];

	snprintf(desc, sizeof(desc), "%s CPU", name);
	SYSCTL_ADD_UINT(ctx, SYSCTL_CHILDREN(node), OID_AUTO, name, CTLFLAG_RD, &sc->cpu, 0, desc);
}
"""
    (tmp_path / "one").mkdir()
    assert run(tmp_path / "one", source).function("create").endswith(
        "const char *name) { bsd_kstat_add_var(node, name, KSTAT_DATA_UINT32, &sc->cpu, 0); }")
    (tmp_path / "two").mkdir()
    used = source.replace("name, CTLFLAG_RD", "desc, CTLFLAG_RD")
    assert "char desc[64];" in run(tmp_path / "two", used).function("create")


def test_only_a_handler_that_is_added_for_writing_takes_values(tmp_path: Path) -> None:
    got = run(tmp_path, """
static int
show(SYSCTL_HANDLER_ARGS)
{
	struct softc *sc = arg1;

	return (sysctl_handle_int(oidp, &sc->on, 0, req));
}
static int
set(SYSCTL_HANDLER_ARGS)
{
	struct softc *sc = arg1;

	return (sysctl_handle_int(oidp, &sc->on, 0, req));
}
static int
check(SYSCTL_HANDLER_ARGS)
{
	struct softc *sc = arg1;
	int error, on = sc->on;

	error = sysctl_handle_int(oidp, &on, 0, req);
	if (error || req->newptr == NULL)
		return (error);
	sc->on = on != 0;
	return (0);
}
static void
create(struct softc *sc, struct sysctl_oid *node)
{
	struct sysctl_oid_list *child = SYSCTL_CHILDREN(node);

	SYSCTL_ADD_PROC(NULL, child, OID_AUTO, "shown", CTLTYPE_INT | CTLFLAG_RD, sc, 0, show, "I", "");
	SYSCTL_ADD_PROC(NULL, child, OID_AUTO, "on", CTLTYPE_INT | CTLFLAG_RW, sc, 0, set, "I", "");
	SYSCTL_ADD_PROC(NULL, child, OID_AUTO, "checked", CTLTYPE_INT | CTLFLAG_RW, sc, 0, check, "I", "");
}
""")
    assert got.function("show").endswith("struct softc *sc = arg1; knp->value.i32 = sc->on; return (0); }")
    assert got.function("set").endswith(
        "if (rw == KSTAT_READ) knp->value.i32 = sc->on; else sc->on = knp->value.i32; return (0); }")
    assert ("error = 0; if (rw == KSTAT_READ) knp->value.i32 = on; else on = knp->value.i32; "
            "if (error || rw == KSTAT_READ) return (error); sc->on = on != 0;" in got.function("check"))
    assert ('bsd_kstat_add_proc(child, "on", KSTAT_DATA_INT32, set, sc, 0, KSTAT_FLAG_WRITABLE);'
            in got.function("create"))
    assert got.residue == []


def test_a_handler_that_others_share(tmp_path: Path) -> None:
    got = run(tmp_path, """
static int
range(SYSCTL_HANDLER_ARGS, int low, int high)
{
	return (low < high);
}
static int
size(SYSCTL_HANDLER_ARGS)
{
	return (range(oidp, arg1, arg2, req, 1, 8));
}
""")
    assert got.function("range").startswith(
        "range(kstat_named_t *knp, int rw, void *arg1, intptr_t arg2, int low, int high)")
    assert "return (range(knp, rw, arg1, arg2, 1, 8));" in got.function("size")


def test_what_no_statistic_can_be_is_left(tmp_path: Path) -> None:
    got = run(tmp_path, """
static int
set(SYSCTL_HANDLER_ARGS)
{
	char key[40];

	return (sysctl_handle_opaque(oidp, key, sizeof(key), req));
}
static void
create(struct softc *sc, struct sysctl_oid *node)
{
	SYSCTL_ADD_PROC(NULL, SYSCTL_CHILDREN(node), OID_AUTO, "key", CTLTYPE_OPAQUE | CTLFLAG_RW, sc, 0, set, "", "");
	SYSCTL_ADD_UINT(NULL, SYSCTL_CHILDREN(node), OID_AUTO, "fixed", CTLFLAG_RD, NULL, 42, "");
}
""")
    assert {"SYSCTL_ADD_PROC", "SYSCTL_ADD_UINT", "sysctl_handle_opaque"} <= set(got.residue)
    assert "SYSCTL_ADD_PROC(NULL" in got.text["x.c"] and "SYSCTL_ADD_UINT(NULL" in got.text["x.c"]
