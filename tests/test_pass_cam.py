"""The action routine of a SIM is split into what the entry points of a host bus adapter call."""

# ruff: noqa: E101

from __future__ import annotations

import re
from pathlib import Path

import pytest
from driver_kit import after_pass, context, translated

from portkit.rewrite.passes import busdma, cam

CAM = r"""
#define NULL ((void *)0)
typedef struct device *device_t;
struct mtx { int x; };
struct cam_sim;
struct cam_devq;
union ccb;
enum { XPT_SCSI_IO, XPT_ABORT, XPT_RESET_BUS, XPT_RESET_DEV, XPT_PATH_INQ, XPT_CALC_GEOMETRY, XPT_TERM_IO };
enum { CAM_REQ_CMP = 1, CAM_REQ_INVALID = 6 };
struct ccb_hdr { unsigned func_code, status, timeout; };
struct ccb_scsiio { struct ccb_hdr ccb_h; unsigned char *data_ptr; unsigned cdb_len; };
struct ccb_pathinq { struct ccb_hdr ccb_h; unsigned max_lun; };
union ccb { struct ccb_hdr ccb_h; struct ccb_scsiio csio; struct ccb_pathinq cpi; };
typedef void (*sim_action_func)(struct cam_sim *, union ccb *);
typedef void (*sim_poll_func)(struct cam_sim *);
struct cam_sim *cam_sim_alloc(sim_action_func, sim_poll_func, const char *, void *, unsigned, struct mtx *, int, int,
    struct cam_devq *);
void *cam_sim_softc(struct cam_sim *);
void xpt_done(union ccb *);
"""

DRIVER = """
typedef struct softc { struct mtx lock; struct cam_sim *sim; } SOFTC;
static void demo_action(struct cam_sim *sim, union ccb *ccb);
static void demo_poll(struct cam_sim *sim) { }
int go(struct softc *, union ccb *);
void attach(struct softc *sc, struct cam_devq *q)
{
	sc->sim = cam_sim_alloc(demo_action, demo_poll, "demo", sc, 0, &sc->lock, 1, 8, q);
}
static void
demo_action(struct cam_sim *sim, union ccb *ccb)
{
%s
}
"""


def split(tmp_path: Path, body: str) -> str:
    return after_pass(context(tmp_path, DRIVER % body, CAM), cam.run)


def functions(text: str) -> dict[str, str]:
    """Bodies of the emitted functions, blanks folded."""
    return {name: " ".join(body.split())
            for name, body in re.findall(r"\n(\w+)\([^;{}]*\)\n\{\n(.*?)\n\}", text, re.S)}


def test_each_group_is_a_function_with_what_it_needs(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	struct softc *sc = cam_sim_softc(sim);
	int error, other = 3;

	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		error = go(sc, ccb);
		if (error)
			xpt_done(ccb);
		break;
	case XPT_PATH_INQ: {
		struct ccb_pathinq *cpi = &ccb->cpi;

		cpi->max_lun = other;
		xpt_done(ccb);
		return;
	}
	default:
		ccb->ccb_h.status = CAM_REQ_INVALID;
		xpt_done(ccb);
		break;
	}"""))
    assert made["demo_start"] == ("struct softc *sc = cam_sim_softc(sim); int error; "
                                  "error = go(sc, ccb); if (error) xpt_done(ccb);")
    assert made["demo_path_inq"] == ("int other = 3; struct ccb_pathinq *cpi = &ccb->cpi; cpi->max_lun = other; "
                                     "xpt_done(ccb); return;")
    assert set(made) >= {"demo_start", "demo_path_inq", "demo_tran_start"}
    assert "demo_action" not in made


def test_the_entry_points_and_their_table(tmp_path: Path) -> None:
    text = split(tmp_path, """\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		go(0, ccb);
		break;
	case XPT_ABORT:
		xpt_done(ccb);
		break;
	case XPT_RESET_BUS:
		go(0, 0);
		break;
	case XPT_RESET_DEV:
		go(0, 0);
		xpt_done(ccb);
		break;
	}""")
    flat = " ".join(text.split())
    assert "static const bsd_sim_ops_t demo_sim_ops;" in flat          # for its prototype
    assert "bsd_ccb_ask(ap, XPT_ABORT, pkt, demo_abort)" in flat
    assert "if (level == RESET_ALL) return (bsd_ccb_ask(ap, XPT_RESET_BUS, NULL, demo_reset_bus));" in flat
    assert "return (bsd_ccb_ask(ap, XPT_RESET_DEV, NULL, demo_reset_dev));" in flat
    assert ".reset = demo_tran_reset," in flat and ".poll = demo_poll," in flat
    assert ('bsd_sim_alloc(&demo_sim_ops, "demo", sc, 0, &sc->lock, 8, q, NULL)') in flat
    assert "BSD_SIM_WATCHDOG" in flat and "BSD_SIM_DATA_PTR" not in flat


def test_two_codes_with_one_body_share_a_function(tmp_path: Path) -> None:
    text = split(tmp_path, """\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
	case XPT_RESET_DEV:
		if (ccb->ccb_h.func_code == XPT_SCSI_IO)
			go(0, ccb);
		xpt_done(ccb);
		break;
	}""")
    made = functions(text)
    assert "demo_reset_dev" not in made
    assert "bsd_ccb_ask(ap, XPT_RESET_DEV, NULL, demo_start)" in " ".join(text.split())
    assert made["demo_start"].startswith("if (ccb->ccb_h.func_code == XPT_SCSI_IO) go(0, ccb);")


def test_what_follows_the_switch_follows_each_case(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		if (ccb->csio.cdb_len == 0)
			break;
		go(0, ccb);
		return;
	case XPT_PATH_INQ:
		ccb->cpi.max_lun = 1;
		break;
	}
	xpt_done(ccb);"""))
    assert made["demo_start"] == "if (ccb->csio.cdb_len == 0) goto out; go(0, ccb); return; out: xpt_done(ccb);"
    assert made["demo_path_inq"] == "ccb->cpi.max_lun = 1; xpt_done(ccb);"


def test_a_break_of_an_inner_loop_or_switch_stays(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	int i;

	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		for (i = 0; i < 3; i++)
			if (go(0, ccb))
				break;
		switch (i) {
		case 0:
			break;
		default:
			go(0, 0);
		}
		do {
			break;
		} while (i);
		break;
	}"""))
    assert made["demo_start"].count("break;") == 3


def test_a_case_that_falls_into_the_next_has_its_statements(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	switch (ccb->ccb_h.func_code) {
	case XPT_RESET_BUS:
		go(0, 0);
		/* FALLTHROUGH */
	case XPT_PATH_INQ:
		xpt_done(ccb);
		break;
	case XPT_SCSI_IO:
		go(0, ccb);
	}"""))
    assert made["demo_reset_bus"] == "go(0, 0); xpt_done(ccb);"
    assert made["demo_path_inq"] == "xpt_done(ccb);"


def test_a_variable_that_a_case_does_not_ask_for_is_not_set_there(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	struct softc *sc;
	unsigned len;

	sc = cam_sim_softc(sim);
	len = ccb->csio.cdb_len;
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		if (len)
			go(sc, ccb);
		break;
	case XPT_PATH_INQ:
		xpt_done(ccb);
		break;
	}"""))
    assert made["demo_path_inq"] == "xpt_done(ccb);"
    assert made["demo_start"] == ("struct softc *sc; unsigned len; sc = cam_sim_softc(sim); "
                                  "len = ccb->csio.cdb_len; if (len) go(sc, ccb);")


def test_a_pointer_to_a_function_in_front_of_the_switch_stays(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	struct softc *sc;
	int (*call)(struct softc *, union ccb *) = go;
	unsigned len;

	sc = cam_sim_softc(sim);
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		len = 1;
		call(sc, ccb);
		break;
	case XPT_PATH_INQ:
		call(0, ccb);
		break;
	}"""))
    assert "int (*call)(struct softc *, union ccb *) = go;" in made["demo_start"]
    assert made["demo_start"].endswith("unsigned len; sc = cam_sim_softc(sim); len = 1; call(sc, ccb);")
    assert "int (*call)(struct softc *, union ccb *) = go;" in made["demo_path_inq"]


def test_a_local_of_a_type_in_capitals_or_of_its_own_union_stays(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	union { unsigned word; unsigned char bytes[4]; } un;
	SOFTC *sc = cam_sim_softc(sim), *spare;

	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		un.word = 1;
		go(sc, ccb);
		break;
	case XPT_PATH_INQ:
		xpt_done(ccb);
		break;
	}"""))
    assert made["demo_start"] == ("union { unsigned word; unsigned char bytes[4]; } un; "
                                  "SOFTC *sc = cam_sim_softc(sim); un.word = 1; go(sc, ccb);")
    assert made["demo_path_inq"] == "xpt_done(ccb);"


def test_of_two_switches_the_last_is_split(tmp_path: Path) -> None:
    made = functions(split(tmp_path, """\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		if (go(0, 0)) {
			xpt_done(ccb);
			return;
		}
		break;
	default:
		break;
	}
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		go(0, ccb);
		break;
	case XPT_PATH_INQ:
		xpt_done(ccb);
		break;
	}"""))
    assert made["demo_start"].startswith("switch (ccb->ccb_h.func_code) {")
    assert made["demo_start"].endswith("go(0, ccb);")


@pytest.mark.parametrize(("body", "why"), [
    ("""\
	if (ccb->ccb_h.func_code == XPT_SCSI_IO)
		go(0, ccb);
	else
		xpt_done(ccb);""", "it has no switch over func_code"),
    ("""\
	if (sim != NULL) {
		switch (ccb->ccb_h.func_code) {
		case XPT_SCSI_IO:
			go(0, ccb);
		}
	}""", "its switch is inside another statement"),
    ("""\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		if (go(0, ccb)) {
	case XPT_PATH_INQ:
			xpt_done(ccb);
		}
	}""", "a case of its switch is inside another statement"),
    ("""\
	switch (ccb->ccb_h.func_code) {
	case XPT_SCSI_IO:
		go(0, ccb);
		goto done;
	case XPT_PATH_INQ:
		go(0, 0);
done:
		xpt_done(ccb);
		break;
	}""", "it jumps from one case into another"),
    ("""\
	switch (ccb->ccb_h.func_code) {
	case XPT_PATH_INQ:
		xpt_done(ccb);
	}""", "it has no case for XPT_SCSI_IO"),
])
def test_another_shape_is_left_with_its_place(tmp_path: Path, body: str, why: str) -> None:
    made = context(tmp_path, DRIVER % body, CAM)
    cam.run(made)
    emitted = translated(made).files[Path("sys/dev/demo/demo.c")]
    said = [left for left in emitted.residue if left.symbol == "cam_sim_alloc"]
    assert len(said) == 1
    assert re.search(rf"demo_action\(\) cannot be split .*: {why} \(sys/dev/demo/demo.c:\d+\)", said[0].hint)
    assert any("demo_action(" in line.text for line in emitted.lines)


LOADS = """
typedef struct bus_dma_tag *bus_dma_tag_t;
typedef struct bus_dmamap *bus_dmamap_t;
typedef struct { unsigned long ds_addr, ds_len; } bus_dma_segment_t;
typedef void bus_dmamap_callback_t(void *, bus_dma_segment_t *, int, int);
int bus_dmamap_create(bus_dma_tag_t, int, bus_dmamap_t *);
int bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
void bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
int bus_dmamap_load_ccb(bus_dma_tag_t, bus_dmamap_t, union ccb *, bus_dmamap_callback_t *, void *, int);
int bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, unsigned long, bus_dmamap_callback_t *, void *, int);
struct softc { bus_dma_tag_t tag; };
struct req { union ccb *ccb; bus_dmamap_t map; int busy; };
void loaded(void *, bus_dma_segment_t *, int, int);
"""


def load(tmp_path: Path, source: str) -> str:
    return " ".join(after_pass(context(tmp_path, LOADS + source, CAM), busdma.run).split())


def test_a_packet_is_loaded_already(tmp_path: Path) -> None:
    text = load(tmp_path, """
int start(struct softc *sc, struct req *r)
{
	int error;

	error = bus_dmamap_create(sc->tag, 0, &r->map);
	if (error)
		return (error);
	error = bus_dmamap_load_ccb(sc->tag, r->map, r->ccb, loaded, r, 0);
	if (r->busy)
		bus_dmamap_unload(sc->tag, r->map);
	bus_dmamap_destroy(sc->tag, r->map);
	return (error);
}
""")
    assert "error = 0; if (error) return (error);" in text
    assert "loaded(r, r->ccb->pkt->pkt_cookies, r->ccb->pkt->pkt_numcookies, 0); error = 0;" in text
    assert "struct req { union ccb *ccb; int busy; };" in text
    assert "bus_dmamap_unload(sc" not in text and "bus_dmamap_destroy(sc" not in text and "r->busy" not in text


@pytest.mark.parametrize(("before", "after"), [
    ("if (r->busy) bus_dmamap_unload(sc->tag, r->map); else go(sc, 0);", "if (r->busy) ; else go(sc, 0);"),
    ("if (r->busy) go(sc, 0); else bus_dmamap_unload(sc->tag, r->map);", "if (r->busy) go(sc, 0);"),
    ("if (go(sc, 0)) bus_dmamap_unload(sc->tag, r->map);", "if (go(sc, 0)) ;"),
    ("if ((r->busy = 0)) bus_dmamap_unload(sc->tag, r->map);", "if ((r->busy = 0)) ;"),
    ("while (r->busy--) bus_dmamap_unload(sc->tag, r->map);", "while (r->busy--) ;"),
    ("if (r->busy) { bus_dmamap_unload(sc->tag, r->map); bus_dmamap_destroy(sc->tag, r->map); }", ""),
])
def test_what_governs_what_is_done_to_a_packets_map(tmp_path: Path, before: str, after: str) -> None:
    text = load(tmp_path, f"""
int start(struct softc *sc, struct req *r)
{{
	{before}
	return (bus_dmamap_load_ccb(sc->tag, r->map, r->ccb, loaded, r, 0));
}}
""")
    body = text[text.index("int start"):]
    assert body[body.index("{") + 1:body.index("return")].strip() == after


def test_a_map_that_serves_for_more_stays(tmp_path: Path) -> None:
    text = load(tmp_path, """
int start(struct softc *sc, struct req *r, void *p)
{
	bus_dmamap_load(sc->tag, r->map, p, 8, loaded, r, 0);
	return (bus_dmamap_load_ccb(sc->tag, r->map, r->ccb, loaded, r, 0));
}
""")
    assert "struct req { union ccb *ccb; bus_dmamap_t map; int busy; };" in text
    assert "return ((loaded(r, r->ccb->pkt->pkt_cookies, r->ccb->pkt->pkt_numcookies, 0), 0));" in text


def test_copies_of_a_map_go_with_it(tmp_path: Path) -> None:
    text = load(tmp_path, """
int start(struct softc *sc, struct req *r)
{
	bus_dmamap_t saved;

	saved = r->map;
	r->busy = 0;
	r->map = saved;
	return (bus_dmamap_load_ccb(sc->tag, r->map, r->ccb, loaded, r, 0));
}
""")
    assert "saved" not in text and "{ r->busy = 0; return" in text
