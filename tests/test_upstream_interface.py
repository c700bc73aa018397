"""Kernel object interfaces, and the other headers that FreeBSD's build generates."""

from __future__ import annotations

from pathlib import Path

import pytest
from clang import cindex

from portkit.errors import PortkitError
from portkit.upstream import parse_interface
from portkit.upstream.generate import (
    acpi_quirks,
    mii_devices,
    pccard_devices,
    usb_device_names,
    usb_devices,
    vnode_headers,
)
from portkit.upstream.interface import interface_header

GEAR_M = """# a comment
#include <sys/bus.h>
#include "gear_types.h"

/**
 * Documentation, which may name METHOD int x {.
 */
INTERFACE gear;

CODE {
\tstatic int
\tgear_stuck(device_t dev)
\t{
\t\treturn (1);
\t}
};

HEADER {
\tstruct gear_box {
\t\tint teeth;
\t};
};

/** Turn it. */
METHOD int turn {
\tdevice_t\tdev;
\tstruct gear_box\t*box;\t/* which one */
\tconst char * const *names; int count;
} DEFAULT gear_stuck;

METHOD void stop {
\tdevice_t dev;
};

PROLOG {
\tENTER(cls);
}
EPILOG {
\tLEAVE(cls);
}
STATICMETHOD struct gear_box * find {
\tkobj_class_t cls;
\tuint8_t key[6];
};
"""


@pytest.fixture
def gear(tmp_path: Path) -> Path:
    path = tmp_path / "gear_if.m"
    path.write_text(GEAR_M)
    return path


def test_parse_interface(gear: Path) -> None:
    interface = parse_interface(gear)
    assert (interface.name, interface.line) == ("gear", 8)
    assert interface.includes == ("<sys/bus.h>", '"gear_types.h"')
    assert [(m.name, m.returns, m.default, m.static, m.line) for m in interface.methods] == [
        ("turn", "int", "gear_stuck", False, 25),
        ("stop", "void", None, False, 31),
        ("find", "struct gear_box *", None, True, 41)]
    turn = interface.method("turn")
    assert turn is not None
    assert turn.args == (("device_t", "dev"), ("struct gear_box *", "box"),
                         ("const char * const *", "names"), ("int", "count"))
    assert interface.prototype(turn) == (
        "int gear_turn(device_t dev, struct gear_box *box, const char * const *names, int count)")
    assert [(b.text, b.line) for b in interface.header] == [("struct gear_box {\n\tint teeth;\n};\n", 19)]
    assert interface.code[0].text.startswith("static int\ngear_stuck(device_t dev)\n{\n\treturn (1);\n")
    assert interface.code[0].line == 11


def test_interface_header_is_what_clang_reads(gear: Path, tmp_path: Path) -> None:
    before = """typedef void (*kobjop_t)(void); typedef unsigned char uint8_t;
    struct kobj_ops; struct kobjop_desc; typedef struct kobj { struct kobj_ops *ops; } *kobj_t, *device_t;
    typedef struct kobj_class { struct kobj_ops *ops; } *kobj_class_t;
    kobjop_t kobj_lookup(struct kobj_ops *, struct kobjop_desc *);
    void ENTER(kobj_class_t); void LEAVE(kobj_class_t);
    #define KOBJOPLOOKUP(OPS, OP) _m = kobj_lookup(OPS, &OP##_desc)
    """
    source = tmp_path / "use.c"
    header = interface_header(parse_interface(gear))
    source.write_bytes(before.encode() + header + header)        # twice: the guard holds
    unit = cindex.Index.create().parse(str(source), args=["-std=c99", "-Wall"])
    assert [d.spelling for d in unit.diagnostics if "unused" not in d.spelling] == []
    kinds = cindex.CursorKind
    functions = {c.spelling: c for c in unit.cursor.get_children() if c.kind == kinds.FUNCTION_DECL}
    turn = functions["GEAR_TURN"].type.spelling
    assert turn == "int (device_t, struct gear_box *, const char *const *, int)"
    assert functions["GEAR_STOP"].type.spelling == "void (device_t)"
    assert functions["GEAR_FIND"].type.spelling == "struct gear_box *(kobj_class_t, uint8_t *)"
    calls = [c.spelling for c in functions["GEAR_FIND"].walk_preorder() if c.kind == kinds.CALL_EXPR]
    assert [name for name in calls if name] == ["ENTER", "kobj_lookup", "LEAVE"]
    names = {c.spelling for c in unit.cursor.get_children()}
    assert {"gear_turn_desc", "gear_turn_t", "gear_stop_t", "gear_find_desc", "gear_box"} <= names


@pytest.mark.parametrize(("text", "line", "message"), [
    ("METHOD int x {\n\tint a;\n};\n", 1, "before INTERFACE"),
    ("INTERFACE Gear;\n", 1, "no interface name"),
    ("INTERFACE gear;\nMETHOD turn {\n\tint a;\n};\n", 2, "needs a type and a name"),
    ("INTERFACE gear;\nMETHOD int turn {\n\tint a;\n", 2, "does not end"),
    ("INTERFACE gear;\nMETHOD int turn {\n\ta;\n};\n", 2, "needs a type and a name"),
    ("INTERFACE gear;\nMETHOD int turn {\n};\n", 2, "no argument"),
    ("INTERFACE gear;\nMETHOD int a { int x; };\nMETHOD int a { int x; };\n", 3, "twice"),
    ("INTERFACE gear;\nCODE {\n\tint x;\n", 2, "does not end"),
    ("INTERFACE gear;\n/* no end\n", 2, "comment that does not end"),
    ("INTERFACE gear;\nint x;\n", 2, "not a kobj interface statement"),
    ("# nothing\n", 1, "has no INTERFACE"),
    ("\0", None, "binary"),
])
def test_broken_interface_names_its_line(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    path = tmp_path / "bad_if.m"
    path.write_text(text)
    with pytest.raises(PortkitError, match=message) as caught:
        parse_interface(path)
    assert (caught.value.file, caught.value.line) == (str(path), line)


def test_missing_interface(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="cannot be read"):
        parse_interface(tmp_path / "none_if.m")


# -- other generated headers ----------------------------------------------------------------------------

def macros(tmp_path: Path, text: bytes) -> dict[str, str]:
    path = tmp_path / "macros.h"
    path.write_bytes(text)
    record = cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD
    unit = cindex.Index.create().parse(str(path), options=record)
    assert list(unit.diagnostics) == []
    found = {}
    for cursor in unit.cursor.get_children():
        if cursor.kind == cindex.CursorKind.MACRO_DEFINITION and cursor.location.file:
            tokens = [token.spelling for token in cursor.get_tokens()]
            found[tokens[0]] = " ".join(tokens[1:])
    return found


def test_mii_devices(tmp_path: Path) -> None:
    data = b"$Id$\n/* model X Y 0 not one */\noui ACME 0x1234\tAcme # the big one\nmodel ACME P1 0x07 Phy 1\n"
    assert macros(tmp_path, mii_devices(data)) == {
        "MII_OUI_ACME": "0x1234", "MII_MODEL_ACME_P1": "0x07", "MII_STR_ACME_P1": '"Phy 1"'}


def test_pccard_devices(tmp_path: Path) -> None:
    data = (b"vendor ACME 0x0123 Acme\nvendor NONE -1 none\nproduct ACME A 0x0001 Card A\n"
            b'product NONE B { "Big,&spCard", "B", NULL, NULL } Card B\n')
    found = macros(tmp_path, pccard_devices(data))
    assert found["PCMCIA_VENDOR_ACME"] == "0x0123"
    assert found["PCMCIA_VENDOR_NONE"] == "0xffffffff"
    assert found["PCMCIA_CIS_ACME_A"] == "{ NULL , NULL , NULL , NULL }"
    assert found["PCMCIA_PRODUCT_ACME_A"] == "0x0001"
    assert found["PCMCIA_CIS_NONE_B"] == '{ "Big, Card" , "B" , NULL , NULL }'
    assert found["PCMCIA_STR_NONE_B"] == '"Card B"'


USBDEVS = (b"/* head\n * vendor FAKE 0 no\n */\nvendor ACME 0x0123 Acme Corp.\n"
           b"product ACME MOUSE 0x0001 Mouse\n")


def test_usb_devices(tmp_path: Path) -> None:
    assert macros(tmp_path, usb_devices(USBDEVS)) == {
        "USB_VENDOR_ACME": "0x0123", "USB_PRODUCT_ACME_MOUSE": "0x0001"}


def test_usb_device_names() -> None:
    text = usb_device_names(USBDEVS).decode()
    assert '{ USB_VENDOR_ACME, USB_PRODUCT_ACME_MOUSE, 0, "Acme Corp.", "Mouse" }' in text
    assert '{ USB_VENDOR_ACME, 0, USB_KNOWNDEV_NOPROD, "Acme Corp.", NULL }' in text


def test_acpi_quirks() -> None:
    text = acpi_quirks(b'# remark\nname:\tACME\noem:\tFADT "ACME  " "BOX"\noem_rev:\tFADT <= 0x10\n'
                       b"quirks:\tQ_A|Q_B\n")
    squeezed = " ".join(text.decode().split())
    assert ('const struct acpi_q_rule ACME[] = { { "FADT", OEM, { "ACME " }, { "BOX" } }, '
            '{ "FADT", OEM_REV, { .op = OP_LEQ }, { .rev = 0x10 } }, { "" } };') in squeezed
    assert "{ ACME, Q_A|Q_B }, { NULL, 0 } };" in squeezed


def test_vnode_headers(tmp_path: Path) -> None:
    source = tmp_path / "vnode_if.src"
    source.write_text("# remark\n%% open vp L L L\n\nvop_open {\n\tIN struct vnode *vp;\n"
                      "\tINOUT WILLRELE struct file **fpp; /* x */\n\tIN int mode;\n};\n")
    script = tmp_path / "vnode_if.awk"
    script.write_text('\tprintp("\\tstruct vop_vector\\t*vop_default;")\n\tprintp("\\tbool\\tregistered;")\n')
    texts = vnode_headers(source, script)
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    use = tmp_path / "use.c"
    use.write_text("""struct vnodeop_desc; struct vop_vector; typedef _Bool bool; struct file;
        struct vop_generic_args { struct vnodeop_desc *a_desc; };
        struct vnode { const struct vop_vector *v_op; };
        #include "vnode_if.h"
        int check(struct vop_vector *v, struct vnode *n, vop_open_t *f)
        { v->vop_open = f; v->registered = 1; return (VOP_OPEN(n, 0, 3)); }
    """)
    unit = cindex.Index.create().parse(str(use), args=["-std=c99", "-Werror"])
    assert [d.spelling for d in unit.diagnostics] == []


def test_broken_vnode_list(tmp_path: Path) -> None:
    source = tmp_path / "vnode_if.src"
    source.write_text("vop_open {\n\tstruct vnode *vp;\n};\n")
    with pytest.raises(PortkitError, match="cannot read the argument") as caught:
        vnode_headers(source, tmp_path / "none.awk")
    assert caught.value.line == 2
