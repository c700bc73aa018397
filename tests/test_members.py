"""[[member]] rows: members of FreeBSD's structures that illumos keeps elsewhere, however the author got there."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

import pytest
from row_program import Result, translate

from portkit.errors import PortkitError
from portkit.rewrite.passes import members
from portkit.rules.loader import RuleSet, load_file, load_rules

KERNEL = r"""
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define LIST_ENTRY(type) struct { struct type *le_next; }
#define LIST_NEXT(x, field) ((x)->field.le_next)
#define CAM_TIME_INFINITY 0xffffffffu
struct cam_path;
typedef union { LIST_ENTRY(ccb_hdr) le; } camq_entry;
typedef union { unsigned char *cdb_ptr; unsigned char cdb_bytes[16]; } cdb_t;
struct ccb_hdr {
	camq_entry sim_links;
	unsigned func_code, status, target_id, timeout;
	struct cam_path *path;
	struct { struct { void *ptr; } entries[2]; } sim_priv;
};
#define spriv_ptr0 sim_priv.entries[0].ptr
struct ccb_scsiio {
	struct ccb_hdr ccb_h;
	unsigned char *data_ptr, cdb_len, scsi_status, sense_len;
	unsigned dxfer_len;
	cdb_t cdb_io;
};
struct ccb_pathinq { struct ccb_hdr ccb_h; unsigned max_lun; };
struct ccb_trans_settings { struct ccb_hdr ccb_h; union { unsigned valid; } proto_specific; };
union ccb { struct ccb_hdr ccb_h; struct ccb_scsiio csio; struct ccb_pathinq cpi; struct ccb_trans_settings cts; };
union ccb *next_ccb(union ccb *);
void use(void *);
"""


def run(folder: Path, source: str) -> Result:
    return translate(folder, KERNEL, [members.run], x_c=source)


def expression(folder: Path, text: str) -> str:
    """What becomes of an expression on a CCB and its parts."""
    made = run(folder, "void\nf(union ccb *ccb, union ccb one, struct ccb_hdr *hdr, struct ccb_scsiio *csio,\n"
                       f"    struct ccb_pathinq *cpi, union ccb **all)\n{{\n\tuse({text});\n}}\n")
    assert set(made.residue) <= {"use", "next_ccb"}
    body = made.function("f")
    return body[body.index("use(") + 4:body.rindex(");")]


@pytest.mark.parametrize(("before", "after"), [
    ("ccb->ccb_h.target_id", "ccb->ap->a_target"),
    ("one.ccb_h.target_id", "one.ap->a_target"),
    ("all[2]->ccb_h.target_id", "all[2]->ap->a_target"),
    ("next_ccb(ccb)->csio.ccb_h.target_id", "next_ccb(ccb)->ap->a_target"),
    ("hdr->target_id", "hdr->ap->a_target"),
    ("((struct ccb_hdr *)csio)->target_id", "((struct bsd_ccb *)csio)->ap->a_target"),
    ("&ccb->ccb_h", "ccb"),
    ("&one.ccb_h", "&one"),
    ("&(ccb->ccb_h)", "(ccb)"),
    ("&ccb->ccb_h.path", "&ccb->ap"),
    ("sizeof(ccb->ccb_h)", "sizeof(*ccb)"),
    ("csio->cdb_len", "csio->pkt->pkt_cdblen"),
    ("&ccb->csio.cdb_io.cdb_bytes", "ccb->pkt->pkt_cdbp"),
    ("&csio->cdb_io.cdb_bytes[1]", "&csio->pkt->pkt_cdbp[1]"),
    ("ccb->csio.cdb_io.cdb_ptr", "ccb->pkt->pkt_cdbp"),
    ("csio->scsi_status | 1", "*csio->pkt->pkt_scbp | 1"),
    ("&csio->scsi_status", "csio->pkt->pkt_scbp"),
    ("csio->scsi_status++", "(*csio->pkt->pkt_scbp)++"),
    ("ccb->csio.data_ptr + 1", "bsd_ccb_data(ccb) + 1"),
    ("one.csio.data_ptr", "bsd_ccb_data(&one)"),
    ("hdr->timeout / 2", "(hdr->pkt->pkt_time * 1000) / 2"),
    ("hdr->timeout", "hdr->pkt->pkt_time * 1000"),
    ("one.ccb_h.timeout != CAM_TIME_INFINITY", "one.pkt->pkt_time != 0"),
    ("cpi->ccb_h.status", "BSD_CCB(cpi)->status"),
    ("&cpi->ccb_h", "BSD_CCB(cpi)"),
    ("&ccb->cpi.ccb_h", "BSD_CCB(&ccb->cpi)"),
    ("cpi->max_lun", "cpi->max_lun"),
    ("ccb->cts.proto_specific.valid", "ccb->cts.proto_specific.valid"),
    ("ccb->ccb_h.spriv_ptr0", "ccb->spriv_ptr0"),
    ("LIST_NEXT(hdr, sim_links.le)", "LIST_NEXT(hdr, sim_links.le)"),
    ("LIST_NEXT(hdr, sim_links.le)->path", "LIST_NEXT(hdr, sim_links.le)->ap"),
])
def test_expressions(tmp_path: Path, before: str, after: str) -> None:
    assert expression(tmp_path, before) == after


def test_a_pointer_to_a_part_is_a_pointer_to_the_whole(tmp_path: Path) -> None:
    made = run(tmp_path, "unsigned\nf(union ccb *ccb)\n{\n\tstruct ccb_scsiio *csio = &ccb->csio;\n\n"
                         "\treturn (csio->dxfer_len);\n}\n")
    assert made.function("f") == ("f(struct bsd_ccb *ccb) { struct bsd_ccb *csio = ccb; "
                                  "return (csio->pkt->pkt_dma_len); }")
    assert made.residue == []


def test_macros_of_the_driver(tmp_path: Path) -> None:
    made = run(tmp_path, "#define\tscb_ptr spriv_ptr0\n#define\tCCB_SCB(ccb) ((ccb)->ccb_h.spriv_ptr0)\n"
                         "#define\tTARGET(ccb) ccb->ccb_h.target_id\n"
                         "void *\nf(union ccb *ccb)\n{\n\treturn (ccb->ccb_h.scb_ptr);\n}\n"
                         "void *\ng(union ccb *ccb)\n{\n\tuse(CCB_SCB(ccb));\n\treturn ((void *)TARGET(ccb));\n}\n")
    text = made.text["x.c"]
    assert "#define\tscb_ptr spriv_ptr0\n" in text
    assert "#define\tCCB_SCB(ccb) ((ccb)->spriv_ptr0)\n" in text
    assert "#define\tTARGET(ccb) ccb->ap->a_target\n" in text
    assert "return (ccb->scb_ptr);" in text


def test_what_is_worked_out_cannot_be_stored_to(tmp_path: Path) -> None:
    made = run(tmp_path, "void\nf(struct ccb_hdr *hdr)\n{\n\thdr->timeout = 1000;\n}\n")
    assert made.residue == ["timeout"]
    assert "pkt_time" in made.hints["timeout"]
    assert "hdr->timeout = 1000;" in made.text["x.c"]


def test_a_member_without_an_object_is_left(tmp_path: Path) -> None:
    made = run(tmp_path, "unsigned long a = offsetof(struct ccb_hdr, target_id);\n"
                         "struct ccb_hdr h = { .target_id = 1 };\n")
    assert made.residue == ["target_id", "target_id"]
    assert "offsetof(struct bsd_ccb, target_id)" in made.text["x.c"]
    assert ".target_id = 1" in made.text["x.c"]


def test_the_size_of_what_is_a_pointer_now_is_left(tmp_path: Path) -> None:
    made = run(tmp_path, "unsigned long\nf(struct ccb_scsiio *csio)\n{\n"
                         "\treturn (sizeof(csio->cdb_io.cdb_bytes));\n}\n")
    assert made.residue == ["cdb_bytes"]


def test_members_of_the_driver_are_left_alone(tmp_path: Path) -> None:
    made = run(tmp_path, "struct softc {\n\tunsigned status, target_id;\n};\n"
                         "unsigned\nf(struct softc *sc)\n{\n\treturn (sc->status + sc->target_id);\n}\n")
    assert "return (sc->status + sc->target_id);" in made.text["x.c"]
    assert made.uses.total() == 0


def test_every_member_is_counted_once(tmp_path: Path) -> None:
    made = run(tmp_path, "unsigned\nf(union ccb *ccb)\n{\n\treturn (ccb->ccb_h.target_id + ccb->csio.sense_len);\n}\n")
    assert made.uses == {"support": 4, "native": 1}         # the type, ccb_h, csio, sense_len; target_id


# -- the table ---------------------------------------------------------------------------------------------

ROW = """
[[member]]
of = "foo"
name = "bar"
emit = "$o->baz"
kind = "native"
freebsd = "foo(9)"
illumos = "foo(9F)"
[[member.example]]
given = "struct foo { int bar; };"
before = "int f(struct foo *foo) { return (foo->bar); }"
after = "int f(struct foo *foo) { return (foo->baz); }"
"""


def table(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "message"), [
    ('emit = "$o->baz"', 'emit = "baz"', "one `$o`"),
    ('emit = "$o->baz"', 'emit = "$o->baz + $o->boo"', "one `$o`"),
    ('emit = "$o->baz"', 'emit = "$x->baz"', "one `$o`"),
    ('name = "bar"', "", "needs `name"),
    ('name = "bar"', "names = []", "`names` is empty"),
    ('name = "bar"', 'name = "bar"\nnames = ["bar"]', "needs `name"),
    ('kind = "native"', 'kind = "residue"', "`hint`"),
    ('kind = "native"', 'kind = "odd"', "kind is one of"),
    ('kind = "native"', 'kind = "native"\npointer = "yes"', "`pointer` is true or false"),
    ('kind = "native"', 'kind = "native"\nodd = 1', "unknown key `odd`"),
    ('kind = "native"', 'kind = "native"\ncompared = { X = ["$o->a"] }', "two sides"),
])
def test_errors_of_a_row_have_their_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(PortkitError) as caught:
        load_file(table(tmp_path, ROW.replace(old, new)), RuleSet(), user=True)
    assert message in str(caught.value)
    assert caught.value.line == 2


def test_a_row_without_an_example_is_an_error(tmp_path: Path) -> None:
    text = ROW[:ROW.index("[[member.example]]")]
    for examples in (True, False):
        with pytest.raises(PortkitError, match="has no example"):
            load_file(table(tmp_path, text), RuleSet(), examples=examples)
    load_file(table(tmp_path, ROW), RuleSet(), examples=False)


def test_a_member_has_one_row(tmp_path: Path) -> None:
    with pytest.raises(PortkitError, match="has a row already"):
        load_file(table(tmp_path, ROW + ROW), RuleSet())


def test_a_row_of_the_users_wins(tmp_path: Path) -> None:
    mine = ROW.replace('of = "foo"', 'of = "ccb_hdr"').replace('"bar"', '"target_id"')
    rules = load_rules([table(tmp_path, mine)])
    assert rules.members["ccb_hdr", "target_id"].emit == "$o->baz"


WORDS = """
[[rule]]
id = "words"
words = { FOO = "BAR", BOO = "BAZ" }
kind = "native"
freebsd = "foo(9)"
[[rule.example]]
before = "int x = FOO;"
after = "int x = BAR;"
"""


def test_words_stand_for_rows_of_one_word_each(tmp_path: Path) -> None:
    rules = RuleSet()
    load_file(table(tmp_path, WORDS), rules)
    assert [rule.id for rule in rules.rules] == ["words"]
    assert [rule.emit_text for name in ("FOO", "BOO") for rule in rules.by_anchor[name]] == ["BAR", "BAZ"]


@pytest.mark.parametrize(("new", "message"), [
    ('words = { FOO = "BAR" }\nmatch = "x"', "stands for `match`"),
    ("words = []", "a list of words"),
    ("words = { FOO = 1 }", "a list of words"),
    ('words = ["if"]', "not a C keyword"),
])
def test_words_that_are_none(tmp_path: Path, new: str, message: str) -> None:
    with pytest.raises(PortkitError, match=message):
        load_file(table(tmp_path, WORDS.replace('words = { FOO = "BAR", BOO = "BAZ" }', new)), RuleSet())
