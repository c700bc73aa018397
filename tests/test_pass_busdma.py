"""bus_dma(9) becomes the DDI's DMA: which tags are devices and which attributes, and what goes with a handle."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

import pytest
from row_program import Result, translate

from portkit.rewrite.passes import busdma

KERNEL = r"""
#define NULL ((void *)0)
typedef struct device *device_t;
typedef struct bus_dma_tag *bus_dma_tag_t;
typedef struct bus_dmamap *bus_dmamap_t;
typedef unsigned long bus_size_t;
typedef unsigned long bus_addr_t;
typedef struct { bus_addr_t ds_addr; bus_size_t ds_len; } bus_dma_segment_t;
typedef void bus_dmamap_callback_t(void *, bus_dma_segment_t *, int, int);
#define BUS_SPACE_MAXADDR 0xfffffffffffffffful
#define BUS_SPACE_MAXADDR_32BIT 0xfffffffful
#define BUS_SPACE_MAXSIZE_32BIT 0xfffffffful
#define BUS_DMA_WAITOK 0
#define BUS_DMA_NOWAIT 1
#define BUS_DMA_COHERENT 4
#define BUS_DMA_ZERO 8
#define BUS_DMASYNC_PREWRITE 4
int bus_dma_tag_create(bus_dma_tag_t, bus_size_t, bus_addr_t, bus_addr_t, bus_addr_t, void *, void *, bus_size_t, int,
    bus_size_t, int, void *, void *, bus_dma_tag_t *);
int bus_dma_tag_destroy(bus_dma_tag_t);
int bus_dmamem_alloc(bus_dma_tag_t, void **, int, bus_dmamap_t *);
void bus_dmamem_free(bus_dma_tag_t, void *, bus_dmamap_t);
int bus_dmamap_create(bus_dma_tag_t, int, bus_dmamap_t *);
int bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
int bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, bus_size_t, bus_dmamap_callback_t *, void *, int);
void bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
void bus_dmamap_sync(bus_dma_tag_t, bus_dmamap_t, int);
bus_dma_tag_t bus_get_dma_tag(device_t);
"""
SOFTC = """
struct softc {
	device_t	dev;
	bus_dma_tag_t	tag;	/* of the ring */
	bus_dmamap_t	map;
	void		*ring;
	bus_addr_t	paddr;
};
static bus_dmamap_callback_t loaded;
"""
CREATE = ("bus_dma_tag_create({}, 8, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size, 0, "
          "NULL, NULL, {})")


def run(folder: Path, source: str, softc: str = SOFTC, **more: str) -> Result:
    return translate(folder, KERNEL, [busdma.run], x_c=softc + source, **more)


def attributes(tag: str, **members: str) -> str:
    """The assignments that a creation becomes."""
    values = {"version": "DMA_ATTR_V0", "addr_lo": "0", "addr_hi": "UINT64_MAX",
              "count_max": "MAX(size, PAGESIZE) - 1", "align": "8", "burstsizes": "0xfff", "minxfer": "1",
              "maxxfer": "MAX(size, PAGESIZE)", "seg": "UINT64_MAX", "sgllen": "1", "granular": "1",
              "flags": "0"} | members
    return " ".join(f"{tag}.dma_attr_{name} = {value};" for name, value in values.items())


def test_memory_from_its_tag_to_its_end(tmp_path: Path) -> None:
    got = run(tmp_path, f"""
static void *
dma_alloc(bus_dma_tag_t parent, bus_size_t size, struct softc *sc, int flags)
{{
	void *ret;
	int error;

	error = {CREATE.format("parent", "&sc->tag")};
	if (error)
		return (NULL);
	error = bus_dmamem_alloc(sc->tag, &ret, flags | BUS_DMA_COHERENT, &sc->map);
	if (error) {{
		bus_dma_tag_destroy(sc->tag);
		return (NULL);
	}}
	error = bus_dmamap_load(sc->tag, sc->map, ret, size, loaded, &sc->paddr, BUS_DMA_NOWAIT);
	if (error) {{
		bus_dmamem_free(sc->tag, ret, sc->map);
		bus_dma_tag_destroy(sc->tag);
		return (NULL);
	}}
	return (ret);
}}
static void
dma_free(struct softc *sc)
{{
	bus_dmamap_unload(sc->tag, sc->map);
	bus_dmamem_free(sc->tag, sc->ring, sc->map);
	bus_dma_tag_destroy(sc->tag);
}}
static void
attach(struct softc *sc)
{{
	sc->ring = dma_alloc(bus_get_dma_tag(sc->dev), 64, sc, BUS_DMA_WAITOK | BUS_DMA_ZERO);
	if (sc->ring == NULL)
		sc->ring = dma_alloc(NULL, 64, sc, BUS_DMA_ZERO | BUS_DMA_NOWAIT);
}}
""")
    assert got.residue == []
    assert got.function("dma_alloc") == (
        "dma_alloc(dev_info_t *parent, size_t size, struct softc *sc, int flags) { void *ret; int error; "
        + attributes("sc->tag") + " error = 0; if (error) return (NULL); "
        "error = bsd_dmamem_alloc(parent, &sc->tag, flags | DDI_DMA_CONSISTENT, &ret, &sc->map, &sc->map_acc); "
        "if (error) { return (NULL); } "
        "error = bsd_dmamap_load(sc->map, ret, size, loaded, &sc->paddr, KM_NOSLEEP); "
        "if (error) { ddi_dma_mem_free(&sc->map_acc); ddi_dma_free_handle(&sc->map); return (NULL); } "
        "return (ret); }")
    assert got.function("dma_free").endswith(
        "{ (void) ddi_dma_unbind_handle(sc->map); ddi_dma_mem_free(&sc->map_acc); ddi_dma_free_handle(&sc->map); }")
    text = got.function("attach")
    assert "dma_alloc(sc->dev, 64, sc, KM_SLEEP);" in text
    assert "dma_alloc(ddi_root_node(), 64, sc, KM_NOSLEEP);" in text
    softc = got.text["x.c"]
    assert ("\tddi_dma_attr_t\ttag;\t/* of the ring */\n\tddi_dma_handle_t\tmap;\n"
            "\tddi_acc_handle_t\tmap_acc;\n" in softc)
    assert "_dip" not in softc


def test_a_device_that_is_out_of_sight_gets_a_companion(tmp_path: Path) -> None:
    got = run(tmp_path, f"""
static int
attach(struct softc *sc, bus_size_t size)
{{
	if ({CREATE.format("bus_get_dma_tag(sc->dev)", "&sc->tag")} != 0)
		return (1);
	return (0);
}}
static int
ready(struct softc *sc)
{{
	return (bus_dmamap_create(sc->tag, 0, &sc->map));
}}
static void
detach(struct softc *sc)
{{
	if (sc->tag == NULL)
		return;
	bus_dmamap_sync(sc->tag, sc->map, BUS_DMASYNC_PREWRITE);
	bus_dmamap_destroy(sc->tag, sc->map);
	if (sc->tag != NULL)
		bus_dma_tag_destroy(sc->tag);
	sc->tag = NULL;
}}
""")
    assert got.residue == []
    assert "\tddi_dma_attr_t\ttag;\t/* of the ring */\n\tdev_info_t\t*tag_dip;\n" in got.text["x.c"]
    assert got.function("attach").endswith(attributes("sc->tag") + " sc->tag_dip = sc->dev; return (0); }")
    assert ("return (ddi_dma_alloc_handle(sc->tag_dip, &sc->tag, DDI_DMA_DONTWAIT, NULL, &sc->map) == DDI_SUCCESS "
            "? 0 : ENOMEM);" in got.function("ready"))
    assert got.function("detach").endswith(
        "{ if (sc->tag_dip == NULL) return; (void) ddi_dma_sync(sc->map, 0, 0, DDI_DMA_SYNC_FORDEV); "
        "ddi_dma_free_handle(&sc->map); sc->tag_dip = NULL; }")


def test_a_tag_made_from_another_is_no_wider(tmp_path: Path) -> None:
    got = run(tmp_path, """
static int
attach(struct softc *sc, struct softc *one, bus_size_t size, bus_addr_t boundary)
{
	int error;

	error = bus_dma_tag_create(bus_get_dma_tag(sc->dev), 1, boundary, BUS_SPACE_MAXADDR_32BIT, BUS_SPACE_MAXADDR,
	    NULL, NULL, BUS_SPACE_MAXSIZE_32BIT, 0, BUS_SPACE_MAXSIZE_32BIT, 0, NULL, NULL, &sc->tag);
	if (error)
		return (error);
	return (bus_dma_tag_create(sc->tag, 8, 0, BUS_SPACE_MAXADDR, BUS_SPACE_MAXADDR, NULL, NULL, size, 1, size, 0,
	    NULL, NULL, &one->tag));
}
""")
    assert got.residue == []
    text = got.function("attach")
    assert attributes("sc->tag", addr_hi="UINT32_MAX", count_max="UINT32_MAX", align="1", maxxfer="UINT32_MAX",
                      seg="boundary == 0 ? UINT64_MAX : MAX(boundary, PAGESIZE) - 1", sgllen="INT_MAX") in text
    assert attributes("one->tag", addr_hi="MIN(sc->tag.dma_attr_addr_hi, UINT64_MAX)",
                      seg="MIN(sc->tag.dma_attr_seg, UINT64_MAX)") in text
    assert text.endswith("one->tag_dip = sc->tag_dip; return (0); }")


def test_what_cannot_be_told_is_left(tmp_path: Path) -> None:
    """A tag that is copied, a filter, a tag that only a pointer leads to."""
    for number, source in enumerate((
            "static void f(struct softc *a, struct softc *b, bus_size_t size)\n{\n\t(void)"
            + CREATE.format("NULL", "&a->tag") + ";\n\tb->tag = a->tag;\n}\n",
            "static void f(struct softc *a, void *filter)\n{\n\tbus_dma_tag_create(NULL, 1, 0, BUS_SPACE_MAXADDR, "
            "BUS_SPACE_MAXADDR, filter, NULL, 64, 1, 64, 0, NULL, NULL, &a->tag);\n}\n",
            "static void f(bus_dma_tag_t *tag, bus_size_t size)\n{\n\t(void)"
            + CREATE.format("NULL", "tag") + ";\n}\n")):
        (tmp_path / str(number)).mkdir()
        got = run(tmp_path / str(number), source)
        assert {"bus_dma_tag_t", "bus_dma_tag_create"} <= set(got.residue), source
        assert "bus_dma_tag_t\ttag;" in got.text["x.c"] or number == 2
        assert "dma_attr_" not in got.text["x.c"]


def test_flags_that_say_nothing_here(tmp_path: Path) -> None:
    got = run(tmp_path, """
#define MASK	(BUS_DMA_WAITOK | BUS_DMA_NOWAIT | BUS_DMA_ZERO)
static int
f(int flags)
{
	return ((flags & MASK) | BUS_DMA_ZERO);
}
""")
    assert "#define MASK\t(KM_SLEEP | KM_NOSLEEP)\n" in got.text["x.c"]
    assert "return ((flags & MASK));" in got.function("f")


def test_prototypes_and_headers_follow(tmp_path: Path) -> None:
    got = run(tmp_path, f"""
#include "x.h"
int
dma_init(struct softc *sc, bus_dma_tag_t parent, bus_size_t size)
{{
	return ({CREATE.format("parent", "&sc->tag")});
}}
int
attach(struct softc *sc)
{{
	bus_dma_tag_t parent;

	parent = bus_get_dma_tag(sc->dev);
	return (dma_init(sc, parent, 64));
}}
""", x_h="struct softc;\nint dma_init(struct softc *, bus_dma_tag_t, bus_size_t);\n")
    assert got.residue == []
    assert "int dma_init(struct softc *, dev_info_t *, size_t);" in got.text["x.h"]
    assert got.function("attach").endswith(
        "{ dev_info_t *parent; parent = sc->dev; return (dma_init(sc, parent, 64)); }")


@pytest.mark.parametrize(("before", "after"), [
    ("if (sc->tag != NULL) bus_dma_tag_destroy(sc->tag); note(1);", "note(1);"),
    ("if (a) note(1); else bus_dma_tag_destroy(sc->tag); note(2);", "if (a) note(1); note(2);"),
    ("if (a) bus_dma_tag_destroy(sc->tag); else note(1);", "if (a) ; else note(1);"),
    ("if (note(1)) { bus_dma_tag_destroy(sc->tag); } note(2);", "if (note(1)) { } note(2);"),
    ("for (; a; a--) bus_dma_tag_destroy(sc->tag); note(2);", "for (; a; a--) ; note(2);"),
])
def test_the_end_of_a_tag_under_a_condition(tmp_path: Path, before: str, after: str) -> None:
    """Attributes hold nothing: the call goes, and what governed it means the same without it."""
    got = run(tmp_path, f"""
int note(int);
int attach(struct softc *sc, unsigned long size)
{{
	return ({CREATE.format("bus_get_dma_tag(sc->dev)", "&sc->tag")});
}}
void
detach(struct softc *sc, int a)
{{
	{before}
}}
""")
    assert got.residue == []
    assert got.function("detach") == f"detach(struct softc *sc, int a) {{ {after} }}"
