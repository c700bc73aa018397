"""Statements that go: what governs them and what follows them must mean the same without them."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

import pytest
from driver_kit import FOLDER, after_pass, context
from row_program import translate

from portkit.frontend.lexer import lex
from portkit.frontend.unit import SourceFile
from portkit.rewrite.edit import Renderer
from portkit.rewrite.filters import FILTERS
from portkit.rewrite.passes import drops, nexus
from portkit.rewrite.statements import Removals, has_effects, removal, statement_close

GIVEN = """
struct timecounter { int (*tc_get)(struct timecounter *); };
int tc_init(struct timecounter *);
int go(void), stop(void), ask(int);
#define LIST_EMPTY(head) ((head) == 0)
#define LIST_FOREACH(one, head, field) for ((one) = (head); (one) != 0; (one)--)
"""


def after_drops(folder: Path, text: str, defines: tuple[str, ...] = ()) -> str:
    source = f"int\nf(int a, int b)\n{{\n\t{text}\n\treturn (0);\n}}\n"
    made = after_pass(context(folder, source, given=GIVEN, defines=defines), drops.run)
    return made[made.index("{") + 1:made.rindex("}")].strip()


@pytest.mark.parametrize(("before", "after"), [
    # the only statement of a branch
    ("if (a) tc_init(0); stop();", "stop();"),
    ("if (a) { tc_init(0); } stop();", "stop();"),
    ("if (a) go(); else tc_init(0); stop();", "if (a) go(); stop();"),
    ("if (a) go(); else { tc_init(0); } stop();", "if (a) go(); stop();"),
    ("if (a) { go(); } else { tc_init(0); } stop();", "if (a) { go(); } stop();"),
    ("if (a) go(); else if (b) tc_init(0); stop();", "if (a) go(); stop();"),
    ("if (a) go(); else if (b) { tc_init(0); } stop();", "if (a) go(); stop();"),
    ("if (a) go(); else if (b) tc_init(0); else stop();", "if (a) go(); else if (b) ; else stop();"),
    ("if (a) go(); else if (b) { tc_init(0); } else stop();", "if (a) go(); else if (b) { } else stop();"),
    ("if (a) tc_init(0); else go();", "if (a) ; else go();"),
    ("if (a) { tc_init(0); } else go();", "if (a) { } else go();"),
    # all of it
    ("if (a) tc_init(0); else tc_init(0); stop();", "stop();"),
    ("if (a) { tc_init(0); tc_init(0); } stop();", "stop();"),
    ("if (a) { tc_init(0); } else if (b) { tc_init(0); } else tc_init(0); stop();", "stop();"),
    ("if (a) if (b) tc_init(0); stop();", "stop();"),
    # an else may not change hands
    ("if (a) if (b) go(); else tc_init(0); else stop();", "if (a) if (b) go(); else ; else stop();"),
    ("if (a) { if (b) go(); else tc_init(0); } else stop();", "if (a) { if (b) go(); } else stop();"),
    # conditions that do something
    ("if (ask(a)) tc_init(0); stop();", "if (ask(a)) ; stop();"),
    ("if (a++) tc_init(0); stop();", "if (a++) ; stop();"),
    ("if ((a = b)) { tc_init(0); } stop();", "if ((a = b)) { } stop();"),
    ("if (a) go(); else if (ask(b)) tc_init(0); stop();", "if (a) go(); else if (ask(b)) ; stop();"),
    ("if (!LIST_EMPTY(a) && (int)(b) >= sizeof(a)) tc_init(0); stop();", "stop();"),
    # loops
    ("while (a--) tc_init(0); stop();", "while (a--) ; stop();"),
    ("for (a = 0; a < b; a++) tc_init(0); stop();", "for (a = 0; a < b; a++) ; stop();"),
    ("LIST_FOREACH(a, b, c) tc_init(0); stop();", "stop();"),
    ("do tc_init(0); while (ask(a)); stop();", "do ; while (ask(a)); stop();"),
    ("if (a) while (ask(b)) tc_init(0); else stop();", "if (a) while (ask(b)) ; else stop();"),
    # labels
    ("if (a) goto out; go(); { out: tc_init(0); } stop();", "if (a) goto out; go(); { out: ; } stop();"),
    ("switch (a) { case 1: go(); break; default: tc_init(0); }", "switch (a) { case 1: go(); break; default: ; }"),
    ("switch (a) { case 1: tc_init(0); case 2: go(); }", "switch (a) { case 1: case 2: go(); }"),
    # what asks for it
    ("if (tc_init(0)) go(); stop();", "stop();"),
    ("if (tc_init(0)) go(); else stop();", "stop();"),
    ("if (a) if (tc_init(0)) go(); else { stop(); stop(); }", "if (a) { stop(); stop(); }"),
    ("if (a) go(); else if (tc_init(0)) go(); else stop();", "if (a) go(); else stop();"),
    ("if (a) if (tc_init(0)) go(); stop();", "stop();"),
    ("for (a = 0; tc_init(0); a++) go(); stop();", "stop();"),
    ("for (a = 0; a < b; tc_init(0)) go(); stop();", "stop();"),
    ("while (tc_init(0)) go(); stop();", "stop();"),
    ("do { go(); } while (tc_init(0)); stop();", "do { go(); } while (0); stop();"),
    ("do go(); while (tc_init(0)); stop();", "do go(); while (0); stop();"),
    ("if (a) ask(tc_init(0)); else go();", "if (a) ; else go();"),
])
def test_branches(tmp_path: Path, before: str, after: str) -> None:
    assert after_drops(tmp_path, before).split() == f"{after} return (0);".split()


@pytest.mark.parametrize(("before", "after"), [
    ("case 1: case LOST: go(); break;", "case 1: go(); break;"),
    ("case LOST: go(); stop(); break; case 2: stop();", "case 2: stop();"),
    ("case 1: go(); case LOST: stop(); break;", "case 1: go(); stop(); break;"),
])
def test_a_label_of_what_is_left_out(tmp_path: Path, before: str, after: str) -> None:
    source = f"int\nf(int a)\n{{\n\tswitch (a) {{ {before} }}\n\treturn (0);\n}}\n"
    made = context(tmp_path, source, given=GIVEN + "enum { LOST };\n")
    made.rules.nocounterpart["LOST"] = "is not there"
    text = after_pass(made, drops.run)
    assert text[text.index("{") + 1:].split() == f"switch (a) {{ {after} }} return (0); }}".split()


def test_no_line_is_left_with_blanks_at_its_end(tmp_path: Path) -> None:
    text = after_drops(tmp_path, "if (a) {\n\t\tgo();\n\t} else {\n\t\t/* The clock. */\n\t\ttc_init(0);\n\t}")
    assert text == "if (a) {\n\t\tgo();\n\t}\n\treturn (0);"


def test_what_went_is_in_the_record_once_with_its_reason(tmp_path: Path) -> None:
    source = ("void\nf(int a)\n{\n\tif (a)\n\t\tgo();\n\telse\n\t\ttc_init(0);\n"
              "\tif (a)\n\t\ttc_init(0);\n\telse\n\t\tgo();\n}\n")
    made = context(tmp_path, source, given=GIVEN)
    text = after_pass(made, drops.run)
    assert text == "void\nf(int a)\n{\n\tif (a)\n\t\tgo();\n\tif (a)\n\t\t;\n\telse\n\t\tgo();\n}\n"
    assert [(one.line, one.what) for one in made.dropped] == [
        (6, "in f(): tc_init(0);"), (9, "in f(): tc_init(0);")]
    assert all("timecounter" in one.reason for one in made.dropped)


def test_a_directive_between_a_head_and_its_body(tmp_path: Path) -> None:
    source = "void\nf(int a)\n{\n\tif (a)\n#ifdef KEPT\n\t\ttc_init(0);\n#else\n\t\tgo();\n#endif\n\tstop();\n}\n"
    text = after_pass(context(tmp_path, source, given=GIVEN, defines=("-DKEPT",)), drops.run)
    assert text.split("\n")[5:8] == ["\t\t;", "#else", "\t\tgo();"]


# -- [[never]] rows ------------------------------------------------------------------------------------------

NEVER = "#define CAM_DATA_SG 0x40000\nint go(void), stop(void), ask(int);\n"


@pytest.mark.parametrize(("before", "after"), [
    ("if (a) if (a == CAM_DATA_SG) go(); stop();", "stop();"),
    ("while (ask(a)) if (a == CAM_DATA_SG) go(); stop();", "while (ask(a)) ; stop();"),
    ("if (a) stop(); else if (a == CAM_DATA_SG) go(); stop();", "if (a) stop(); stop();"),
    ("if (a) if (a != CAM_DATA_SG) { go(); stop(); }", "if (a) { go(); stop(); }"),
    ("while (ask(a)) if (a != CAM_DATA_SG) { go(); stop(); } else stop();", "while (ask(a)) { go(); stop(); }"),
    ("if (a) if (a != CAM_DATA_SG) { } else go(); stop();", "stop();"),
    ("if (a != CAM_DATA_SG) { go(); stop(); }", "go(); stop();"),
])
def test_decided_branches(tmp_path: Path, before: str, after: str) -> None:
    made = translate(tmp_path, NEVER, [drops.run], x_c=f"int\nf(int a)\n{{\n\t{before}\n\treturn (0);\n}}\n")
    text = made.function("f")
    assert text[text.index("{") + 1:-1].split() == f"{after} return (0);".split()


def test_upkeep_under_a_condition(tmp_path: Path) -> None:
    """What only keeps data that nothing looks at any more: an `else` with it stays valid."""
    given = """
#define CAM_DATA_SG 0x40000
struct malloc_type;
extern struct malloc_type *M_DEVBUF;
void *malloc(unsigned long, struct malloc_type *, int);
void free(void *, struct malloc_type *);
int look(void *), go(void);
"""
    source = """
static void *spare;

int
f(int flags, int a)
{
	if (flags == CAM_DATA_SG)
		look(spare);
	if (a)
		spare = malloc(8, M_DEVBUF, 0);
	else
		go();
	return (0);
}
"""
    text = translate(tmp_path, given, [drops.run], x_c=source).function("f")
    assert text == "f(int flags, int a) { if (a) ; else go(); return (0); }"


# -- the helper ----------------------------------------------------------------------------------------------

def taken_out(text: str, *statements: str) -> str:
    """A text without some statements of it, as passes take them out one after the other."""
    source = SourceFile(FOLDER / "demo.c", text.encode(), text, lex(text), False)
    made = context_of(source)
    removals = Removals(made, "demo")
    for statement in statements:
        first = next(number for number, token in enumerate(source.tokens) if token.start == text.index(statement))
        last = next(number for number, token in enumerate(source.tokens)
                    if token.end == text.index(statement) + len(statement))
        removals.remove(source, (first, last + 1))
    chunks = Renderer(source, made.edits[source.path], FILTERS).render().chunks
    return " ".join("".join(chunk.text for chunk in chunks).split())


def context_of(source: SourceFile):     # type: ignore[no-untyped-def]
    from portkit.frontend.unit import Program
    from portkit.rewrite.context import Context
    from portkit.rules.loader import RuleSet
    made = Context(Program(Path(), [FOLDER], []), RuleSet())
    made.program.files[source.path] = source
    return made


@pytest.mark.parametrize(("text", "gone", "after"), [
    ("{ if (a) { x(1); x(2); } y(); }", ("x(1);", "x(2);"), "{ y(); }"),
    ("{ if (a) x(1); else x(2); y(); }", ("x(2);", "x(1);"), "{ y(); }"),
    ("{ if (a) x(1); else x(2); y(); }", ("x(1);", "x(2);"), "{ y(); }"),
    ("{ if (f(a)) { x(1); } y(); }", ("x(1);",), "{ if (f(a)) { } y(); }"),
    ("{ if (s->f[1](a)) x(1); y(); }", ("x(1);",), "{ if (s->f[1](a)) ; y(); }"),
    ("{ if (a) x(1); x(2); }", ("x(1);", "x(2);"), "{ }"),
    ("{ while (a) x(1); x(2); }", ("x(1);", "x(2);"), "{ while (a) ; }"),
])
def test_one_after_the_other(text: str, gone: tuple[str, ...], after: str) -> None:
    assert taken_out(text, *gone) == after


def test_a_pass_that_takes_out_the_only_statement(tmp_path: Path) -> None:
    """device_set_ivars() goes into device_add_child(): its own `if` may not govern what follows."""
    given = ("typedef struct device *device_t; device_t device_add_child(device_t, const char *, int);\n"
             "void device_set_ivars(device_t, void *); int go(void);\n")
    source = ("void\nf(device_t dev, void *iv)\n{\n\tdevice_t child;\n\n\tchild = device_add_child(dev, \"x\", -1);\n"
              "\twhile (go())\n\t\tdevice_set_ivars(child, iv);\n\tgo();\n}\n")
    made = context(tmp_path, source, given=given)
    file = made.program.files[FOLDER / "demo.c"]
    call = next(number for number, token in enumerate(file.tokens) if token.text == "device_add_child")
    assert nexus._take_ivars(made, file, call, len(file.tokens)) is not None
    [edit] = made.edits[file.path]
    assert file.text[edit.start:edit.end] == "device_set_ivars(child, iv);" and edit.parts == (";",)


@pytest.mark.parametrize(("text", "effects"), [
    ("a && b <= c", False), ("a == b", False), ("sizeof(a) > 1", False), ("STAILQ_FIRST(&a) != 0", False),
    ("!__predict_false(a)", False), ("(int)(a)", False), ("a = b", True), ("a <<= 1", True), ("--a", True),
    ("f(a)", True), ("(*f)(a)", True), ("s->f(a)", True), ("f[1](a)", True),
])
def test_effects(text: str, effects: bool) -> None:
    tokens = lex(text).tokens
    assert has_effects(tokens, (0, len(tokens))) is effects


def test_effects_of_what_is_gone_do_not_count() -> None:
    tokens = lex("{ if (a && f()) x(); }").tokens
    call = next(number for number, token in enumerate(tokens) if token.text == "f")
    assert removal(tokens, (9, 13)).stays == ";"
    assert removal(tokens, (9, 13), lambda at: call - 1 <= at < call + 3).first == 1


@pytest.mark.parametrize("text", [
    "do x(); while (a);", "do { x(); } while (a);", "do if (a) x(); else y(); while (b);"])
def test_a_do_loop_ends_behind_its_condition(text: str) -> None:
    tokens = lex(f"{text} z();").tokens
    assert statement_close(tokens, 0) == len(tokens) - 4
