"""The sample drivers: they parse against FreeBSD's headers, speak the protocol, and are our own text."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import re
import shutil
import struct
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from clang import cindex

from portkit.errors import PortkitError
from portkit.upstream import BuildSetup, KernelModule, Tree
from portkit.upstream.sample_headers import assemble, kernel_headers

SAMPLE = Path(__file__).parent.parent / "drivers-in/sample"
FAMILY = "sys/dev/hvsample"
MODULES = ("hvs_vmbus", "hvs_heartbeat", "hvs_scsi")
RELEASES = [Path(place) for place in os.environ.get("PORTKIT_FREEBSD", "").split(":") if place]

# What kern.mk of FreeBSD turns on, and more; without what its own macros in a driver give rise to.
WARNINGS = ("-DINVARIANTS", "-DINVARIANT_SUPPORT", "-Wall", "-Wextra", "-Wmissing-prototypes",
            "-Wstrict-prototypes", "-Wpointer-arith", "-Wcast-qual", "-Wundef", "-Wformat",
            "-D__printf__=__freebsd_kprintf__", "-Wno-unused-parameter", "-Wno-sign-compare",
            "-Wno-missing-field-initializers")


@dataclass
class Sample:
    root: Path
    tree: Tree
    modules: list[KernelModule]
    setup: BuildSetup

    def arguments(self) -> list[str]:
        """clang's arguments with warnings on, where the build has them off, and with the text of KASSERT."""
        quiet = [arg for arg in self.setup.clang_args if arg == "-w" or arg.startswith("-Wno-")]
        return [arg for arg in self.setup.clang_args if arg not in quiet] + list(WARNINGS)


def open_sample(into: Path, release: Path | None) -> Sample:
    root = assemble(SAMPLE, into / "tree", release)
    tree = Tree.open(root)
    modules = [tree.module(name) for name in MODULES]
    return Sample(root, tree, modules, tree.build_dir(modules, into / "build"))


def need_headers() -> None:
    if kernel_headers() is None:
        pytest.skip("no FreeBSD headers: pip install 'portkit[samples]'")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    need_headers()
    return open_sample(tmp_path_factory.mktemp("sample"), None)


def own_files() -> list[Path]:
    return sorted(path for path in SAMPLE.rglob("*") if path.is_file())


def diagnostics(sample: Sample, source: Path, text: str | None = None) -> list[str]:
    """Errors anywhere, and warnings in the sample's own files."""
    path = str(sample.root / source)
    unsaved = [(path, text)] if text is not None else None
    unit = cindex.Index.create().parse(path, args=sample.arguments(), unsaved_files=unsaved)
    return [str(d) for d in unit.diagnostics
            if d.severity >= cindex.Diagnostic.Error
            or (d.severity == cindex.Diagnostic.Warning and FAMILY in str(d.location.file))]


def check_release(sample: Sample) -> None:
    assert [module.name for module in sample.modules] == list(MODULES)
    sources = [source for module in sample.modules for source in module.sources]
    on_disk = {path.relative_to(SAMPLE) for path in own_files() if path.suffix in (".c", ".S")}
    assert set(sources) == on_disk
    assert Path(FAMILY, "vmbus/hvs_if.m") in sample.modules[0].interfaces
    assert set(sample.setup.stand_ins) <= {"assym.inc", "offset.inc"}
    found = {str(s): diagnostics(sample, s) for s in sources if s.suffix == ".c"}
    assert found == {source: [] for source in found}


# -- the tree and its headers ---------------------------------------------------------------------------


def test_parses_with_the_package(sample: Sample) -> None:
    assert (sample.tree.revision, sample.tree.freebsd_version) == ("14.0-RELEASE", 1400097)
    assert {"sys/kern/bus_if.m", "sys/kern/device_if.m", "sys/dev/hvsample/vmbus/hvs_if.m"} == {
        str(path) for path in sample.modules[0].interfaces}
    check_release(sample)


@pytest.mark.parametrize("release", RELEASES or [None], ids=lambda place: place.name if place else "no-tree")
def test_parses_with_a_release(release: Path | None, tmp_path: Path) -> None:
    if release is None:
        pytest.skip("PORTKIT_FREEBSD names no FreeBSD tree")
    with Tree.open(release) as tree:
        if tree.freebsd_version < 1200000:
            pytest.skip(f"{tree.revision} has no lapic_ipi_alloc(), and kmem_malloc() of another form:"
                        " the samples are for 12 and later")
        revision = tree.revision
    sample = open_sample(tmp_path, release)
    assert sample.tree.revision == revision
    check_release(sample)


def test_warnings_and_errors_are_seen(sample: Sample) -> None:
    source = Path(FAMILY, "vmbus/hvs_ring.c")
    text = (SAMPLE / source).read_text()
    assert diagnostics(sample, source, text + "\nint\nnobody(void)\n{\n\tint unused;\n\n\treturn (0);\n}\n")
    assert diagnostics(sample, source, text.replace("rg->rg_size", "rg->rg_sighs", 1))
    assert diagnostics(sample, source, text.replace('"%u bytes of padding"', '"%s bytes of padding"'))


@pytest.mark.skipif(shutil.which("clang") is None, reason="clang is not installed")
def test_stub_assembles(sample: Sample, tmp_path: Path) -> None:
    # The offsets are the kernel's own (genassym); for this test any will do.
    args = ["clang", *sample.setup.clang_args, "-DLOCORE", "-DPTI_SIZE=64", "-DPCB_FULL_IRET=1",
            "-x", "assembler-with-cpp", "-c", str(sample.root / FAMILY / "vmbus/hvs_vector.S"),
            "-o", str(tmp_path / "stub.o")]
    args = [arg for arg in args if not arg.startswith("-std=")]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    symbols = subprocess.run(["nm", str(tmp_path / "stub.o")], capture_output=True, text=True,
                             check=True).stdout
    assert re.findall(r" T (\w+)", symbols) == ["Xhvs_intr", "Xhvs_intr_pti"]
    assert {"hvs_interrupt", "doreti"} <= set(re.findall(r" U (\w+)", symbols))


def test_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec",
                        lambda name, *rest: None if name == "ziglang" else find(name, *rest))
    assert kernel_headers() is None
    with pytest.raises(PortkitError) as raised:
        assemble(SAMPLE, tmp_path / "tree")
    assert "pip install 'portkit[samples]'" in (raised.value.hint or "")
    assert not (tmp_path / "tree").exists()


def test_refuses_bad_places(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="holds no sys/"):
        assemble(tmp_path, tmp_path / "tree")
    with pytest.raises(PortkitError, match="lies inside"):
        assemble(SAMPLE, SAMPLE / "out")
    with pytest.raises(PortkitError, match="not a FreeBSD source tree"):
        assemble(SAMPLE, tmp_path / "tree", release=tmp_path)


def test_assembling_changes_no_source(tmp_path: Path) -> None:
    need_headers()

    def digest() -> dict[Path, str]:
        return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in own_files()}

    before = digest()
    root = assemble(SAMPLE, tmp_path / "tree")
    for place in ("sys/sys/bus.h", "sys/vm/vm.h", "sys/amd64/include/bus.h", "sys/x86/include/apicvar.h"):
        assert (root / place).is_file(), place
    assemble(SAMPLE, tmp_path / "tree")         # a second time into the same place
    assert digest() == before


# -- the protocol ---------------------------------------------------------------------------------------

# Sizes in bytes, and offsets of members, from the Hypervisor Top Level Functional Specification and the
# VMBus protocol headers of Linux (include/linux/hyperv.h, with its names beside ours).
LAYOUTS = {
    "hvs_guid": (16, {}),
    "hvs_post_input": (256, {"pi_connection": 0, "pi_type": 8, "pi_size": 12, "pi_payload": 16}),
    "hvs_signal_input": (8, {"si_connection": 0, "si_flag": 4}),
    "hvs_message": (256, {"hm_type": 0, "hm_size": 4, "hm_flags": 5, "hm_origin": 8, "hm_payload": 16}),
    "hvs_events": (256, {}),
    "hvs_ctl": (8, {"ct_type": 0}),
    "hvs_ctl_contact": (40, {"cc_version": 8, "cc_vcpu": 12, "cc_shared": 16, "cc_monitor": 24}),
    "hvs_ctl_contacted": (9, {"cd_supported": 8}),
    "hvs_ctl_offer": (196, {"of_class": 8, "of_instance": 24, "of_flags": 56, "of_mmio": 58, "of_user": 60,
                            "of_subchannel": 180, "of_relid": 184, "of_monitor": 188, "of_monitored": 189,
                            "of_dedicated": 190, "of_connection": 192}),
    "hvs_ctl_relid": (12, {"re_relid": 8}),
    "hvs_ctl_open": (148, {"op_relid": 8, "op_key": 12, "op_gpadl": 16, "op_vcpu": 20, "op_rx_page": 24,
                           "op_user": 28}),
    "hvs_ctl_opened": (20, {"od_relid": 8, "od_key": 12, "od_status": 16}),
    "hvs_ctl_gpadl": (28, {"gp_relid": 8, "gp_gpadl": 12, "gp_range_size": 16, "gp_ranges": 18,
                           "gp_bytes": 20, "gp_offset": 24, "gp_page": 28}),
    "hvs_ctl_gpadl_more": (16, {"gm_part": 8, "gm_gpadl": 12, "gm_page": 16}),
    "hvs_ctl_gpadl_made": (20, {"ga_relid": 8, "ga_gpadl": 12, "ga_status": 16}),
    "hvs_ctl_gpadl_drop": (16, {"gd_relid": 8, "gd_gpadl": 12}),
    "hvs_ctl_gpadl_dropped": (12, {"ge_gpadl": 8}),
    "hvs_ring_page": (4096, {"rp_write": 0, "rp_read": 4, "rp_quiet": 8, "rp_wanted": 12, "rp_features": 64}),
    "hvs_packet": (16, {"pk_type": 0, "pk_data": 2, "pk_length": 4, "pk_flags": 6, "pk_xact": 8}),
    # vmbus_packet_mpb_array with the one hv_mpb_array of a request
    "hvs_page_packet": (32 + 33 * 8, {"pp_reserved": 16, "pp_lists": 20, "pp_list": 24}),
    "hvs_pages": (8 + 33 * 8, {"pg_length": 0, "pg_offset": 4, "pg_page": 8}),
    "hvs_ic_header": (28, {"ih_framework": 8, "ih_type": 12, "ih_message": 14, "ih_size": 18, "ih_status": 20,
                           "ih_xact": 24, "ih_flags": 25}),
    "hvs_ic_negotiate": (36, {"in_frameworks": 28, "in_messages": 30, "in_version": 36}),
    "hvs_ic_heartbeat": (68, {"ib_sequence": 28, "ib_reserved": 36}),
    # drivers/scsi/storvsc_drv.c: vstor_packet, vmscsi_request, vmstorage_channel_properties
    "hvs_vsp_packet": (64, {"vp_operation": 0, "vp_flags": 4, "vp_status": 8, "vp_srb": 12, "vp_version": 12,
                            "vp_properties": 12}),
    "hvs_vsp_srb": (52, {"sr_length": 0, "sr_status": 2, "sr_scsi_status": 3, "sr_port": 4, "sr_path": 5,
                         "sr_target": 6, "sr_lun": 7, "sr_cdb_length": 8, "sr_sense_length": 9,
                         "sr_direction": 10, "sr_transfer": 12, "sr_cdb": 16, "sr_sense": 16, "sr_tag": 38,
                         "sr_tag_action": 39, "sr_flags": 40, "sr_timeout": 44, "sr_sort_key": 48}),
    "hvs_vsp_properties": (24, {"pr_channels": 4, "pr_flags": 8, "pr_transfer": 12}),
    "hvs_vsp_version": (4, {"ve_version": 0, "ve_revision": 2}),
}


def test_structure_layouts(sample: Sample) -> None:
    found: dict[str, cindex.Type] = {}
    for source in ("vmbus/hvs_ring.c", "heartbeat/hvs_heartbeat.c", "scsi/hvs_scsi.c"):
        unit = cindex.Index.create().parse(str(sample.root / FAMILY / source), args=sample.arguments())
        for cursor in unit.cursor.get_children():
            if cursor.kind == cindex.CursorKind.STRUCT_DECL and cursor.is_definition():
                found.setdefault(cursor.spelling, cursor.type)
    for name, (size, members) in LAYOUTS.items():
        assert found[name].get_size() == size, name
        assert {member: found[name].get_offset(member) // 8 for member in members} == members, name


def test_protocol_versions_and_classes() -> None:
    text = (SAMPLE / FAMILY / "include/hvs.h").read_text()
    versions = {name: (int(a), int(b)) for name, a, b in
                re.findall(r"#define\tHVS_PROTOCOL_(\w+)\tHVS_PROTOCOL\((\d+), (\d+)\)", text)}
    assert versions == {"2008": (0, 13), "2008R2": (1, 1), "2012": (2, 4), "2012R2": (3, 0)}
    bus = (SAMPLE / FAMILY / "vmbus/hvs_bus.c").read_text()
    tried = re.search(r"hvs_protocols\[\] = \{(.*?)\}", bus, re.DOTALL)
    assert tried
    order = [versions[name] for name in re.findall(r"HVS_PROTOCOL_(\w+)", tried.group(1))]
    assert order == sorted(versions.values(), reverse=True)

    for source, guid in (("heartbeat/hvs_heartbeat.c", "57164f39-9115-4e78-ab55-382f3bd5422d"),
                         ("scsi/hvs_scsi.c", "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f")):
        stated = re.search(r"\.g_byte = \{(.*?)\}", (SAMPLE / FAMILY / source).read_text(), re.DOTALL)
        assert stated
        wire = bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2})", stated.group(1)))
        assert wire == uuid.UUID(guid).bytes_le


# -- the drivers at work, on a host of Python -----------------------------------------------------------

SHIM = r"""
/* The kernel below the channel code: locks do nothing, tasks wait for the test, the host is a callback. */
#include <dev/hvsample/vmbus/hvs_var.h>
#include <sys/smp.h>
#include <dev/hvsample/heartbeat/hvs_heartbeat.c>
#define hvs_bus_add unused_bus_add
#define hvs_bus_remove unused_bus_remove
#include <dev/hvsample/vmbus/hvs_bus.c>
#undef hvs_bus_add
#undef hvs_bus_remove

void *aligned_alloc(size_t, size_t);
void *calloc(size_t, size_t);

struct malloc_type M_HVS[1], M_DEVBUF[1];
int hz = 100, mp_ncpus = 2, bootverbose;
sbintime_t tick_sbt = 1;
u_int mp_maxid = 2;
cpuset_t all_cpus;

static uint64_t (*host)(uint64_t, uint64_t);
static struct task *queued[8];
static int nqueued, nadded, nremoved;

uint64_t hvs_hypercall(uint64_t code, bus_addr_t input) { return (host(code, input)); }

int
hvs_dma_alloc(device_t dev, bus_size_t align, bus_size_t size, struct hvs_dma *dma)
{
	dma->dm_addr = aligned_alloc(align < 16 ? 16 : align, roundup(size, 16));
	memset(dma->dm_addr, 0, size);
	dma->dm_busaddr = (bus_addr_t)dma->dm_addr;
	return (0);
}

void
hvs_dma_free(struct hvs_dma *dma)
{
	(free)(dma->dm_addr, M_DEVBUF);
	dma->dm_addr = NULL;
}

int
taskqueue_enqueue(struct taskqueue *tq, struct task *task)
{
	if (task->ta_pending++ == 0)
		queued[nqueued++] = task;
	return (0);
}

int
shim_run(void)
{
	struct task *task;
	int i, n = nqueued;

	for (i = 0; i < n; i++) {
		task = queued[i];
		task->ta_pending = 0;
		task->ta_func(task->ta_context, 1);
	}
	memmove(queued, queued + n, (nqueued - n) * sizeof(queued[0]));
	nqueued -= n;
	return (n);
}

int hvs_bus_add(struct hvs_channel *ch) { nadded++; return (0); }

int
hvs_bus_remove(struct hvs_channel *ch)
{
	/* The host says it again while the child is being deleted. */
	if ((ch->ch_state & HVS_CHANNEL_RESCINDED) != 0)
		hvs_channel_rescind(ch->ch_bus, ch->ch_relid);
	nremoved++;
	return (0);
}

int shim_added(void) { return (nadded); }
int shim_removed(void) { return (nremoved); }
int _sleep(const void *chan, struct lock_object *lock, int priority, const char *text, sbintime_t sbt,
    sbintime_t pr, int flags) { return (EWOULDBLOCK); }
int pause_sbt(const char *text, sbintime_t sbt, sbintime_t pr, int flags) { return (0); }
int device_printf(device_t dev, const char *format, ...) { return (0); }
void wakeup(const void *chan) { }
void taskqueue_drain(struct taskqueue *tq, struct task *task) { }
void _mtx_init(volatile uintptr_t *c, const char *name, const char *type, int opts) { }
void _mtx_destroy(volatile uintptr_t *c) { }
void __mtx_lock_flags(volatile uintptr_t *c, int opts, const char *file, int line) { }
void __mtx_unlock_flags(volatile uintptr_t *c, int opts, const char *file, int line) { }
void __mtx_lock_spin_flags(volatile uintptr_t *c, int opts, const char *file, int line) { }
void __mtx_unlock_spin_flags(volatile uintptr_t *c, int opts, const char *file, int line) { }
int _sx_xlock(struct sx *sx, int opts, const char *file, int line) { return (0); }
void _sx_xunlock(struct sx *sx, const char *file, int line) { }

struct hvs_softc *
shim_bus(uint64_t (*callback)(uint64_t, uint64_t), uint32_t protocol)
{
	struct hvs_softc *sc = calloc(1, sizeof(*sc));

	host = callback;
	nqueued = nadded = nremoved = 0;
	CPU_ZERO(&all_cpus);
	CPU_SET(0, &all_cpus);
	CPU_SET(2, &all_cpus);
	sc->hs_protocol = protocol;
	sc->hs_gpadl = 0xffffffff;	/* the next but one is 0, which is no name */
	sc->hs_map = calloc(HVS_EVENT_FLAGS, sizeof(*sc->hs_map));
	sc->hs_cpu = aligned_alloc(CACHE_LINE_SIZE, 3 * sizeof(*sc->hs_cpu));
	memset(sc->hs_cpu, 0, 3 * sizeof(*sc->hs_cpu));
	sc->hs_cpu[0].pc_vcpu = 50;
	sc->hs_cpu[2].pc_vcpu = 52;
	TAILQ_INIT(&sc->hs_channels);
	TAILQ_INIT(&sc->hs_requests);
	hvs_dma_alloc(NULL, 256, 256, &sc->hs_post);
	hvs_dma_alloc(NULL, PAGE_SIZE, PAGE_SIZE, &sc->hs_shared);
	hvs_dma_alloc(NULL, PAGE_SIZE, PAGE_SIZE, &sc->hs_monitor[0]);
	hvs_dma_alloc(NULL, PAGE_SIZE, PAGE_SIZE, &sc->hs_monitor[1]);
	TASK_INIT(&sc->hs_listed_task, 0, hvs_bus_listed_task, sc);
	return (sc);
}

int shim_connect(struct hvs_softc *sc) { return (hvs_bus_connect(sc)); }
int shim_scan(struct hvs_softc *sc) { return (hvs_bus_scan(sc)); }
void shim_disconnect(struct hvs_softc *sc) { hvs_bus_disconnect(sc); }
uint32_t shim_protocol(struct hvs_softc *sc) { return (sc->hs_protocol); }
int shim_listed(struct hvs_softc *sc) { return (sc->hs_listed); }
uint64_t shim_page(struct hvs_softc *sc, int n) { return (n < 2 ? sc->hs_monitor[n].dm_busaddr :
    sc->hs_shared.dm_busaddr); }
struct hvs_channel *shim_channel(struct hvs_softc *sc) { return (TAILQ_FIRST(&sc->hs_channels)); }
int shim_requests(struct hvs_softc *sc) { return (!TAILQ_EMPTY(&sc->hs_requests)); }
void *shim_shared(struct hvs_softc *sc) { return (sc->hs_shared.dm_addr); }

int
shim_heartbeat(struct hvs_channel *ch)
{
	struct heartbeat_softc *sc = calloc(1, sizeof(*sc));

	sc->hb_channel = ch;
	sc->hb_buffer = calloc(1, HEARTBEAT_BUFFER);
	return (hvs_channel_open(ch, HEARTBEAT_RING_PAGES, HEARTBEAT_RING_PAGES, heartbeat_input, sc));
}
"""

PAGE = 4096
EAGAIN_ON_FREEBSD, ENXIO, EIO = 35, 6, 5


@pytest.fixture(scope="module")
def library(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    return build_library(sample, tmp_path_factory.mktemp("shim"))


def build_library(sample: Sample, place: Path, *more: Path) -> ctypes.CDLL:
    """The drivers on the shim, and `more` sources, as a library that is loaded."""
    for tool in ("clang", "cc", "nm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if os.uname().machine != "x86_64":
        pytest.skip("the drivers are compiled for amd64, and this machine is not")
    (place / "shim.c").write_text(SHIM)
    vmbus = sample.root / FAMILY / "vmbus"
    sources = [place / "shim.c", vmbus / "hvs_ring.c", vmbus / "hvs_request.c", vmbus / "hvs_channel.c", *more]
    objects = [place / f"{source.stem}.o" for source in sources]
    for source, target in zip(sources, objects, strict=True):
        subprocess.run(["clang", *sample.setup.clang_args, "-fPIC", "-O1", "-fno-builtin", "-c", str(source),
                        "-o", str(target)], check=True)
    # What no test calls (newbus, callouts, sysctl) may stay undefined, but the loader wants an address.
    listing = subprocess.run(["nm", *map(str, objects)], capture_output=True, text=True, check=True).stdout
    defined = set(re.findall(r"^\w+ [^U] (\S+)$", listing, re.MULTILINE))
    missing = set(re.findall(r"^ +U (\S+)$", listing, re.MULTILINE)) - defined
    missing -= {"malloc", "free", "calloc", "aligned_alloc", "memcpy", "memset", "memmove", "memcmp"}
    addresses = [f"-Wl,--defsym={name}=0" for name in sorted(missing)]
    subprocess.run(["cc", "-shared", "-Wl,-Bsymbolic", *addresses, "-o", str(place / "shim.so"),
                    *map(str, objects)], check=True)
    loaded = ctypes.CDLL(str(place / "shim.so"))
    for name in ("shim_bus", "shim_channel", "shim_shared"):
        getattr(loaded, name).restype = ctypes.c_void_p
    return loaded


HYPERCALL = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)
INPUT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class Host:
    """The other side: it knows the protocol from the specification, and guest memory by address."""

    def __init__(self, library: ctypes.CDLL, protocol: tuple[int, int] = (3, 0)) -> None:
        self.library = library
        self.messages: list[bytes] = []
        self.signals: list[tuple[int, int]] = []
        self.busy = 0                           # post-message calls still to fail for want of buffers
        self.rescind_on: int | None = None      # message type that is answered by a rescind
        self.status = 0
        self.offers: list[int] = []
        self.speaks: list[bytes] = []           # versions, as they come in the message
        self.errors: list[BaseException] = []
        self.gpadl: tuple[int, ...] = ()        # channel and name
        self.pages: list[int] = []
        self.wanted = 0
        self._callback = HYPERCALL(self._hypercall)
        self.bus = ctypes.c_void_p(library.shim_bus(self._callback, protocol[0] << 16 | protocol[1]))

    def offer(self, relid: int = 7, connection: int = 0x2007, size: int = 196) -> None:
        cls = uuid.UUID("57164f39-9115-4e78-ab55-382f3bd5422d").bytes_le
        body = struct.pack("<II16s16sQQHH120sHHIBBHI", 1, 0, cls, bytes(range(16)), 0, 0, 0, 0, b"", 0, 0,
                           relid, 0, 0, 1, connection)
        assert len(body) == 196
        self.say(body[:size])

    def channel(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.library.shim_channel(self.bus))

    def say(self, payload: bytes) -> None:
        self.library.hvs_bus_message(self.bus, payload, ctypes.c_size_t(len(payload)))

    def _hypercall(self, code: int, address: int) -> int:
        try:
            return self._call(code, address)
        except BaseException as e:              # a callback of ctypes cannot raise
            self.errors.append(e)
            return 0

    def _call(self, code: int, address: int) -> int:
        assert address % 8 == 0
        if code == 0x5d:
            connection, flag, reserved = struct.unpack("<IHH", ctypes.string_at(address, 8))
            assert reserved == 0
            self.signals.append((connection, flag))
            return 0
        assert code == 0x5c and address % PAGE <= PAGE - 256
        connection, reserved, kind, size = struct.unpack("<IIII", ctypes.string_at(address, 16))
        assert (connection, reserved, kind) == (1, 0, 1) and size <= 240
        if self.busy:
            self.busy -= 1
            return 0x13
        message = ctypes.string_at(address + 16, size)
        self.messages.append(message)
        self._answer(message)
        return 0

    def _answer(self, message: bytes) -> None:
        kind, pad = struct.unpack_from("<II", message)
        assert pad == 0
        if kind == self.rescind_on:
            self.library.hvs_channel_rescind(self.bus, 7)
            return
        if kind == 3:
            for relid in self.offers:
                self.offer(relid)
            self._reply(4)
        elif kind == 14:
            self._reply(15, bytes([message[8:12] in self.speaks]))
        elif kind == 16:
            self._reply(17)
        elif kind == 5:
            relid, key = struct.unpack_from("<II", message, 8)
            self._reply(6, struct.pack("<III", relid, key, self.status))
        elif kind == 8:
            self.gpadl = struct.unpack_from("<II", message, 8)
            pages = (struct.unpack_from("<H", message, 16)[0] - 8) // 8
            self.pages = list(struct.unpack_from(f"<{(len(message) - 28) // 8}Q", message, 28))
            self.wanted = pages
        elif kind == 9:
            assert struct.unpack_from("<I", message, 12)[0] == self.gpadl[1]
            self.pages += struct.unpack_from(f"<{(len(message) - 16) // 8}Q", message, 16)
        elif kind == 11:
            relid, gpadl = struct.unpack_from("<II", message, 8)
            assert relid == 7 and self.gpadl in ((), (relid, gpadl))
            self._reply(12, struct.pack("<I", gpadl))
        if kind in (8, 9) and len(self.pages) == self.wanted:
            self._reply(10, struct.pack("<III", *self.gpadl, 0))

    def _reply(self, kind: int, body: bytes = b"") -> None:
        self.say(struct.pack("<II", kind, 0) + body)

    def kinds(self) -> list[int]:
        return [struct.unpack_from("<I", message)[0] for message in self.messages]

    def ring(self, first: int, pages: int) -> Ring:
        start = self.pages[first] * PAGE
        assert self.pages[first:first + pages] == [start // PAGE + i for i in range(pages)]
        return Ring(start, (pages - 1) * PAGE)

    def raise_event(self, relid: int) -> None:
        """Set the flag and run what the interrupt and its task would."""
        words = (ctypes.c_ulong * 32)()
        words[relid // 64] = 1 << (relid % 64)
        self.library.hvs_channel_events(self.bus, words, 32)
        assert not any(words)


class Ring:
    """One ring in guest memory, seen from the host."""

    def __init__(self, address: int, size: int) -> None:
        self.header = (ctypes.c_uint32 * 4).from_address(address)
        self.data = (ctypes.c_uint8 * size).from_address(address + PAGE)
        self.size = size

    def bytes_at(self, index: int, count: int) -> bytes:
        return bytes(self.data[(index + i) % self.size] for i in range(count))

    def take_any(self) -> tuple[int, int, int, bytes, bytes]:
        """Read a packet: type, flags, transaction, what lies before the data, and the data with its padding."""
        write, read = self.header[0], self.header[1]
        assert write != read and write % 8 == 0
        kind, offset, length, flags, xact = struct.unpack("<HHHHQ", self.bytes_at(read, 16))
        assert 2 <= offset <= length
        lists = self.bytes_at(read + 16, offset * 8 - 16)
        data = self.bytes_at(read + offset * 8, (length - offset) * 8)
        assert struct.unpack("<Q", self.bytes_at(read + length * 8, 8))[0] == read << 32
        self.header[1] = (read + length * 8 + 8) % self.size
        return kind, flags, xact, lists, data

    def take(self) -> tuple[int, int, bytes]:
        """Read a packet of mere data: flags, transaction, data with its padding."""
        kind, flags, xact, lists, data = self.take_any()
        assert kind == 6 and lists == b""
        return flags, xact, data

    def put(self, data: bytes, xact: int, kind: int = 6) -> None:
        start = self.header[0]
        data += bytes(-len(data) % 8)
        packet = struct.pack("<HHHHQ", kind, 2, 2 + len(data) // 8, 0, xact) + data
        packet += struct.pack("<Q", start << 32)
        for i, byte in enumerate(packet):
            self.data[(start + i) % self.size] = byte
        self.header[0] = (start + len(packet)) % self.size


def offered(host: Host, relid: int = 7, connection: int = 0x2007, size: int = 196) -> ctypes.c_void_p:
    host.offer(relid, connection, size)
    assert host.library.shim_run() == 1         # the management thread adds the child
    return host.channel()


def opened(host: Host, input_: object, tx: int = 4, rx: int = 28) -> ctypes.c_void_p:
    channel = offered(host)
    assert host.library.hvs_channel_open(channel, tx, rx, input_, None) == 0
    assert not host.errors
    return channel


@pytest.mark.parametrize(("speaks", "tried"), [
    ([(3, 0), (2, 4), (1, 1), (0, 13)], [(3, 0)]),
    ([(2, 4), (1, 1), (0, 13)], [(3, 0), (2, 4)]),
    ([(0, 13)], [(3, 0), (2, 4), (1, 1), (0, 13)]),
    ([], [(3, 0), (2, 4), (1, 1), (0, 13)]),
])
def test_versions_are_tried_downwards(library: ctypes.CDLL, speaks: list[tuple[int, int]],
                                      tried: list[tuple[int, int]]) -> None:
    host = Host(library, (0, 0))
    host.speaks = [struct.pack("<HH", minor, major) for major, minor in speaks]
    assert (library.shim_connect(host.bus) == 0) == bool(speaks)
    assert [struct.unpack_from("<HH", message, 8)[::-1] for message in host.messages] == tried
    library.shim_page.restype = ctypes.c_uint64
    pages = [library.shim_page(host.bus, n) for n in (2, 0, 1)]
    for message in host.messages:
        assert len(message) == 40 and list(struct.unpack_from("<3Q", message, 16)) == pages
        assert struct.unpack_from("<I", message) == (14,)
    if speaks:
        assert library.shim_protocol(host.bus) == tried[-1][0] << 16 | tried[-1][1]
        library.shim_disconnect(host.bus)
        assert host.messages[-1] == struct.pack("<II", 16, 0)
    assert not host.errors and library.shim_requests(host.bus) == 0


def test_offers_become_children(library: ctypes.CDLL) -> None:
    host = Host(library)
    host.offers = [3, 7, 7, 0, 2048, 2047]      # one twice, and two that no event flag has
    assert library.shim_scan(host.bus) == 0
    assert library.shim_added() == 0 and library.shim_listed(host.bus) == 0
    assert library.shim_run() == 4              # three children, then the end of the list
    assert library.shim_added() == 3 and library.shim_listed(host.bus) == 1
    for relid in (3, 7, 2047):
        host.say(struct.pack("<III", 2, 0, relid))
    assert library.shim_run() == 3 and library.shim_removed() == 3
    assert host.channel().value is None
    assert host.messages[1:] == [struct.pack("<III", 13, 0, relid) for relid in (3, 7, 2047)]

    # What is no message, or less than one, is ignored.
    for payload in (b"", b"\1\0\0\0", struct.pack("<II", 1, 0) + bytes(100), struct.pack("<III", 99, 0, 1)):
        host.say(payload)
    assert library.shim_run() == 0 and not host.errors


def test_open_sends_every_page(library: ctypes.CDLL) -> None:
    host = Host(library)
    host.busy = 3
    channel = opened(host, INPUT(lambda ch, arg: None))
    assert host.kinds() == [8, 9, 5]
    header, more, message = host.messages
    assert struct.unpack_from("<IIHHII", header, 8) == (7, 0xffffffff, 8 + 32 * 8, 1, 32 * PAGE, 0)
    assert (len(header), len(more)) == (28 + 26 * 8, 16 + 6 * 8)
    assert host.pages == [host.pages[0] + i for i in range(32)]
    relid, _key, gpadl, vcpu, downstream = struct.unpack_from("<5I", message, 8)
    assert (relid, gpadl, downstream, len(message)) == (7, 0xffffffff, 4, 148)
    assert vcpu in (50, 52)

    library.hvs_channel_close(channel)
    assert host.kinds()[3:] == [7, 11]
    assert not host.errors and library.shim_requests(host.bus) == 0
    # No zero among the names, and both CPUs get their turn.
    assert library.hvs_channel_open(channel, 2, 2, INPUT(lambda ch, arg: None), None) == 0
    assert struct.unpack_from("<I", host.messages[-2], 12) == (1,)
    assert {vcpu, struct.unpack_from("<I", host.messages[-1], 20)[0]} == {50, 52}


def test_early_host_interrupts_the_first_cpu(library: ctypes.CDLL) -> None:
    host = Host(library, (0, 13))
    channel = offered(host, connection=0, size=190)
    for _ in range(2):
        assert library.hvs_channel_open(channel, 2, 2, INPUT(lambda ch, arg: None), None) == 0
        assert struct.unpack_from("<I", host.messages[-1], 20) == (50,)
        assert library.hvs_channel_send(channel, b"x", 1, ctypes.c_uint64(1)) == 0
        library.hvs_channel_close(channel)
    assert host.signals == [(2, 0)] * 2
    shared = ctypes.string_at(library.shim_shared(host.bus), PAGE)
    assert shared == bytes(PAGE // 2) + bytes([1 << 7]) + bytes(PAGE // 2 - 1)
    assert not host.errors


def test_refused_open_leaves_nothing(library: ctypes.CDLL) -> None:
    host = Host(library)
    host.status = 0xc000000d
    channel = offered(host)
    assert library.hvs_channel_open(channel, 2, 2, INPUT(lambda ch, arg: None), None) == EIO
    assert host.kinds() == [8, 5, 11] and library.shim_requests(host.bus) == 0
    assert not host.errors


@pytest.mark.parametrize(("message", "kinds"), [(5, [8, 5, 11]), (8, [8, 11])])
def test_rescind_ends_an_open(library: ctypes.CDLL, message: int, kinds: list[int]) -> None:
    host = Host(library)
    channel = offered(host)
    assert library.shim_added() == 1
    host.rescind_on = message
    assert library.hvs_channel_open(channel, 2, 2, INPUT(lambda ch, arg: None), None) == ENXIO
    assert host.kinds() == kinds and library.shim_requests(host.bus) == 0
    library.hvs_channel_rescind(host.bus, 7)            # said twice: forgotten once
    assert library.shim_run() == 1 and library.shim_removed() == 1
    assert library.shim_run() == 0
    assert host.messages[-1] == struct.pack("<III", 13, 0, 7)
    assert library.shim_channel(host.bus) is None
    assert not host.errors


def test_packets_to_the_host(library: ctypes.CDLL) -> None:
    host = Host(library)
    channel = opened(host, INPUT(lambda ch, arg: None), tx=2, rx=2)
    ring = host.ring(0, 2)
    for number in range(300):                           # several times around
        data = bytes((number + i) % 256 for i in range(number % 61))
        assert library.hvs_channel_send(channel, data, len(data), ctypes.c_uint64(number << 33)) == 0
        flags, xact, got = ring.take()
        assert (flags, xact, got) == (0, number << 33, data + bytes(-len(data) % 8))
    assert host.signals == [(0x2007, 0)] * 300

    # The host is told of a ring that was empty, and not while it wants quiet.
    del host.signals[:]
    assert [library.hvs_channel_send(channel, b"x" * 8, 8, ctypes.c_uint64(i)) for i in range(2)] == [0, 0]
    assert len(host.signals) == 1
    ring.take()
    ring.take()
    ring.header[2] = 1
    assert library.hvs_channel_send(channel, b"x" * 8, 8, ctypes.c_uint64(9)) == 0
    assert len(host.signals) == 1

    # Full: a ring never fills to the last byte, as it would look empty.
    results = [library.hvs_channel_send(channel, b"x" * 8, 8, ctypes.c_uint64(9)) for _ in range(200)]
    assert 1 + results.count(0) == (PAGE - 1) // 32
    assert set(results[results.count(0):]) == {EAGAIN_ON_FREEBSD}
    assert library.hvs_channel_send(channel, b"", 0, ctypes.c_uint64(9)) == 0     # the last 24 bytes but 8
    assert library.hvs_channel_send(channel, b"", 0, ctypes.c_uint64(9)) == EAGAIN_ON_FREEBSD
    library.hvs_channel_close(channel)
    assert not host.errors


def test_packets_from_the_host(library: ctypes.CDLL) -> None:
    host = Host(library)
    got: list[tuple[int, bytes]] = []

    def reader(channel: int, _arg: int) -> None:
        buffer, size, xact = ctypes.create_string_buffer(PAGE), ctypes.c_uint(PAGE), ctypes.c_uint64()
        while library.hvs_channel_receive(ctypes.c_void_p(channel), buffer, ctypes.byref(size),
                                          ctypes.byref(xact)) == 0:
            got.append((xact.value, buffer.raw[:size.value]))
            size.value = PAGE

    callback = INPUT(reader)
    channel = opened(host, callback, tx=2, rx=2)
    ring = host.ring(2, 2)
    sent = []
    for number in range(100):
        for part in range(3):
            data = bytes((number * part + i) % 256 for i in range(8 * (number % 13)))
            ring.put(data, number * 3 + part)
            sent.append((number * 3 + part, data))
        host.raise_event(7)
        assert library.shim_run() == 1
        assert ring.header[0] == ring.header[1] and ring.header[2] == 0
    assert got == sent

    host.raise_event(8)                                 # nobody's
    assert library.shim_run() == 0
    library.hvs_channel_close(channel)
    host.raise_event(7)
    assert library.shim_run() == 0
    assert not host.errors


@pytest.mark.parametrize("spoil", [
    lambda ring: ring.header.__setitem__(0, ring.size),                 # index outside the ring
    lambda ring: ring.header.__setitem__(0, 8),                         # less than a packet
    lambda ring: (ring.put(b"x" * 8, 1), ring.data.__setitem__(2, 1)),  # data inside the header
    lambda ring: (ring.put(b"x" * 8, 1), ring.data.__setitem__(4, 99)),  # longer than what was written
    lambda ring: ring.put(b"x" * 3000, 1),                              # more than the reader has room for
])
def test_nonsense_in_the_ring_ends_the_channel(library: ctypes.CDLL, spoil: object) -> None:
    host = Host(library)
    results: list[int] = []

    def reader(channel: int, _arg: int) -> None:
        buffer, size, xact = ctypes.create_string_buffer(64), ctypes.c_uint(64), ctypes.c_uint64()
        results.append(library.hvs_channel_receive(ctypes.c_void_p(channel), buffer, ctypes.byref(size),
                                                   ctypes.byref(xact)))

    callback = INPUT(reader)
    channel = opened(host, callback, tx=2, rx=2)
    assert callable(spoil)
    spoil(host.ring(2, 2))
    for _ in range(2):
        host.raise_event(7)
        assert library.shim_run() == 1
    assert len(results) == 2 and 0 not in results and EAGAIN_ON_FREEBSD not in results
    library.hvs_channel_close(channel)
    assert not host.errors


def test_heartbeat_answers(library: ctypes.CDLL) -> None:
    host = Host(library)
    channel = offered(host)
    assert library.shim_heartbeat(channel) == 0
    to_host, to_guest = host.ring(0, 16), host.ring(16, 16)

    def ask(kind: int, body: bytes, xact: int) -> tuple[tuple[int, ...], bytes]:
        header = struct.pack("<IIHHHHHHIBB2x", 1, 20 + len(body), 0, 0, kind, 0, 0, len(body), 0, 5, 3)
        assert len(header) == 28
        to_guest.put(header + body, xact)
        host.raise_event(7)
        assert library.shim_run() == 1
        _flags, answered, packet = to_host.take()
        assert answered == xact
        return struct.unpack("<IIHHHHHHIBB2x", packet[:28]), packet[28:]

    # Two framework versions and three of the service, one above what the driver speaks.
    versions = struct.pack("<HHI10H", 2, 3, 0, 1, 0, 3, 0, 1, 0, 3, 0, 3, 1)
    header, body = ask(0, versions, 0x1122334455667788)
    assert (header[7], header[8], header[9], header[10]) == (16, 0, 5, 1 | 4)
    assert struct.unpack_from("<HHI4H", body) == (1, 1, 0, 3, 0, 3, 0)
    # Only the old ones.
    _header, body = ask(0, struct.pack("<HHI4H", 1, 1, 0, 1, 0, 1, 0), 2)
    assert struct.unpack_from("<HHI4H", body) == (1, 1, 0, 1, 0, 1, 0)
    # None that we know.
    header, body = ask(0, struct.pack("<HHI4H", 1, 1, 0, 9, 0, 9, 0), 3)
    assert header[8] == 0x80004005 and struct.unpack_from("<HH", body) == (0, 0)

    for number in (0, 41, 2 ** 40):
        header, body = ask(1, struct.pack("<Q32x", number), number)
        assert (header[8], header[10]) == (0, 1 | 4)
        assert struct.unpack_from("<Q", body) == (number + 1,)
    header, _body = ask(77, b"", 4)
    assert header[8] == 0x80004005

    # Too short for what it says it is: no answer.
    for kind, body in ((0, b"\1\0\1\0"), (0, struct.pack("<HHI2H", 1, 1, 0, 3, 0)), (1, b"")):
        to_guest.put(struct.pack("<IIHHHHHHIBB2x", 1, 20, 0, 0, kind, 0, 0, len(body), 0, 0, 3) + body, 1)
        host.raise_event(7)
        assert library.shim_run() == 1
        assert to_host.header[0] == to_host.header[1]
    library.hvs_channel_close(channel)
    assert not host.errors


# -- the text -------------------------------------------------------------------------------------------


def test_every_file_states_its_licence() -> None:
    files = own_files()
    assert len(files) > 15
    for path in files:
        head = path.read_text(encoding="ascii")[:300]
        assert "SPDX-License-Identifier: BSD-2-Clause" in head, path
        assert "Copyright (c) 2026 The portkit authors" in head, path


def test_style() -> None:
    for path in own_files():
        text = path.read_text(encoding="ascii")
        assert text.endswith("\n") and not text.endswith("\n\n"), path
        for number, line in enumerate(text.splitlines(), 1):
            place = f"{path.name}:{number}: {line}"
            assert len(line.expandtabs(8)) <= 80, place
            assert line == line.rstrip(), place
            if path.suffix in (".c", ".h"):
                assert not re.match(r"#\s*define(?!\t)", line), place
                assert not re.search(r"\breturn [^(;]", line) or line.lstrip().startswith(("*", "/*")), place
                assert not re.match(r" {8}", line), place


def significant(path: Path) -> dict[str, int]:
    """Lines by their text without white space, where that is long enough to be an author's own."""
    found: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().decode("latin-1").splitlines(), 1):
        text = "".join(line.split())
        if len(text) >= 40 and not text.startswith("#include") and not re.search("Copyright|SPDX", text):
            found.setdefault(text, number)
    return found


@pytest.mark.skipif(not RELEASES, reason="PORTKIT_FREEBSD names no FreeBSD tree to compare with")
def test_no_line_is_copied() -> None:
    theirs: set[str] = set()
    for release in RELEASES:
        for folder in ("sys/dev/hyperv", "sys/modules/hyperv"):
            for path in (release / folder).rglob("*"):
                if path.is_file():
                    theirs |= significant(path).keys()
    assert len(theirs) > 1000, "the trees hold no dev/hyperv"
    same = [f"{path.relative_to(SAMPLE)}:{number}" for path in own_files()
            for text, number in significant(path).items() if text in theirs]
    assert same == []
