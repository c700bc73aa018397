"""[[never]] rows, and what nothing uses any more once their branches are gone."""

# ruff: noqa: E101

from __future__ import annotations

import re
from pathlib import Path

import pytest
from row_program import Result, translate

from portkit.frontend.lexer import lex
from portkit.rewrite.passes import drops
from portkit.rewrite.passes.never import label_end

KERNEL = r"""
#define NULL ((void *)0)
#define CAM_DATA_MASK 0x240010
#define CAM_DATA_VADDR 0
#define CAM_DATA_SG 0x40000
#define CAM_DATA_BIO 0x200000
#define CAM_CDB_PHYS 0x400000
#define M_WAITOK 2
#define LIST_HEAD(name, type) struct name { struct type *lh_first; }
#define LIST_ENTRY(type) struct { struct type *le_next; }
#define LIST_EMPTY(head) ((head)->lh_first == NULL)
#define LIST_FIRST(head) ((head)->lh_first)
#define LIST_REMOVE(elm, field) do { (elm)->field.le_next = NULL; } while (0)
#define LIST_INSERT_HEAD(head, elm, field) do { (head)->lh_first = (elm); } while (0)
struct malloc_type;
extern struct malloc_type *M_DEVBUF;
void *malloc(unsigned long, struct malloc_type *, int);
void free(void *, struct malloc_type *);
void xpt_register_async(int, void *, void *, void *);
struct ccb_setasync { int event_enable; };
int note(int);
"""


def run(folder: Path, source: str) -> Result:
    return translate(folder, KERNEL, [drops.run], x_c=source)


def body(made: Result, name: str = "f") -> str:
    text = made.function(name)
    return text[text.index("{") + 1:-1].strip()


def statement(folder: Path, text: str) -> str:
    return body(run(folder, f"int\nf(int flags, int x)\n{{\n\t{text}\n\treturn (x);\n}}\n"))


@pytest.mark.parametrize(("before", "after"), [
    ("if (flags == CAM_DATA_SG) x = 1;", ""),
    ("if ((flags & CAM_DATA_MASK) == CAM_DATA_SG) { x = 1; }", ""),
    ("if (flags == CAM_DATA_SG) x = 1; else x = 2;", "x = 2;"),
    ("if (flags != CAM_DATA_SG) x = 1; else x = 2;", "x = 1;"),
    ("if (flags & CAM_CDB_PHYS) x = 1;", ""),
    ("if ((flags & CAM_CDB_PHYS) == 0) x = 1; else x = 2;", "x = 1;"),
    ("if (!(flags & CAM_CDB_PHYS)) x = 1;", "x = 1;"),
    ("if (flags == CAM_DATA_SG && x) x = 1;", ""),
    ("if (flags == CAM_DATA_SG || x) x = 1;", "if (x) x = 1;"),
    ("if (x || flags == CAM_DATA_SG) x = 1;", "if (x) x = 1;"),
    ("if (x && flags != CAM_DATA_SG) x = 1;", "if (x) x = 1;"),
    ("if (x) x = 1; else if (flags == CAM_DATA_SG) x = 2;", "if (x) x = 1;"),
    ("if (x) x = 1; else if (flags == CAM_DATA_SG) x = 2; else x = 3;", "if (x) x = 1; else x = 3;"),
    ("if (flags & (CAM_CDB_PHYS | 1)) x = 1;", "if (flags & (CAM_CDB_PHYS | 1)) x = 1;"),
    ("if (flags == x) x = 1;", "if (flags == x) x = 1;"),
])
def test_conditions(tmp_path: Path, before: str, after: str) -> None:
    assert statement(tmp_path, before) == f"{after} return (x);".strip()


@pytest.mark.parametrize(("before", "after"), [
    ("case CAM_DATA_SG: x = 1; break;", ""),
    ("case CAM_DATA_SG: { x = 1; break; }", ""),
    ("case CAM_DATA_SG: case CAM_DATA_BIO: x = 1; break;", ""),
    ("case CAM_DATA_BIO: case CAM_DATA_VADDR: x = 1; break;", "case CAM_DATA_VADDR: x = 1; break;"),
    ("case CAM_DATA_VADDR: case CAM_DATA_BIO: x = 1; break;", "case CAM_DATA_VADDR: x = 1; break;"),
    ("case 1: x = 2; case CAM_DATA_SG: x = 1; break;", "case 1: x = 2; x = 1; break;"),
    ("case 1: { x = 2; return (1); } case CAM_DATA_SG: x = 1;", "case 1: { x = 2; return (1); }"),
    ("case CAM_DATA_SG: x = 1; /* FALLTHROUGH */ case 1: x = 2; break;", "case 1: x = 2; break;"),
    ("case CAM_DATA_SG: switch (x) { case 1: x = 5; break; } break; default: x = 2;", "default: x = 2;"),
])
def test_cases(tmp_path: Path, before: str, after: str) -> None:
    made = statement(tmp_path, f"switch (flags) {{ {before} }}")
    assert made.split() == f"switch (flags) {{ {after} }} return (x);".split()


@pytest.mark.parametrize(("text", "label"), [
    ("case A: x = 1;", "case A:"), ("default: x = 1;", "default:"),
    ("case A ? B : C: x = y ? 1 : 2;", "case A ? B : C:"),
    ("case A ? B ? 1 : 2 : C: x;", "case A ? B ? 1 : 2 : C:"),
    ("case (A ? B : C): x;", "case (A ? B : C):"),
])
def test_a_label_ends_at_its_own_colon(text: str, label: str) -> None:
    tokens = lex(text).tokens
    end = label_end(tokens, 0, len(tokens))
    assert text[:tokens[end - 1].end] == label


BOUNCE = r"""
struct buffer {
	LIST_ENTRY(buffer) link;
	void *data;
};
LIST_HEAD(, buffer) pool;

struct request {
	struct request *next;
	struct buffer *bounce;
	int bounced;
	int length;
};

struct wire {
	int bounced;
	int left;
} __attribute__((packed));

static struct buffer *
bounce_get(void)
{
	struct buffer *one = LIST_FIRST(&pool);

	LIST_REMOVE(one, link);
	return (one);
}

void
bounce_put(struct buffer *one)
{
	LIST_INSERT_HEAD(&pool, one, link);
}

int
start(int flags, struct request *req, struct wire *wire)
{
	int error = 0, count = 0;

	switch (flags & CAM_DATA_MASK) {
	case CAM_DATA_VADDR:
		error = note(1);
		break;
	case CAM_DATA_SG:
		count = note(2);
		req->bounce = bounce_get();
		req->bounced = count;
		wire->left = 1;
		break;
	}
	return (error);
}

void
done(struct request *req)
{
	int length = req->length;

	if (req->bounced) {
		bounce_put(req->bounce);
		req->bounced = 0;
	}
	note(length);
}

void
attach(int n)
{
	struct buffer *one;
	int i;

	for (i = 0; i < n; i++) {
		one = malloc(sizeof(*one), M_DEVBUF, M_WAITOK);
		one->data = malloc(64, M_DEVBUF, M_WAITOK);
		LIST_INSERT_HEAD(&pool, one, link);
	}
	note(n);
}

void
detach(void)
{
	struct buffer *one;

	while (!LIST_EMPTY(&pool)) {
		one = LIST_FIRST(&pool);
		LIST_REMOVE(one, link);
		free(one->data, M_DEVBUF);
		free(one, M_DEVBUF);
	}
	note(0);
}
"""


def test_all_that_only_such_a_branch_used_goes(tmp_path: Path) -> None:
    made = run(tmp_path, BOUNCE)
    text = made.text["x.c"]
    for word in ("buffer", "pool", "bounce_get", "bounce_put", "->bounced", "count", "one", "CAM_DATA_SG"):
        assert re.search(rf"(?<!\w){word}\b", text) is None, word
    assert body(made, "start") == ("int error = 0; switch (flags & CAM_DATA_MASK) { case CAM_DATA_VADDR: "
                                   "error = note(1); break; } return (error);")
    assert body(made, "done") == "int length = req->length; note(length);"
    assert body(made, "attach") == "note(n);"
    assert body(made, "detach") == "note(0);"
    assert "struct request {\n\tstruct request *next;\n\tint length;\n};" in text


def test_what_others_see_keeps_its_layout(tmp_path: Path) -> None:
    """A packed structure loses no member, whoever fills it in."""
    assert "\tint bounced;\n\tint left;\n}" in run(tmp_path, BOUNCE).text["x.c"]


@pytest.mark.parametrize("line", [
    "\tnote(pool.lh_first != NULL);",               # somebody asks
    "\tother = LIST_FIRST(&pool);",                 # somebody gets it
    "\tif (!LIST_EMPTY(&pool)) note(1);",
])
def test_data_that_is_looked_at_stays(tmp_path: Path, line: str) -> None:
    text = run(tmp_path, BOUNCE + f"struct buffer *other;\nvoid\nsee(void)\n{{\n{line}\n}}\n").text["x.c"]
    assert "LIST_HEAD(, buffer) pool;" in text
    assert "LIST_INSERT_HEAD(&pool, one, link);" in text


def test_a_member_that_has_a_value_decides_nothing(tmp_path: Path) -> None:
    made = run(tmp_path, BOUNCE + "void\nset(struct request *req)\n{\n\treq->bounced = 3;\n}\n")
    assert "if (req->bounced) {" in made.text["x.c"]


def test_unused_names_of_the_author_stay(tmp_path: Path) -> None:
    made = run(tmp_path, "struct idle {\n\tint *x;\n};\nstatic int never_called(void) { int y; return (1); }\n"
                         "int\nf(int flags)\n{\n\tint unused;\n\n\tif (flags == CAM_DATA_SG)\n\t\treturn (1);\n"
                         "\treturn (0);\n}\n")
    assert "struct idle" in made.text["x.c"] and "never_called" in made.text["x.c"]
    assert body(made) == "int unused; return (0);"


def test_a_function_of_which_nothing_is_left_goes_with_its_calls(tmp_path: Path) -> None:
    made = run(tmp_path, "static int\nsubscribe(void)\n{\n\tstruct ccb_setasync csa;\n\n\tcsa.event_enable = 1;\n"
                         "\treturn (csa.event_enable);\n}\n"
                         "int\nf(int x)\n{\n\tif (subscribe() != 1)\n\t\treturn (5);\n\treturn (x);\n}\n")
    assert "subscribe" not in made.text["x.c"]
    assert body(made) == "return (x);"


def test_the_reason_is_the_constants(tmp_path: Path) -> None:
    made = run(tmp_path, BOUNCE)
    assert {one.reason for one in made.context.dropped} == {
        "SCSA hands over one buffer that the framework has bound: lists of buffers, physical addresses and unmapped "
        "buffers never come"}
