"""Local variables by their tokens (portkit.rewrite.passes.locals), and the passes that ask for them."""

# ruff: noqa: E101

from __future__ import annotations

from pathlib import Path

import pytest
from driver_kit import FOLDER, after_pass, context

from portkit.frontend.unit import SourceFile
from portkit.rewrite.passes import warnings
from portkit.rewrite.passes.locals import Local, local_variables

GIVEN = """
struct softc { int n; };
typedef union { int code; } XPT_CCB;
typedef unsigned char u8;
#define KASSERT(e, m) do { if (!(e)) panic m; } while (0)
void panic(const char *, ...); int go(void *);
"""


def found(folder: Path, body: str) -> tuple[list[Local], SourceFile]:
    made = context(folder, f"void\nf(int a, struct softc *sc)\n{{\n{body}\n}}\n", given=GIVEN)
    file = made.program.files[FOLDER / "demo.c"]
    [(_, item)] = made.functions()
    return local_variables(file, item), file


@pytest.mark.parametrize(("body", "names"), [
    ("int i;", ["i"]),
    ("int i = 1, *p = 0, t[4];", ["i", "p", "t"]),
    ("XPT_CCB *ccb;", ["ccb"]),
    ("XPT_CCB *ccb, **list = 0;", ["ccb", "list"]),
    ("const struct softc *const one = sc;", ["one"]),
    ("u8 byte; go(&byte);", ["byte"]),
    ("unsigned long long n;", ["n"]),
    # aggregates of the function's own: their members are no variables
    ("union { int word; u8 bytes[4]; } un; un.word = 0;", ["un"]),
    ("struct pair { int left, right; } one, *two; two = &one;", ["one", "two"]),
    ("enum { RED, GREEN = 2 } colour;", ["colour"]),
    # blocks and heads
    ("for (; a * a; ) go(sc);", []),
    ("for (a = 0; sc->n * a; a++) { int inner; go(&inner); }", ["inner"]),
    ("if (a) { int deep = 1; go(&deep); } a = 2;", ["deep"]),
    # what declares nothing
    ("a = 1; sc->n = a; go(sc); return;", []),
    ("goto out; out: return;", []),
    ("struct later;", []),
    # what cannot be read whole
    ("int (*call)(void *) = go;", []),
    ("int i, (*call)(void *);", []),
    ("u8 bits __attribute__((unused));", []),
])
def test_what_is_declared(tmp_path: Path, body: str, names: list[str]) -> None:
    assert [local.text for local in found(tmp_path, body)[0]] == names


def test_parts_of_a_declaration(tmp_path: Path) -> None:
    made, file = found(tmp_path, "if (a) { union { int w; } *un = go(0) ? 0 : 0, other; other.w = 1; } a = 1;")

    def words(span: tuple[int, int]) -> str:
        return "".join(token.text for token in file.tokens[slice(*span)])

    first, second = made
    assert words(first.span) == "*un=go(0)?0:0" and words(first.initialiser) == "go(0)?0:0"
    assert words(second.span) == "other" and words(second.initialiser) == ""
    assert first.statement == second.statement and words(first.statement).endswith("other;")
    assert words(second.block).endswith("other.w=1;")          # not what is behind the brace
    assert not first.plain(file.tokens) and second.plain(file.tokens)
    assert [file.tokens[at - 1].text for at in second.uses(file)] == [";"]


# -- variables that only an assertion reads ------------------------------------------------------------------

def marked(folder: Path, head: str, body: str) -> str:
    made = context(folder, f"void\nf({head})\n{{\n{body}\n}}\n", given=GIVEN)
    text = after_pass(made, warnings.run)
    return " ".join(text[text.index("{") + 1:text.rindex("}")].split())


@pytest.mark.parametrize(("head", "before", "after"), [
    ("void", "XPT_CCB *ccb; ccb = 0; KASSERT(ccb, (0));", "XPT_CCB *ccb __unused; ccb = 0; KASSERT(ccb, (0));"),
    # a store through a pointer declares nothing
    ("void **syspd", "*syspd = 0; KASSERT(syspd, (0));", "*syspd = 0; KASSERT(syspd, (0));"),
    # nor does what follows the semicolons of a `for`
    ("int a", "for (; ; ) { } KASSERT(a, (0));", "for (; ; ) { } KASSERT(a, (0));"),
    # a member of the same name is another thing
    ("void", "union { int used; } un; un.used = 1; KASSERT(un.used, (0));",
     "union { int used; } un; un.used = 1; KASSERT(un.used, (0));"),
    ("int used", "union { int used; } un; go(&un); KASSERT(used, (0));",
     "union { int used; } un; go(&un); KASSERT(used, (0));"),
])
def test_only_a_variables_own_declaration_is_marked(tmp_path: Path, head: str, before: str, after: str) -> None:
    assert marked(tmp_path, head, before) == after
