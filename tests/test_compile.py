"""portkit compile: building kernel objects, and resolving their symbols as the module loader does."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.illumos.compile import (
    ModuleSpec,
    SourceMap,
    compile_port,
    find_compilers,
    load_modules_toml,
    modules_from_portkit_json,
    parse_diagnostics,
    read_symbols,
)

COMPILERS = [pytest.param(cc, marks=pytest.mark.skipif(shutil.which(cc) is None, reason=f"{cc} is not installed"))
             for cc in ("gcc", "clang")]
GATES = [Path(path) for path in os.environ.get("PORTKIT_GATE", "").split(":") if path]
HEADERS = [pytest.param(None, id="embedded"),
           *(pytest.param(gate, id=gate.name) for gate in GATES)]
if not GATES:
    HEADERS.append(pytest.param("unset", id="gate", marks=pytest.mark.skip(reason="PORTKIT_GATE is not set")))
CC = "gcc" if shutil.which("gcc") else "clang"

LINKAGE = """
#include <sys/types.h>
#include <sys/modctl.h>
static struct modlmisc modlmisc = { &mod_miscops, "functions for others" };
static struct modlinkage modlinkage = { MODREV_1, { &modlmisc, NULL } };
int _init(void) { return (mod_install(&modlinkage)); }
int _fini(void) { return (mod_remove(&modlinkage)); }
int _info(struct modinfo *modinfop) { return (mod_info(&modlinkage, modinfop)); }
"""

HELLO = r"""
#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/uio.h>
#include <sys/cred.h>
#include <sys/file.h>
#include <sys/open.h>
#include <sys/stat.h>
#include <sys/conf.h>
#include <sys/kmem.h>
#include <sys/ksynch.h>
#include <sys/kstat.h>
#include <sys/modctl.h>
#include <sys/atomic.h>
#include <sys/sysmacros.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>

typedef struct hello {
	dev_info_t	*h_dip;
	kmutex_t	h_lock;
	kcondvar_t	h_cv;
	ddi_taskq_t	*h_tq;
	timeout_id_t	h_timeout;
	kstat_t		*h_kstat;
	uint32_t	h_reads;
	ddi_dma_handle_t h_dma;
	boolean_t	h_busy;
} hello_t;

static void *hello_state;
static ddi_dma_attr_t hello_dma = {
	.dma_attr_version = DMA_ATTR_V0,
	.dma_attr_addr_hi = 0xffffffffffffffffull,
	.dma_attr_count_max = 0xffffffff,
	.dma_attr_align = PAGESIZE,
	.dma_attr_burstsizes = 0x7f,
	.dma_attr_minxfer = 1,
	.dma_attr_maxxfer = 0xffffffff,
	.dma_attr_seg = 0xffffffff,
	.dma_attr_sgllen = 1,
	.dma_attr_granular = 1,
};

static void
hello_task(void *arg)
{
	hello_t *hp = arg;

	mutex_enter(&hp->h_lock);
	hp->h_busy = B_FALSE;
	cv_broadcast(&hp->h_cv);
	mutex_exit(&hp->h_lock);
}

static void
hello_tick(void *arg)
{
	hello_t *hp = arg;

	if (ddi_taskq_dispatch(hp->h_tq, hello_task, hp, DDI_NOSLEEP) !=
	    DDI_SUCCESS)
		dev_err(hp->h_dip, CE_WARN, "!no memory for a task");
}

static int
hello_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	int instance = ddi_get_instance(dip);
	ddi_dma_cookie_t cookie;
	uint_t ncookies;
	hello_t *hp;

	if (cmd != DDI_ATTACH)
		return (DDI_FAILURE);
	if (ddi_soft_state_zalloc(hello_state, instance) != DDI_SUCCESS)
		return (DDI_FAILURE);
	hp = ddi_get_soft_state(hello_state, instance);
	hp->h_dip = dip;
	mutex_init(&hp->h_lock, NULL, MUTEX_DRIVER, DDI_INTR_PRI(5));
	cv_init(&hp->h_cv, NULL, CV_DRIVER, NULL);
	hp->h_tq = ddi_taskq_create(dip, "hello", 1, TASKQ_DEFAULTPRI, 0);
	hp->h_timeout = timeout(hello_tick, hp, drv_usectohz(100000));
	if (ddi_dma_alloc_handle(dip, &hello_dma, DDI_DMA_SLEEP, NULL,
	    &hp->h_dma) == DDI_SUCCESS &&
	    ddi_dma_addr_bind_handle(hp->h_dma, NULL, (caddr_t)hp,
	    sizeof (*hp), DDI_DMA_RDWR | DDI_DMA_CONSISTENT, DDI_DMA_DONTWAIT,
	    NULL, &cookie, &ncookies) == DDI_DMA_MAPPED) {
		dev_err(dip, CE_CONT, "?at %llx\n",
		    (u_longlong_t)cookie.dmac_laddress);
		(void) ddi_dma_unbind_handle(hp->h_dma);
	}
	mutex_enter(&hp->h_lock);
	while (hp->h_busy) {
		if (cv_reltimedwait(&hp->h_cv, &hp->h_lock, hz,
		    TR_CLOCK_TICK) == -1)
			break;
	}
	mutex_exit(&hp->h_lock);
	VERIFY0(hp->h_reads);
	ASSERT3U(hp->h_reads, ==, 0);
	hp->h_kstat = kstat_create("hello", instance, "reads", "misc",
	    KSTAT_TYPE_NAMED, 1, KSTAT_FLAG_VIRTUAL);
	if (hp->h_kstat != NULL)
		kstat_install(hp->h_kstat);
	return (ddi_create_minor_node(dip, "hello", S_IFCHR, instance,
	    DDI_PSEUDO, 0));
}

static int
hello_read(dev_t dev, struct uio *uio, cred_t *cr)
{
	hello_t *hp = ddi_get_soft_state(hello_state, (int)getminor(dev));
	char text[] = "hello";

	if (hp == NULL)
		return (ENXIO);
	if (drv_priv(cr) != 0)
		return (EPERM);
	atomic_inc_32(&hp->h_reads);
	return (uiomove(text, MIN(sizeof (text), (size_t)uio->uio_resid),
	    UIO_READ, uio));
}

static struct cb_ops hello_cb_ops = {
	.cb_open = nulldev,
	.cb_close = nulldev,
	.cb_strategy = nodev,
	.cb_print = nodev,
	.cb_dump = nodev,
	.cb_read = hello_read,
	.cb_write = nodev,
	.cb_ioctl = nodev,
	.cb_devmap = nodev,
	.cb_mmap = nodev,
	.cb_segmap = nodev,
	.cb_chpoll = nochpoll,
	.cb_prop_op = ddi_prop_op,
	.cb_flag = D_MP | D_64BIT,
	.cb_rev = CB_REV,
	.cb_aread = nodev,
	.cb_awrite = nodev,
};

static struct dev_ops hello_dev_ops = {
	.devo_rev = DEVO_REV,
	.devo_getinfo = ddi_getinfo_1to1,
	.devo_identify = nulldev,
	.devo_probe = nulldev,
	.devo_attach = hello_attach,
	.devo_detach = nodev,
	.devo_reset = nodev,
	.devo_cb_ops = &hello_cb_ops,
	.devo_quiesce = ddi_quiesce_not_needed,
};

static struct modldrv modldrv = { &mod_driverops, "hello", &hello_dev_ops };
static struct modlinkage modlinkage = { MODREV_1, { &modldrv, NULL } };

int
_init(void)
{
	int error = ddi_soft_state_init(&hello_state, sizeof (hello_t), 1);

	if (error != 0)
		return (error);
	if ((error = mod_install(&modlinkage)) != 0)
		ddi_soft_state_fini(&hello_state);
	return (error);
}

int
_fini(void)
{
	return (mod_remove(&modlinkage));
}

int
_info(struct modinfo *modinfop)
{
	return (mod_info(&modlinkage, modinfop));
}
"""

NEXUS = r"""
#include <sys/types.h>
#include <sys/conf.h>
#include <sys/modctl.h>
#include <sys/cpuvar.h>
#include <sys/x_call.h>
#include <sys/x86_archext.h>
#include <sys/avintr.h>
#include <sys/smp_impldefs.h>
#include <sys/psm_types.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/ddi_impldefs.h>
#include <vm/hat.h>
#include <vm/seg_kmem.h>

static int
nx_onecpu(xc_arg_t a1, xc_arg_t a2, xc_arg_t a3)
{
	struct cpuid_regs regs = { .cp_eax = 1 };

	(void) __cpuid_insn(&regs);
	wrmsr((uint_t)a1, rdmsr((uint_t)a2) + CPU->cpu_id);
	return (a3 != 0);
}

static int
nx_attach(dev_info_t *dip, ddi_attach_cmd_t cmd)
{
	dev_info_t *child;
	cpuset_t set;
	pfn_t pfn;
	int circ;

	if (cmd != DDI_ATTACH || (get_hwenv() & HW_MICROSOFT) == 0)
		return (DDI_FAILURE);
	CPUSET_ZERO(set);
	CPUSET_ADD(set, 0);
	if (CPU_IN_SET(set, 0) && psm_get_ipivect != NULL)
		xc_call(1, 2, 3, CPUSET2BV(set), nx_onecpu);
	pfn = hat_getpfnum(kas.a_hat, (caddr_t)dip);
	ndi_devi_enter(dip, &circ);
	ndi_devi_alloc_sleep(dip, "child", (pnode_t)DEVI_SID_NODEID, &child);
	(void) ndi_prop_update_string(DDI_DEV_T_NONE, child, "class", "x");
	(void) ndi_prop_update_int64(DDI_DEV_T_NONE, child, "pfn",
	    (int64_t)mmu_ptob(pfn));
	if (ndi_devi_online(child, 0) != NDI_SUCCESS)
		(void) ndi_devi_free(child);
	ndi_devi_exit(dip, circ);
	return (DDI_SUCCESS);
}

static int
nx_ctl(dev_info_t *dip, dev_info_t *rdip, ddi_ctl_enum_t op, void *arg,
    void *result)
{
	switch (op) {
	case DDI_CTLOPS_REPORTDEV:
		cmn_err(CE_CONT, "?%s%d is %s%d\n", ddi_node_name(rdip),
		    ddi_get_instance(rdip), ddi_driver_name(dip),
		    ddi_get_instance(dip));
		return (DDI_SUCCESS);
	case DDI_CTLOPS_INITCHILD:
		ddi_set_name_addr(arg, "0");
		return (DDI_SUCCESS);
	case DDI_CTLOPS_UNINITCHILD:
		ddi_set_name_addr(arg, NULL);
		return (DDI_SUCCESS);
	default:
		return (ddi_ctlops(dip, rdip, op, arg, result));
	}
}

static int
nx_config(dev_info_t *dip, uint_t flags, ddi_bus_config_op_t op, void *arg,
    dev_info_t **childp)
{
	return (ndi_busop_bus_config(dip, flags, op, arg, childp, 0));
}

static struct bus_ops nx_bus_ops = {
	.busops_rev = BUSO_REV,
	.bus_map = nullbusmap,
	.bus_map_fault = i_ddi_map_fault,
	.bus_dma_allochdl = ddi_dma_allochdl,
	.bus_dma_freehdl = ddi_dma_freehdl,
	.bus_dma_bindhdl = ddi_dma_bindhdl,
	.bus_dma_unbindhdl = ddi_dma_unbindhdl,
	.bus_dma_flush = ddi_dma_flush,
	.bus_dma_win = ddi_dma_win,
	.bus_dma_ctl = ddi_dma_mctl,
	.bus_ctl = nx_ctl,
	.bus_prop_op = ddi_bus_prop_op,
	.bus_config = nx_config,
	.bus_intr_op = i_ddi_intr_ops,
};

static struct dev_ops nx_dev_ops = {
	.devo_rev = DEVO_REV,
	.devo_getinfo = ddi_no_info,
	.devo_identify = nulldev,
	.devo_probe = nulldev,
	.devo_attach = nx_attach,
	.devo_detach = nodev,
	.devo_reset = nodev,
	.devo_bus_ops = &nx_bus_ops,
	.devo_quiesce = ddi_quiesce_not_supported,
};

static struct modldrv modldrv = { &mod_driverops, "nexus", &nx_dev_ops };
static struct modlinkage modlinkage = { MODREV_1, { &modldrv, NULL } };

int _init(void) { return (mod_install(&modlinkage)); }
int _fini(void) { return (mod_remove(&modlinkage)); }
int _info(struct modinfo *modinfop) { return (mod_info(&modlinkage, modinfop)); }
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.c").write_text(text)
    return folder


def texts(messages: list) -> list[str]:
    return [str(message) for message in messages]


@pytest.mark.parametrize("gate", HEADERS)
@pytest.mark.parametrize("cc", COMPILERS)
def test_drivers_build_clean(cc: str, gate: Path | None, tmp_path: Path) -> None:
    write(tmp_path, hello=HELLO, nx=NEXUS, util="int util_answer(void);\nint util_answer(void) { return (42); }\n"
          + LINKAGE)
    result = compile_port(tmp_path, [ModuleSpec("util", "misc", ("util.c",)), ModuleSpec("hello", "drv", ("hello.c",)),
                                     ModuleSpec("nx", "drv", ("nx.c",))], gate=gate, cc=cc, work=tmp_path / "work",
                          jobs=2)
    for module in result.modules:
        assert texts(module.errors + module.warnings) == []
        assert module.undefined == []
        assert module.object is not None and module.object.is_file()
    assert result.ok
    undefined, defined = read_symbols(result.modules[1].object)
    assert {"ddi_soft_state_init", "uiomove", "mutex_enter", "mod_driverops"} <= set(undefined)
    assert {"_init", "_fini", "_info"} <= set(defined)


def test_loader_searches_direct_dependencies_alone(tmp_path: Path) -> None:
    write(tmp_path, low="int low(void);\nint low(void) { return (1); }\n" + LINKAGE,
          mid="int low(void);\nint mid(void);\nint mid(void) { return (low()); }\n" + LINKAGE,
          top="int low(void);\nint mid(void);\nint top(void);\nint top(void) { return (low() + mid()); }\n" + LINKAGE)

    def build(*depends: str) -> list:
        return compile_port(tmp_path, [
            ModuleSpec("low", "misc", ("low.c",)), ModuleSpec("mid", "misc", ("mid.c",), depends_on=("misc/low",)),
            ModuleSpec("top", "drv", ("top.c",), depends_on=depends)], cc=CC, work=tmp_path / "work").modules

    assert texts(build("misc/low", "misc/mid")[2].errors) == []
    # krtld does not look into what misc/mid depends on.
    [error] = texts(build("misc/mid")[2].errors)
    assert error == ("error: low is defined by misc/low, on which the module does not depend: "
                     "add it to depends_on (ld -N misc/low)")
    assert any("it depends on misc/nowhere" in text
               for text in texts(build("misc/low", "misc/mid", "misc/nowhere")[2].errors))


def test_undefined_and_missing_entry_points(tmp_path: Path) -> None:
    write(tmp_path, bad="void nobody(void);\nint start(void);\nint start(void) { nobody(); return (0); }\n")
    [module] = compile_port(tmp_path, [ModuleSpec("bad", "drv", ("bad.c",))], cc=CC, work=tmp_path / "w").modules
    assert module.undefined == ["nobody"]
    assert texts(module.errors) == [f"error: no {name}: the module loader needs it ({name}(9E))"
                                    for name in ("_init", "_fini", "_info")]
    assert module.object is not None


def test_one_name_defined_twice(tmp_path: Path) -> None:
    same = "int same(void);\nint same(void) { return (1); }\n"
    write(tmp_path, a=same + LINKAGE, b=same + LINKAGE, c=same,
          d="int nulldev(void);\nint nulldev(void) { return (1); }\n" + LINKAGE)
    one, two = compile_port(tmp_path, [ModuleSpec("one", "misc", ("a.c",)), ModuleSpec("two", "misc", ("b.c",))],
                            cc=CC, work=tmp_path / "w").modules
    assert "same is also defined by misc/two" in one.errors[0].message
    assert "same is also defined by misc/one" in two.errors[0].message
    [within] = compile_port(tmp_path, [ModuleSpec("m", "misc", ("a.c", "c.c"))], cc=CC, work=tmp_path / "w").modules
    assert within.object is None
    assert texts(within.errors) == ["error: same is defined by two sources of the module"]
    [kernel] = compile_port(tmp_path, [ModuleSpec("d", "misc", ("d.c",))], cc=CC, work=tmp_path / "w").modules
    assert texts(kernel.errors) == ["error: nulldev is also defined by the kernel"]


@pytest.mark.parametrize("cc", COMPILERS)
def test_messages_carry_the_upstream_place(cc: str, tmp_path: Path) -> None:
    (tmp_path / "port").mkdir()
    write(tmp_path / "port", bad="/* head */\nint f(void);\nint\nf(void)\n{\n\tint unused;\n\treturn (nothing);\n}\n"
          + LINKAGE)
    (tmp_path / "portkit.map.json").write_text(json.dumps({"files": {
        "port/bad.c": {"lines": [[1, 1, None, None, []], [3, 8, "sys/dev/bad/bad.c", 103, ["mtx-init"]]]}}}))
    [module] = compile_port(tmp_path, [ModuleSpec("bad", "drv", ("port/bad.c",))], cc=cc, work=tmp_path / "w",
                            source_map=tmp_path).modules
    assert module.object is None
    [error] = module.errors
    assert (error.file, error.line, error.upstream) == ("port/bad.c", 7, ("sys/dev/bad/bad.c", 107))
    assert "nothing" in error.message
    [warning] = module.warnings
    assert (warning.line, warning.option, warning.upstream) == (6, "-Wunused-variable", ("sys/dev/bad/bad.c", 106))
    shown = module.to_json()
    assert list(shown) == ["name", "object", "errors", "warnings", "undefined"]
    assert shown["object"] is None
    assert shown["errors"][0]["upstream"] == {"file": "sys/dev/bad/bad.c", "line": 107}


@pytest.mark.parametrize("cc", COMPILERS)
def test_a_module_with_warnings_is_built_but_not_ok(cc: str, tmp_path: Path) -> None:
    write(tmp_path, warns="int f(void);\nint f(void) { int unused; return (0); }\nvoid nobody(void);\n"
          "void g(void);\nvoid g(void) { nobody(); }\n" + LINKAGE)
    result = compile_port(tmp_path, [ModuleSpec("warns", "misc", ("warns.c",))], cc=cc, work=tmp_path / "w")
    [module] = result.modules
    assert not result.ok
    assert module.errors == [] and module.object is not None
    assert [warning.option for warning in module.warnings] == ["-Wunused-variable"]
    assert module.undefined == ["nobody"]


@pytest.mark.parametrize("cc", COMPILERS)
def test_printf_formats_are_checked_but_for_bit_names(cc: str, tmp_path: Path) -> None:
    write(tmp_path, fmt="#include <sys/cmn_err.h>\nvoid f(int n, uint64_t wide);\nvoid f(int n, uint64_t wide)\n{\n"
          "\tcmn_err(CE_CONT, \"?0x%b and %d\\n\", n, \"\\020\\001ONE\", n);\n"
          "\tcmn_err(CE_NOTE, \"%d\", wide);\n}\n" + LINKAGE)
    [module] = compile_port(tmp_path, [ModuleSpec("fmt", "misc", ("fmt.c",))], cc=cc, work=tmp_path / "w").modules
    assert [(warning.line, warning.option.rstrip("=")) for warning in module.warnings] == [(6, "-Wformat")]
    assert module.object is not None


def test_defines_include_dirs_and_flags(tmp_path: Path) -> None:
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "own.h").write_text("#define OWN 1\n")
    write(tmp_path, m="#include \"own.h\"\n#if OWN != 1 || LEVEL != 3 || !defined(PLAIN) || EXTRA != 7\n#error no\n"
          "#endif\n" + LINKAGE)
    spec = ModuleSpec("m", "misc", ("m.c",), ("inc",), ("LEVEL=3", "PLAIN"))
    assert compile_port(tmp_path, [spec], cc=CC, work=tmp_path / "w", extra_flags=["-DEXTRA=7"]).ok


def test_private_work_directory_is_removed(tmp_path: Path) -> None:
    write(tmp_path, m=LINKAGE)
    seen: list[tuple[int, int, str]] = []
    result = compile_port(tmp_path, [ModuleSpec("m", "misc", ("m.c",))], cc=CC,
                          progress=lambda done, total, what: seen.append((done, total, what)))
    made = result.modules[0].object
    assert made is not None and made.is_file()
    result.close()
    assert not made.exists()
    assert seen == [(1, 1, "m.c")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.c"]


def test_bad_input_is_one_clear_line(tmp_path: Path) -> None:
    write(tmp_path, m=LINKAGE)
    spec = ModuleSpec("m", "misc", ("m.c",))
    with pytest.raises(PortkitError, match="there is no source file absent.c"):
        compile_port(tmp_path, [ModuleSpec("m", "misc", ("absent.c",))], cc=CC)
    with pytest.raises(PortkitError, match="there is no include directory inc"):
        compile_port(tmp_path, [ModuleSpec("m", "misc", ("m.c",), ("inc",))], cc=CC)
    with pytest.raises(PortkitError, match="not an illumos gate"):
        compile_port(tmp_path, [spec], cc=CC, gate=tmp_path)
    with pytest.raises(PortkitError, match="no C compiler called no-such-cc"):
        compile_port(tmp_path, [spec], cc="no-such-cc")
    with pytest.raises(PortkitError, match="no C compilers called no-such-cc, nor-this-one") as caught:
        find_compilers(["no-such-cc", "nor-this-one"])
    assert "\n" not in str(caught.value) and "--cc" in str(caught.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(PortkitError, match="cannot write there"):
        compile_port(tmp_path, [spec], cc=CC, work=tmp_path / "file" / "w")


def test_not_a_kernel_object(tmp_path: Path) -> None:
    (tmp_path / "no.o").write_bytes(b"no object")
    with pytest.raises(PortkitError, match="cannot be read as ELF"):
        read_symbols(tmp_path / "no.o")
    shutil.copy(os.path.realpath("/proc/self/exe"), tmp_path / "program")
    with pytest.raises(PortkitError, match="not a 64-bit x86 relocatable object"):
        read_symbols(tmp_path / "program")


def test_modules_toml(tmp_path: Path) -> None:
    file = tmp_path / "modules.toml"
    file.write_text('# the modules\n[[module]]\nname = "a"\nkind = "misc"\nsources = ["a.c"]\n\n[[module]]\nname = "b"\n'
                    'kind = "drv"\nsources = ["b.c", "c/d.c"]\ninclude_dirs = ["."]\ndefines = ["X=1"]\n'
                    'depends_on = ["misc/a"]\n')
    assert load_modules_toml(file) == [
        ModuleSpec("a", "misc", ("a.c",)),
        ModuleSpec("b", "drv", ("b.c", "c/d.c"), (".",), ("X=1",), ("misc/a",))]


@pytest.mark.parametrize(("text", "line", "message"), [
    ("", None, "no [[module]] in it"),
    ("[[module]]\nname = \n", 2, "not valid TOML"),
    ('[[module]]\nname = "a"\nkind = "misc"\nsources = ["a.c"]\n\n[[module]]\nname = "b"\nkind = "fs"\n', 8, "kind must be"),
    ('[[module]]\nkind = "drv"\nsources = ["a.c"]\n', 1, "needs name"),
    ('[[module]]\nname = "a"\nkind = "drv"\n', 1, "has no sources"),
    ('[[module]]\nname = "a"\nkind = "drv"\nsources = "a.c"\n', 4, "must be a list of strings"),
    ('[[module]]\nname = "a"\nkind = "drv"\nsource = ["a.c"]\n', 4, "unknown key 'source'"),
    ('[[module]]\nname = "a"\nkind = "drv"\nsources = ["a.c"]\ndepends_on = ["x"]\n', 5, 'like "misc/x"'),
    ('[[module]]\nname = "a"\nkind = "drv"\nsources = ["a.c"]\n[[module]]\nname = "a"\nkind = "drv"\nsources = ["b.c"]\n',
     6, "two modules are called a"),
    ("top = 1\n", 1, "unknown key 'top'"),
])
def test_modules_toml_errors(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    file = tmp_path / "modules.toml"
    file.write_text(text)
    with pytest.raises(PortkitError) as caught:
        load_modules_toml(file)
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == (str(file), line)


def test_modules_toml_unreadable(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="cannot read the modules file"):
        load_modules_toml(tmp_path / "absent.toml")
    (tmp_path / "binary.toml").write_bytes(b"[[module]]\nname = \"\xff\"\n")
    with pytest.raises(PortkitError, match="not UTF-8"):
        load_modules_toml(tmp_path / "binary.toml")


def test_modules_from_portkit_json(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="no portkit.json here"):
        modules_from_portkit_json(tmp_path)
    file = tmp_path / "portkit.json"
    file.write_text('{"modules": [{"name": "a", "kind": "drv", "sources": ["x/a.c"], "headers": [], "uses": {}}]}')
    assert modules_from_portkit_json(tmp_path) == [ModuleSpec("a", "drv", ("x/a.c",))]
    file.write_text('{"modules":\n [{,\n')
    with pytest.raises(PortkitError, match="not valid JSON") as caught:
        modules_from_portkit_json(tmp_path)
    assert caught.value.line == 2
    file.write_text("[]")
    with pytest.raises(PortkitError, match="lists no modules"):
        modules_from_portkit_json(tmp_path)


def test_source_map(tmp_path: Path) -> None:
    file = tmp_path / "portkit.map.json"
    file.write_text(json.dumps({"files": {
        "a/b.c": {"lines": [[10, 12, "up.c", 40, []], [20, 20, "up.c", 60, ["r"]], [30, 31, None, None, []], "odd"]},
        "old.c": [[1, 2, "old_up.c", 5]]}}))
    found = SourceMap.load(file)
    assert found.lookup("./a/b.c", 11) == ("up.c", 41)
    assert found.lookup("a/b.c", 20) == ("up.c", 60)
    assert [found.lookup("a/b.c", line) for line in (1, 13, 21, 30)] == [None] * 4
    assert found.lookup("old.c", 2) == ("old_up.c", 6)
    assert found.lookup("absent.c", 1) is None
    file.write_text("{}")
    with pytest.raises(PortkitError, match="has no \"files\""):
        SourceMap.load(tmp_path)


def test_diagnostics_of_both_compilers() -> None:
    text = ("In file included from a.c:1:\n"
            "./h.h:3:1: error: unknown type name 'x_t'; did you mean 'y_t'?\n"
            "a.c: In function 'f':\n"
            "a.c:4:7: error: unused variable 'v' [-Werror=unused-variable]\n"
            "a.c:2:1: note: declared here\n"
            "a.c:9:2: error: unused variable 'w' [-Werror,-Wunused-variable]\n"
            "a.c:10:2: error: call to undeclared function 'g' [-Wimplicit-function-declaration]\n"
            "a.c:11:2: warning: odd [-Wodd]\n"
            "a.c:12: error: excess elements [-Werror]\n"
            "a.c:13:10: fatal error: no.h: No such file or directory\n"
            "cc1: all warnings being treated as errors\n")
    assert [(m.file, m.line, m.column, m.severity, m.option) for m in parse_diagnostics(text)] == [
        ("h.h", 3, 1, "error", None), ("a.c", 4, 7, "warning", "-Wunused-variable"),
        ("a.c", 9, 2, "warning", "-Wunused-variable"), ("a.c", 10, 2, "error", "-Wimplicit-function-declaration"),
        ("a.c", 11, 2, "warning", "-Wodd"), ("a.c", 12, None, "warning", None), ("a.c", 13, 10, "error", None)]
    assert parse_diagnostics(text)[1].notes == ("a.c:2: declared here",)


@pytest.mark.skipif(not GATES, reason="PORTKIT_GATE is not set")
@pytest.mark.parametrize("cc", COMPILERS)
def test_a_driver_of_the_gate_itself(cc: str, tmp_path: Path) -> None:
    """blkdev uses much of the DDI and none of what a gate build generates."""
    for gate in GATES:
        source = gate / "usr/src/uts/common/io/null.c"
        if not source.is_file():
            pytest.skip(f"{gate} has no uts/common/io")
        [module] = compile_port(source.parent, [ModuleSpec("null", "drv", ("null.c",))], gate=gate, cc=cc,
                                work=tmp_path / gate.name).modules
        assert module.object is not None
        assert texts(module.errors) == [] and module.undefined == []
