"""The C that portkit adds to a port: helper files and glue templates.

Compiling and style need an illumos gate: PORTKIT_GATE names one or more source trees (those that hold
usr/src), separated by colons.  The behaviour of the helpers is tested without one, on a small stand-in for
the kernel made of POSIX threads.
"""

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
    "cdev": False, "sysctl": False, "dma": False, "tunables": [], "support": [], "extra_detach": [],
}
FULL: dict[str, Any] = LEAF | {
    "suspend": "foo_suspend", "resume": "foo_resume", "shutdown": "foo_shutdown",
    "sysinit": ["foo_first(NULL)", "foo_second(NULL)"], "sysuninit": ["foo_unfirst(NULL)", "foo_unsecond(NULL)"],
    "cdev": True, "sysctl": True, "dma": True,
    "tunables": [{"name": "depth", "var": "foo_depth", "min": 1, "max": 64, "default": 8,
                  "descr": "depth of the queue"}],
    "support": ["callout", "taskqueue", "sysctl", "cpu", "busdma", "cdev"],
    "extra_detach": ["foo_locks_destroy(dip);"],
}
NEXUS: dict[str, Any] = LEAF | {
    "sysctl": True, "detach": None, "probe": None,
    "nexus": {"bus": "foobus", "unit_address_property": "deviceid", "class_property": "classid",
              "pnpinfo": "foo_child_pnpinfo_str"},
}
COUNTING: dict[str, Any] = LEAF | {
    "softc_type": None,
    "nexus": {"bus": "foobus", "unit_address_property": None, "class_property": None, "pnpinfo": None},
}
CONTEXTS = {"leaf": LEAF, "full": FULL, "nexus": NEXUS, "counting": COUNTING}

# The source that module.c.j2 is appended to.
UPSTREAM = """\
#include <sys/types.h>
#include <sys/param.h>
#include <sys/errno.h>
#include <sys/systm.h>
#include <sys/conf.h>
#include <sys/devops.h>
#include <sys/stat.h>
#include <sys/atomic.h>
#include <sys/modctl.h>
#include <sys/cmn_err.h>
#include <sys/ddi.h>
#include <sys/sunddi.h>
#include <sys/sunndi.h>
#include <sys/ndi_impldefs.h>
#include <sys/ddi_impldefs.h>
#include "bsd_taskqueue.h"
#include "bsd_sysctl.h"
#include "bsd_cpu.h"
#include "bsd_busdma.h"
#include "bsd_cdev.h"

struct foo_softc {
	int	sc_unit;
};

int foo_depth = 8;

extern int foo_probe(dev_info_t *);
extern int foo_attach(dev_info_t *);
extern int foo_detach(dev_info_t *);
extern int foo_suspend(dev_info_t *);
extern int foo_resume(dev_info_t *);
extern int foo_shutdown(dev_info_t *);
extern int foo_child_pnpinfo_str(dev_info_t *, dev_info_t *, char *, size_t);
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
    return text + render("module.c.j2", context)


def misc_source() -> str:
    return render("misc.c.j2", {
        "module": "foo_misc", "description": "What foo and bar share", "support": ["callout", "taskqueue"],
        "sysinit": ["foo_first(NULL)"], "sysuninit": ["foo_unfirst(NULL)"],
        "prototypes": ["extern void foo_first(void *);", "extern void foo_unfirst(void *);"]})


INTERFACE: dict[str, Any] = {
    "name": "foo", "includes": ["<sys/types.h>", "<sys/dditypes.h>"], "forwards": ["struct taskqueue"],
    "methods": [
        {"macro": "FOO_GET_VERSION", "params": ["bus", "dev"], "result": "uint32_t",
         "function": "foo_get_version_method", "prototype": ["dev_info_t *", "dev_info_t *"]},
        {"macro": "FOO_GET_EVENT_TASKQ", "params": ["bus", "dev", "cpu"], "result": "struct taskqueue *",
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


SUPPORT_FILES = sorted(SUPPORT.glob("*.[ch]"))


def test_every_support_file_is_headed_by_its_licence() -> None:
    assert len(SUPPORT_FILES) == 12
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
    for path in SUPPORT.glob("*.c"):
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
    assert in_order(body(text, "_init"), "bsd_support_init()", "ddi_soft_state_init(", "foo_first(NULL)",
                    "foo_second(NULL)", "mod_install(", "foo_unsecond(NULL)", "foo_unfirst(NULL)",
                    "ddi_soft_state_fini(", "bsd_support_fini()")
    assert in_order(body(text, "_fini"), "mod_remove(", "return (error)", "foo_unsecond(NULL)",
                    "foo_unfirst(NULL)", "ddi_soft_state_fini(", "bsd_support_fini()")
    support = body(text, "bsd_support_init")
    assert in_order(support, "bsd_callout_setup()", "bsd_taskqueue_init()", "goto fail1", "bsd_cdev_init()",
                    "goto fail5", "fail5:", "bsd_busdma_fini()", "fail1:", "bsd_callout_teardown()")


def test_attach_undoes_everything_it_did() -> None:
    attach = body(module_source(FULL), "foo_ddi_attach")
    assert in_order(attach, "ddi_soft_state_zalloc(", "ddi_set_driver_private(dip, ddi_get_soft_state",
                    "foo_probe(dip) > 0", "goto fail", "bsd_tunable_int(dip, \"depth\", &foo_depth", "foo_attach(dip)",
                    "ddi_report_dev(dip)", "fail:", "bsd_device_sysctl_fini(dip)", "foo_locks_destroy(dip);",
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
    assert "bsd_cdev_open" in module_source(FULL)
    assert "ddi_quiesce_not_needed" in module_source(LEAF)
    assert "ddi_quiesce_not_supported" in module_source(FULL)


def test_conf() -> None:
    text = render("driver.conf.j2", {"module": "foo", "parent": None, "class": "root", "instance": True,
                                     "tunables": FULL["tunables"]})
    assert '\nname="foo" class="root";\n' in text
    assert "\n# depth=8;\n" in text
    text = render("driver.conf.j2", {"module": "foo", "parent": "/pseudo", "class": None, "instance": True,
                                     "tunables": []})
    assert '\nname="foo" parent="/pseudo" instance=0;\n' in text
    text = render("driver.conf.j2", {"module": "foo", "parent": None, "class": None, "instance": False,
                                     "tunables": []})
    assert "name=" not in text


def test_interface_is_a_direct_call() -> None:
    text = interface_source()
    assert "extern uint32_t foo_get_version_method(dev_info_t *, dev_info_t *);" in text
    assert "#define\tFOO_GET_VERSION(bus, dev)\t\\\n\tfoo_get_version_method((bus), (dev))\n" in text


def test_rendering_is_deterministic() -> None:
    assert module_source(FULL) == module_source(FULL)
