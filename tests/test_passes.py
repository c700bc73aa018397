"""The passes that take declarations out or give them another shape, one small driver each."""

from __future__ import annotations

from pathlib import Path

from driver_kit import FOLDER, after_pass, context, translated

from portkit.rewrite.dataflow import Facts
from portkit.rewrite.edit import Kept
from portkit.rewrite.passes import conditionals, drops, includes, interrupts, newbus, tunables, warnings


def squeeze(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if line.strip())


# -- conditionals --------------------------------------------------------------------------------------------

def test_branch_for_another_release_goes_with_its_reason(tmp_path: Path) -> None:
    made = context(tmp_path, "#if VERSION >= 13\nint new;\n#else\nint old;\n#endif\nint both;\n",
                   given="#define VERSION 12\n")
    assert squeeze(after_pass(made, conditionals.run)) == "int old;\nint both;"
    [left] = made.dropped
    assert "VERSION" in left.what and "VERSION" in left.reason


def test_disabled_code_is_recorded_as_such(tmp_path: Path) -> None:
    made = context(tmp_path, "int a;\n#if 0\nint b;\n#endif\n")
    assert squeeze(after_pass(made, conditionals.run)) == "int a;"
    assert "#if 0" in made.dropped[0].reason


def test_invariants_are_debug_and_stay(tmp_path: Path) -> None:
    made = context(tmp_path, "#ifdef INVARIANTS\nint checks;\n#endif\n", defines=("-DINVARIANTS",))
    assert squeeze(after_pass(made, conditionals.run)) == "#ifdef DEBUG\nint checks;\n#endif"
    assert made.dropped == []


def test_include_guard_and_default_define_stay(tmp_path: Path) -> None:
    header = "#ifndef _X_H_\n#define _X_H_\n#ifndef LIMIT\n#define LIMIT 4\n#endif\nint x;\n#endif\n"
    made = context(tmp_path, '#include "x.h"\n', headers={"x.h": header})
    assert after_pass(made, conditionals.run, "x.h") == header


def test_nested_question_in_a_taken_branch_is_decided_too(tmp_path: Path) -> None:
    source = "#ifdef YES\nint a;\n#ifdef NO\nint b;\n#endif\nint c;\n#endif\n"
    made = context(tmp_path, source, given="#define YES\n")
    assert squeeze(after_pass(made, conditionals.run)) == "int a;\nint c;"


def test_a_branch_that_opens_what_the_other_ones_text_closes(tmp_path: Path) -> None:
    """No pass sees the tokens of a branch that is not taken, nor the directives: brackets count as the compiler's."""
    source = """int
f(int a)
{
#if VERSION >= 13
	if (make(1,
#else
	if (make(2,
#endif
	    a,
#if VERSION >= 12
	    3,
#endif
	    4) != 0) {
		return (a);
	}
	return (0);
}

int
g(void)
{
	return (1);
}
"""
    made = context(tmp_path, source, given="#define VERSION 13\nint make(int, int, int, int);\n")
    conditionals.run(made)
    file = made.program.files[FOLDER / "demo.c"]
    assert [token.text for token in file.tokens if token.kind == "#" or token.skipped] == []
    [call] = Facts.of(made).calls("make")
    assert [call.text(number) for number in range(len(call.args))] == ["1", "a", "3", "4"]
    assert [item.name for item in made.outline(file).declarations] == ["f", "g"]
    # A row for the whole call, as the tables have them for what is left to a person.
    made.edit(file, file.tokens[call.at].start, file.tokens[call.end - 1].end,
              [Kept(file.tokens[call.at].start, file.tokens[call.end - 1].end, raw=True)], "row", "residue", hint="?")
    emitted = translated(made).files[FOLDER / "demo.c"]
    text = " ".join(emitted.data.decode().split())
    assert "if (make(1, a, 3, 4) != 0) { return (a); } return (0);" in text and "VERSION" not in text
    assert [left.symbol for left in emitted.residue] == ["make"]


# -- drops ---------------------------------------------------------------------------------------------------

TIMECOUNTER = """
struct timecounter { int (*tc_get)(struct timecounter *); };
void tc_init(struct timecounter *);
int read_clock(void);
"""


def test_what_has_no_counterpart_goes_with_all_that_served_it_alone(tmp_path: Path) -> None:
    source = """static int get_count(struct timecounter *);
static int helper(void);

static struct timecounter demo_tc = { get_count };

static int
helper(void)
{
	return (1);
}

static int
get_count(struct timecounter *tc)
{
	return (helper());
}

int
start(int on)
{
	if (on) {
		/* Register. */
		tc_init(&demo_tc);
	}
	return (read_clock());
}
"""
    made = context(tmp_path, source, given=TIMECOUNTER)
    text = after_pass(made, drops.run)
    assert "timecounter" not in text and "get_count" not in text and "helper" not in text
    assert "tc_init" not in text and "Register" not in text and "if (on)" not in text
    assert "return (read_clock());" in text
    assert all(item.reason for item in made.dropped)
    assert {"function get_count", "variable demo_tc", "function helper"} <= {item.what for item in made.dropped}


def test_a_function_that_is_still_called_stays(tmp_path: Path) -> None:
    source = """static struct timecounter demo_tc;
static int helper(void) { return (1); }
void a(void) { tc_init(&demo_tc); helper(); }
"""
    made = context(tmp_path, source, given=TIMECOUNTER)
    text = after_pass(made, drops.run)
    assert "helper();" in text and "static int helper(void)" in text and "demo_tc" not in text


def test_member_of_a_dropped_type_goes(tmp_path: Path) -> None:
    source = "struct softc {\n\tint a;\n\tstruct timecounter tc;\n\tint b;\n};\n"
    made = context(tmp_path, source, given=TIMECOUNTER)
    assert after_pass(made, drops.run) == "struct softc {\n\tint a;\n\tint b;\n};\n"


def test_a_macro_for_the_last_members_ends_before_the_brace(tmp_path: Path) -> None:
    source = """#define PLATFORM struct timecounter tc; int one, two, three; struct timecounter *other, *more, *most;
struct softc {
	int a;
	PLATFORM
};
int after;
"""
    made = context(tmp_path, source, given=TIMECOUNTER)
    text = after_pass(made, drops.run)
    assert text == "struct softc {\n\tint a;\n};\nint after;\n"


def test_driver_scope_drops_the_file_and_calls_into_it(tmp_path: Path) -> None:
    timer = """#include "demo.h"
static device_method_t et_methods[] = { DEVMETHOD(device_attach, et_attach), DEVMETHOD_END };
DRIVER_MODULE(et, demo, et_driver, et_class, 0, 0);
int et_attach(device_t dev) { return (et_register(0)); }
void et_tick(void) { }
"""
    made = context(tmp_path, '#include "demo.h"\nvoid f(void)\n{\n\tet_tick();\n\tg();\n}\n',
                   given="typedef struct device *device_t; int et_register(void *); void g(void);\n"
                         "#define DEVMETHOD(a, b) { 0, b }\n",
                   headers={"demo.h": "void et_tick(void);\n", "et.c": timer})
    made.program.parse([FOLDER / "et.c"])
    text = after_pass(made, drops.run)
    assert FOLDER / "et.c" in made.dropped_files
    assert "et_tick" not in text and "g();" in text


# -- newbus --------------------------------------------------------------------------------------------------

NEWBUS = """
typedef struct device *device_t; typedef struct { const char *n; void *f; } device_method_t;
typedef struct { const char *name; device_method_t *methods; int size; } driver_t; typedef void *devclass_t;
#define DEVMETHOD(n, f) { #n, f }
#define DEVMETHOD_END { 0, 0 }
#define DRIVER_MODULE(a, b, c, d, e, f) struct hack
#define MODULE_VERSION(a, b) struct hack
#define SYSINIT(a, b, c, d, e) struct hack
"""


def test_driver_tables_are_read_and_taken_out(tmp_path: Path) -> None:
    source = """struct demo_softc { int x; };
static int demo_probe(device_t dev) { return (0); }
static int demo_attach(device_t dev) { return (0); }

static device_method_t demo_methods[] = {
	DEVMETHOD(device_probe, demo_probe),
	DEVMETHOD(device_attach, demo_attach),
	DEVMETHOD_END
};

static driver_t demo_driver = {
	"demo",
	demo_methods,
	sizeof(struct demo_softc)
};

static devclass_t demo_devclass;
DRIVER_MODULE(hv_demo, bus, demo_driver, demo_devclass, NULL, NULL);
MODULE_VERSION(hv_demo, 1);
static void start(void *arg) { }
SYSINIT(demo, SI_SUB_DRIVERS, SI_ORDER_FIRST, start, NULL);
"""
    made = context(tmp_path, source, given=NEWBUS)
    made.sysinit_values = {"SI_SUB_DRIVERS": 5, "SI_ORDER_FIRST": 1}
    newbus.collect(made)
    text = after_pass(made, newbus.run)
    [driver] = made.drivers
    assert (driver.devname, driver.module, driver.softc) == ("demo", "hv_demo", "struct demo_softc")
    assert driver.method("device_attach") == "demo_attach"
    assert driver.buses == ["bus"]
    for word in ("driver_t", "DEVMETHOD", "DRIVER_MODULE", "MODULE_VERSION", "SYSINIT", "devclass_t"):
        assert word not in text
    [start] = made.sysinits
    assert (start.function, start.rank, start.undo) == ("start", (5, 1), False)


KOBJ = NEWBUS + """
typedef struct { const char *n; void *f; } kobj_method_t; struct kobj_class { const char *n; void *m; int size; };
#define KOBJMETHOD(n, f) { #n, f }
#define DEFINE_CLASS(n, m, size) struct kobj_class n ## _class = { #n, m, size }
#define DEFINE_CLASS_0(n, v, m, size) struct kobj_class v = { #n, m, size }
"""


def test_classes_of_drivers(tmp_path: Path) -> None:
    source = """struct demo_softc { int x; };
static int demo_attach(device_t dev) { return (0); }
static device_method_t demo_methods[] = { DEVMETHOD(device_attach, demo_attach), DEVMETHOD_END };
DEFINE_CLASS(demo, demo_methods, sizeof(struct demo_softc));
DEFINE_CLASS_0(other, other_driver, demo_methods, sizeof(int));
DRIVER_MODULE(hv_demo, bus, demo_class, 0, 0, 0);
DRIVER_MODULE(hv_other, bus, other_driver, 0, 0, 0);
"""
    made = context(tmp_path, source, given=KOBJ)
    newbus.collect(made)
    assert "CLASS" not in after_pass(made, newbus.run)
    read = [(one.variable, one.devname, one.module, one.softc) for one in made.drivers]
    assert read == [("demo_class", "demo", "hv_demo", "struct demo_softc"),
                    ("other_driver", "other", "hv_other", "int")]
    assert {one.method("device_attach") for one in made.drivers} == {"demo_attach"}


def test_a_class_of_kobj_alone_is_no_driver_and_is_left_to_a_person(tmp_path: Path) -> None:
    source = """struct conn { int x; };
static int conn_send(void *conn) { return (0); }
static kobj_method_t conn_methods[] = { KOBJMETHOD(conn_send, conn_send), { 0, 0 } };
DEFINE_CLASS(conn, conn_methods, sizeof(struct conn));
"""
    made = context(tmp_path, source, given=KOBJ)
    newbus.collect(made)
    newbus.run(made)
    assert made.drivers == []
    emitted = translated(made).files[FOLDER / "demo.c"]
    assert b"conn_methods[]" in emitted.data and b"DEFINE_CLASS(conn, conn_methods, " in emitted.data
    [left] = [left for left in emitted.residue if left.symbol == "DEFINE_CLASS"]
    assert left.line == 4 and "kobj(9)" in left.hint


def test_a_driver_is_known_wherever_its_module_line_stands(tmp_path: Path) -> None:
    source = "extern driver_t demo_driver;\nDRIVER_MODULE(hv_demo, bus, demo_driver, 0, 0, 0);\n"
    made = context(tmp_path, source, given=NEWBUS, headers={
        "late.c": 'static device_method_t m[] = { DEVMETHOD_END };\ndriver_t demo_driver = { "demo", m };\n'})
    made.program.parse([FOLDER / "late.c"])
    newbus.collect(made)
    assert [(one.devname, one.module, one.buses, one.softc) for one in made.drivers] == [
        ("demo", "hv_demo", ["bus"], "")]


def test_generic_methods_serve_nobody(tmp_path: Path) -> None:
    driver = newbus.Driver(FOLDER / "demo.c", "d", methods={"device_suspend": "bus_generic_suspend"})
    assert driver.method("device_suspend") == "" and driver.method("device_resume") == ""


# -- interrupts ----------------------------------------------------------------------------------------------

def test_stub_calls_are_read_from_assembly() -> None:
    new = "\t.text\n\tINTR_HANDLER\tdemo_isr\n\tmovq\t%rsp, %rdi\n\tcall\tdemo_intr\n\tjmp\tdoreti\n"
    old = "IDTVEC(demo_isr)\n\tPUSH_FRAME\n\tcall\tdemo_intr\n"
    two = "IDTVEC(demo_isr_pti)\nIDTVEC(demo_isr)\n\tcall\tdemo_intr\n"
    assert interrupts.read_stubs(new) == {"demo_isr": "demo_intr"}
    assert interrupts.read_stubs(old) == {"demo_isr": "demo_intr"}
    assert interrupts.read_stubs(two) == {"demo_isr": "demo_intr", "demo_isr_pti": "demo_intr"}


def test_vector_becomes_a_registered_handler(tmp_path: Path) -> None:
    source = """extern inthand_t IDTVEC(demo_isr);
void demo_intr(struct trapframe *frame) { }
int setup(struct softc *sc)
{
	sc->vector = lapic_ipi_alloc(IDTVEC(demo_isr));
	return (0);
}
void undo(struct softc *sc)
{
	lapic_ipi_free(sc->vector);
}
"""
    given = """struct trapframe; struct softc { int vector; }; typedef void inthand_t(void);
#define IDTVEC(name) X##name
int lapic_ipi_alloc(inthand_t *); void lapic_ipi_free(int);
"""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "vector.S").write_text("\tINTR_HANDLER\tdemo_isr\n\tcall\tdemo_intr\n")
    made = context(tmp_path, source, given=given)
    text = after_pass(made, lambda one: interrupts.run(one, [FOLDER / "vector.S"]))
    assert "IDTVEC" not in text and "lapic" not in text
    assert "static uint_t demo_intr_avintr(caddr_t, caddr_t);" in text
    assert 'if (bsd_intr_vector_alloc(demo_intr_avintr, NULL,\n\t    "demo", &sc->vector) != 0)\n' \
        "\t\tsc->vector = -1;" in text
    assert "bsd_intr_vector_free(demo_intr_avintr, sc->vector);" in text
    [glue] = made.appended[FOLDER / "demo.c"]
    assert "demo_intr(NULL);" in glue and "DDI_INTR_CLAIMED" in glue


# -- tunables ------------------------------------------------------------------------------------------------

def test_static_sysctl_becomes_a_property(tmp_path: Path) -> None:
    source = """SYSCTL_NODE(_hw, OID_AUTO, demo, CTLFLAG_RD, NULL, "demo");
static int demo_pin = 1;
SYSCTL_INT(_hw_demo, OID_AUTO, pin, CTLFLAG_RDTUN, &demo_pin, 0, "Pin it");
static int demo_count;
SYSCTL_INT(_hw_demo, OID_AUTO, count, CTLFLAG_RD, &demo_count, 0, "Count");
"""
    given = "#define SYSCTL_NODE(...) struct hack\n#define SYSCTL_INT(...) struct hack\n"
    made = context(tmp_path, source, given=given)
    made.tunable_bounds = {"pin": (0, 1)}
    text = after_pass(made, tunables.run)
    assert "SYSCTL" not in text and "static int demo_pin = 1;" in text
    [pin] = made.tunables
    assert (pin.name, pin.variable, pin.minimum, pin.maximum, pin.default, pin.description) == (
        "pin", "demo_pin", 0, 1, "1", "Pin it")


# -- warnings ------------------------------------------------------------------------------------------------

def test_pointer_of_the_other_sign_is_cast(tmp_path: Path) -> None:
    source = "void take(int *p);\nvoid f(unsigned int n)\n{\n\ttake(&n);\n}\n"
    made = context(tmp_path, source)
    assert "take((int *)&n);" in after_pass(made, warnings.run)


def test_variable_read_before_it_is_set_starts_at_zero(tmp_path: Path) -> None:
    source = ("int f(int a)\n{\n\tint error, *p;\n\n\tif (a)\n\t\tgoto done;\n\terror = 1;\n\tp = &a;\n\t(void)p;\n"
              "done:\n\treturn (error);\n}\n")
    made = context(tmp_path, source)
    assert "int error = 0, *p;" in after_pass(made, warnings.run)


def test_variable_that_only_an_assertion_reads_is_marked(tmp_path: Path) -> None:
    source = ("int g(void);\nvoid f(int dlen)\n{\n\tint error, used;\n\n\terror = g();\n\tused = g();\n"
              "\tKASSERT(error == 0 && dlen > 0, (\"no\"));\n\tg2(used, dlen);\n}\n")
    made = context(tmp_path, source, given="#define KASSERT(e, m) do { if (!(e)) panic m; } while (0)\n"
                                           "void panic(const char *, ...); void g2(int, int);\n")
    text = after_pass(made, warnings.run)
    assert "int error __unused, used;" in text and "g2(used, dlen)" in text and text.count("__unused") == 1


# -- includes and headers ------------------------------------------------------------------------------------

def test_include_lines_follow_the_headers(tmp_path: Path) -> None:
    source = '#include <sys/param.h>\n#include <sys/mutex.h>\n#include <dev/demo/demo.h>\n#include "opt_x.h"\nint a;\n'
    (tmp_path / "sys/sys").mkdir(parents=True)
    for name in ("sys/param.h", "sys/mutex.h"):
        (tmp_path / "sys" / name).write_text("")
    (tmp_path / "sys/opt_x.h").write_text("")
    made = context(tmp_path, source, headers={"demo.h": "extern int a;\n"})
    text = after_pass(made, includes.run)
    lines = text.split("\n")
    assert lines[0] == "#include <sys/param.h>" and "#include <sys/ksynch.h>" in lines
    assert lines[-3:] == ["#include <demo/demo.h>", "int a;", ""] and "mutex.h" not in text and "opt_x" not in text


# -- accounting and Latin-1 ----------------------------------------------------------------------------------

def test_every_use_has_one_disposition_and_bytes_survive(tmp_path: Path) -> None:
    source = "/* caf\xe9 */\nstruct softc { struct mtx m; };\nvoid f(struct softc *sc)\n{\n" \
             "\tmtx_lock(&sc->m);\n\tfrobnicate(sc);\n\tmtx_unlock(&sc->m);\n}\n"
    made = context(tmp_path, source, given="struct mtx { int x; }; void frobnicate(void *);\n"
                                           "void mtx_lock(struct mtx *); void mtx_unlock(struct mtx *);\n")
    emitted = translated(made).files[FOLDER / "demo.c"]
    assert b"/* caf\xe9 */" in emitted.data
    assert b"mutex_enter(&sc->m);" in emitted.data and b"kmutex_t m;" in emitted.data
    assert dict(emitted.uses) == {"native": 3, "residue": 1}
    [left] = emitted.residue
    assert (left.symbol, left.kind, left.line) == ("frobnicate", "function", 6)
    lines = {line.text.strip(): (line.upstream, line.status) for line in emitted.lines if line.text.strip()}
    assert lines["mutex_exit(&sc->m);"] == (7, "rewritten")
    assert lines["frobnicate(sc);"] == (6, "verbatim")
