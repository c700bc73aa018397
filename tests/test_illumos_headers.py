"""The embedded DDI headers: complete in themselves, and equal to a gate's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.illumos import check_gate, gate_symbols
from portkit.illumos.check_gate import compare, embedded_headers
from portkit.illumos.compile import embedded_include, kernel_flags
from portkit.illumos.exports import KERNEL_MODULES, load_exports
from portkit.illumos.gate import open_gate, run_cstyle

COMPILERS = [
    pytest.param(cc, marks=pytest.mark.skipif(shutil.which(cc) is None, reason=f"{cc} is not installed"))
    for cc in ("gcc", "clang")
]
GATES = [Path(path) for path in os.environ.get("PORTKIT_GATE", "").split(":") if path]
needs_gate = pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")
each_gate = pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)

# Structures whose kernel-private part, and so their size, changes from year to year.
PRIVATE = {"struct dev_info", "struct proc", "struct _kthread", "struct cpu"}


def check(cc: str, text: str) -> str:
    """What the compiler says about `text` with the embedded headers under all warnings."""
    flags = [flag for flag in kernel_flags([]) if flag != "-g"]
    command = [cc, *flags, f"-I{embedded_include()}", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"]
    done = subprocess.run(
        [*command, "-fsyntax-only", "-x", "c", "-"], input=text.encode(), capture_output=True, check=False
    )
    return done.stderr.decode()


@pytest.mark.parametrize("cc", COMPILERS)
def test_headers_compile_alone(cc: str) -> None:
    said = {header: check(cc, f"#include <{header}>\n#include <{header}>\n") for header in embedded_headers()}
    assert {header: text for header, text in said.items() if text} == {}
    assert len(said) > 100


@pytest.mark.parametrize("cc", COMPILERS)
def test_headers_compile_together_in_either_order(cc: str) -> None:
    lines = [f"#include <{header}>\n" for header in embedded_headers()]
    assert check(cc, "".join(lines)) == ""
    assert check(cc, "".join(reversed(lines))) == ""


@pytest.mark.parametrize("cc", COMPILERS)
@pytest.mark.parametrize("name", ["queue", "macros"])
def test_macros_work(cc: str, name: str, tmp_path: Path) -> None:
    """The macros of <sys/queue.h> and of small headers keep their promises; run as a program of the host."""
    source, program = Path(__file__).parent / f"test_illumos_{name}.c", tmp_path / name
    flags = ["-std=gnu99", "-ffreestanding", "-D_KERNEL", "-nostdinc", f"-I{embedded_include()}"]
    flags += ["-Wall", "-Wextra", "-Werror"]
    subprocess.run([cc, *flags, str(source), "-o", str(program)], check=True)
    done = subprocess.run([str(program)], capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode()) == (0, "")


def make_gate(folder: Path) -> Path:
    """A gate whose headers are the embedded ones, to be changed by a test."""
    uts = folder / "usr/src/uts"
    shutil.copytree(embedded_include(), uts / "common")
    for name in ("intel/sys", "i86pc/sys", "common/os"):
        (uts / name).mkdir(parents=True)
    (uts / "common/os/priv_defs").write_text(
        "privilege PRIV_ONE\n\n\tText.\n\nbasic privilege PRIV_FILE_READ\n\nset PRIV_EFFECTIVE\n"
    )
    return folder


def change(gate: Path, header: str, old: str, new: str) -> None:
    file = gate / "usr/src/uts/common" / header
    text = file.read_text()
    assert text.count(old) == 1, (header, old, text.count(old))
    file.write_text(text.replace(old, new))


def test_compare_finds_nothing_in_its_own_headers(tmp_path: Path) -> None:
    assert compare(make_gate(tmp_path)) == []


def test_compare_finds_each_kind_of_difference(tmp_path: Path) -> None:
    gate = make_gate(tmp_path)
    wait = "cv_wait(kcondvar_t *, kmutex_t *);"
    change(gate, "sys/condvar.h", f"void {wait}", f"int {wait}")
    change(gate, "sys/kmem.h", "#define\tKM_NOSLEEP\t0x1", "#define\tKM_NOSLEEP\t0x3")
    change(gate, "sys/devops.h", "\tint cb_flag;\n", "\tint cb_new;\n\tint cb_flag;\n")
    change(gate, "sys/devops.h", "\tDDI_ATTACH = 0,", "\tDDI_ATTACH = 5,")
    change(gate, "sys/types.h", "typedef short pri_t;", "typedef int pri_t;")
    change(gate, "sys/cpuvar.h", "extern processorid_t max_cpuid;", "extern long max_cpuid;")
    change(gate, "sys/queue.h", "#define\tLIST_EMPTY(queue)", "#define\tLIST_VOID(queue)")
    (gate / "usr/src/uts/common/sys/random.h").unlink()
    found = {difference.name: difference for difference in compare(gate)}
    expected = {
        "cv_wait()": tuple(f"{kind} (struct _kcondvar *, struct mutex *)" for kind in ("void", "int")),
        "KM_NOSLEEP": ("1", "3"),
        "DDI_ATTACH": ("0", "5"),
        "DDI_RESUME": ("1", "6"),
        "typedef pri_t": ("short", "int"),
        "max_cpuid": ("int", "long"),
        "macro LIST_EMPTY()": ("a macro", "absent"),
        "sys/random.h": ("a header", "absent"),
    }
    for name, (ours, theirs) in expected.items():
        assert (found[name].embedded, found[name].gate) == (ours, theirs)
    assert found["cv_wait()"].header == "sys/condvar.h"
    flag = found["struct cb_ops.cb_flag"]
    assert (flag.embedded, flag.gate) == ("offset 112, int", "offset 116, int")
    assert str(flag) == "struct cb_ops.cb_flag: embedded offset 112, int; gate offset 116, int <sys/devops.h>"


def test_compare_sees_sizes_and_inner_members(tmp_path: Path) -> None:
    gate = make_gate(tmp_path)
    change(gate, "sys/dditypes.h", "\tuint_t dmac_type;", "\tuint_t dmac_type;\n\tlong dmac_more;")
    found = {difference.name: difference for difference in compare(gate)}
    size = found["struct ddi_dma_cookie_t"]
    assert (size.embedded, size.gate) == ("24 bytes", "32 bytes")


def test_compare_tells_a_broken_gate(tmp_path: Path) -> None:
    gate = make_gate(tmp_path)
    change(gate, "sys/types.h", "typedef short pri_t;", "typedef short pri_t")
    with pytest.raises(PortkitError, match="a header does not parse"):
        compare(gate)
    with pytest.raises(PortkitError, match="no such directory"):
        compare(tmp_path / "absent")


def is_model(gate: Path) -> bool:
    """Whether it is of the time that the headers follow: later gates have no cpuset_cmp()."""
    return "cpuset_cmp(" in (gate / "usr/src/uts/common/sys/cpuvar.h").read_text()


@needs_gate
@each_gate
def test_headers_equal_the_gate(gate: Path) -> None:
    differences = compare(gate)
    if is_model(gate):
        assert [str(difference) for difference in differences] == []
    else:
        # In a later one, only private parts and qualifiers may have changed.
        changed = {item.name.split(".")[0] for item in differences} - PRIVATE
        assert len(changed) < 15
        assert not any(item.gate == "absent" for item in differences)


def test_generated_privilege_headers(tmp_path: Path) -> None:
    gate = open_gate(make_gate(tmp_path / "gate"))
    into = gate.generate_headers(tmp_path / "made")
    names = (into / "sys/priv_names.h").read_text()
    numbers = (into / "sys/priv_const.h").read_text()
    assert '#define\tPRIV_FILE_READ\t((const char *)"file_read")' in names
    assert '#define\tPRIV_EFFECTIVE\t((const char *)"Effective")' in names
    assert "#define\tPRIV_ONE\t0" in numbers and "#define\tPRIV_FILE_READ\t1" in numbers
    assert "#define\tPRIV_NSET\t1" in numbers and "#define\tPRIV_SETSIZE\t1" in numbers
    assert "#define\tPRIV_BASIC_ASSERT(set)\tPRIV_ASSERT((set), PRIV_FILE_READ)" in numbers
    # A gate that was built in place has its own.
    (gate.uts / "common/sys/priv_names.h").write_text("")
    gate.generate_headers(tmp_path / "again")
    assert [path.name for path in (tmp_path / "again/sys").iterdir()] == ["priv_const.h"]


@needs_gate
@each_gate
@pytest.mark.skipif(shutil.which("awk") is None, reason="awk is not installed")
def test_generated_privileges_are_what_the_gate_makes(gate: Path, tmp_path: Path) -> None:
    source = gate / "usr/src/uts/common/os"
    made = open_gate(gate).generate_headers(tmp_path / "ours") / "sys"
    define = re.compile(r"^#define\s+(PRIV_\w+|MAX_PRIVILEGE)\s+(\S.*?)\s*$", re.MULTILINE)
    for variable, name in (("privhfile", "priv_const.h"), ("pubhfile", "priv_names.h")):
        with open(source / "priv_defs", "rb") as definitions:
            subprocess.run(
                ["awk", "-f", str(source / "privs.awk"), "-v", f"{variable}={tmp_path / name}"],
                stdin=definitions, check=True,
            )
        assert define.findall((made / name).read_text()) == define.findall((tmp_path / name).read_text())


def test_not_a_gate(tmp_path: Path) -> None:
    (tmp_path / "usr/src/uts/common/sys").mkdir(parents=True)
    with pytest.raises(PortkitError, match="amd64 headers are missing"):
        open_gate(tmp_path)


def declared() -> tuple[set[str], set[str]]:
    """(functions, variables) of the embedded headers, as the compiler sees them."""
    facts = check_gate._parse(embedded_headers(), [embedded_include()], None)
    functions = {name[:-2] for name in facts.items if name.endswith("()") and not name.startswith("macro ")}
    variables = set()
    for header in embedded_headers():
        text = (embedded_include() / header).read_text()
        functions -= set(re.findall(r"^static [^;{]*?\b(\w+)\(", text, re.MULTILINE))
        for line in re.findall(r"^extern [^;]*;", text, re.MULTILINE):
            name = re.search(r"\(\*(\w+)\)|(\w+)(?:\[[^\]]*\])*;", line)
            assert name is not None
            variables.add(name[1] or name[2])
    return functions, variables


def test_every_declaration_is_exported() -> None:
    """What the headers declare links: it is in the table, or is a module's own entry point, or inline."""
    exports = load_exports()
    functions, variables = declared()
    assert len(functions) > 700 and len(variables) > 40
    missing = {
        name for name in functions | variables if not exports.in_kernel(name) and not exports.modules_of(name)
    }
    assert missing == {"_init", "_fini", "_info"}


def test_export_table() -> None:
    exports = load_exports()
    assert set(KERNEL_MODULES) <= set(exports.modules)
    for symbols in exports.modules.values():
        for symbol, page in symbols.items():
            assert re.fullmatch(r"[A-Za-z_]\w*", symbol)
            assert re.fullmatch(r"\w+\(9[FSE]\)|<[\w/]+\.h>|[\w/]+\.c", page), (symbol, page)
    assert exports.modules["unix"]["atomic_cas_32"] == "atomic_cas(9F)"
    assert exports.modules_of("scsi_hba_init") == ["misc/scsi"]
    assert exports.modules_of("cv_wait") == [] and exports.in_kernel("cv_wait")
    assert not exports.in_kernel("scsi_hba_init")


@needs_gate
@each_gate
def test_exports_are_defined_in_the_gate(gate: Path) -> None:
    exports = load_exports(gate)
    missing = exports.missing_in_gate()
    if is_model(gate):
        assert missing == []
    assert len(missing) < 5
    assert not exports.in_kernel("no_such_symbol_anywhere")
    assert exports.in_kernel("cv_wait") and exports.in_kernel("psm_get_ipivect")
    assert exports.has_module("misc/scsi") and not exports.has_module("misc/nowhere")


def test_scan_of_definitions() -> None:
    c_source = """
#pragma weak weak_name = real_name
static int hidden_function(void);
extern int only_declared;
int declared_function(int, char *);
int counter = 0, other_counter;
kmutex_t table[4];
struct dev_ops ops = {
	0
};
int (*hook)(int, int) = NULL;
typedef struct thing { int a; } thing_t;
static int
hidden_function(void)
{
	local = 1;
	return (called(1));
}

/*ARGSUSED*/
int
shown_function(int a,
    char *b)
{
}

void *one_line(size_t n) {
	return (NULL);
}
"""
    names = gate_symbols._scan_c(c_source)
    assert {"weak_name", "counter", "other_counter", "table", "ops", "hook"} <= names
    assert {"shown_function", "one_line"} <= names
    assert not names & {"hidden_function", "only_declared", "declared_function", "called", "local", "int"}
    assembly = "\tENTRY_NP(enter_here)\n\tALTENTRY(also_here)\n\tNO_UNLOAD_STUB(fs, stub_fn, nomod_zero);\n"
    found = gate_symbols._scan_assembly(f"{assembly}\t.globl\tshared\n")
    assert {"enter_here", "also_here", "stub_fn", "shared"} <= found


@needs_gate
@pytest.mark.skipif(shutil.which("perl") is None, reason="perl is not installed")
def test_cstyle(tmp_path: Path) -> None:
    gate = next((gate for gate in GATES if (gate / "usr/src/tools/scripts/cstyle.pl").is_file()), None)
    if gate is None:
        pytest.skip("no gate here has cstyle.pl")
    good, bad = tmp_path / "good.c", tmp_path / "bad.c"
    good.write_text("int\nf(void)\n{\n\treturn (0);\n}\n")
    bad.write_text("int\nf(void)\n{\n\treturn 0;\n}\n")
    assert run_cstyle(gate, [good]) == []
    assert run_cstyle(gate, []) == []
    [complaint] = run_cstyle(gate, [good, bad])
    assert "bad.c" in complaint and "4" in complaint and "return" in complaint
    assert check_gate.run_cstyle is run_cstyle
    # The headers are held to it too; only old BSD type names, which <sys/types.h> must define, are excused.
    headers = [embedded_include() / header for header in embedded_headers()]
    assert [line for line in run_cstyle(gate, headers) if "non-POSIX typedef" not in line] == []


def test_cstyle_of_a_gate_without_tools(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="has no cstyle.pl"):
        run_cstyle(make_gate(tmp_path), [])
