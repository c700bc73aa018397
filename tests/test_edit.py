"""The edit engine: edits of one file become one text (portkit.rewrite.edit)."""

from __future__ import annotations

from pathlib import Path

import pytest

from portkit.errors import PortkitError
from portkit.frontend.lexer import lex
from portkit.frontend.unit import SourceFile
from portkit.rewrite.context import whole_lines
from portkit.rewrite.edit import (
    PRIORITY_PASS,
    PRIORITY_RULE,
    PRIORITY_USER,
    Edit,
    Kept,
    Part,
    Renderer,
    to_lines,
)
from portkit.rewrite.filters import FILTERS


def source(text: str) -> SourceFile:
    return SourceFile(Path("sys/dev/x/x.c"), text.encode("latin-1"), text, lex(text), False)


class Desk:
    """One file and the edits wanted so far; places are given by the text that stands there."""

    def __init__(self, text: str) -> None:
        self.file = source(text)
        self.edits: list[Edit] = []

    def span(self, words: str) -> tuple[int, int]:
        assert self.file.text.count(words) == 1, words
        start = self.file.text.index(words)
        return start, start + len(words)

    def edit(self, words: str, *parts: Part, rule: str = "r", kind: str = "native",
             priority: int = PRIORITY_RULE, specific: int = 0) -> Edit:
        start, end = self.span(words)
        edit = Edit(start, end, parts, rule, kind, priority=priority, specific=specific)
        self.edits.append(edit)
        return edit

    def insert(self, before: str, text: str, rule: str = "i", kind: str = "template") -> Edit:
        start = self.span(before)[0]
        edit = Edit(start, start, (text,), rule, kind)
        self.edits.append(edit)
        return edit

    def keep(self, words: str, *filters: str, raw: bool = False) -> Kept:
        start, end = self.span(words)
        return Kept(start, end, filters, raw)

    def renderer(self) -> Renderer:
        return Renderer(self.file, self.edits, FILTERS)

    def text(self) -> str:
        return "".join(chunk.text for chunk in self.renderer().render().chunks)


# -- bytes ---------------------------------------------------------------------------------------------------

def test_text_without_edits_is_the_same_bytes() -> None:
    text = "/* \xa9 J\xfcrgen */\r\nint\ta; \t\n\n\f\nvoid f(void) { }"
    desk = Desk(text)
    assert desk.text().encode("latin-1") == text.encode("latin-1")


def test_bytes_around_an_edit_stay() -> None:
    desk = Desk("/* \xe9\xff */ a(1) ; /* \x80 */\n")
    desk.edit("a(1)", "b(2)")
    assert desk.text().encode("latin-1") == b"/* \xe9\xff */ b(2) ; /* \x80 */\n"


# -- edits inside edits --------------------------------------------------------------------------------------

def test_an_edit_inside_a_kept_part_is_carried_out() -> None:
    desk = Desk("f(g(x), y);")
    desk.edit("f(g(x), y)", "F(", desk.keep("y"), ", ", desk.keep("g(x)"), ")")
    desk.edit("g(x)", "G(", desk.keep("x"), ")")
    desk.edit("x", "X")
    assert desk.text() == "F(y, G(X));"


def test_an_edit_inside_what_is_thrown_away_is_absorbed() -> None:
    desk = Desk("f(g(x), y);")
    outer = desk.edit("f(g(x), y)", "F(", desk.keep("y"), ")", rule="outer")
    desk.edit("g(x)", "G()", rule="inner")
    rendered = desk.renderer().render()
    assert "".join(chunk.text for chunk in rendered.chunks) == "F(y);"
    assert rendered.applied == [outer]
    # f, g and x are the outer edit's doing; y was kept, so it is nobody's.
    assert {desk.file.text[at]: edit.rule for at, edit in rendered.disposition.items()} == {
        "f": "outer", "g": "outer", "x": "outer"}


def test_a_raw_part_is_not_rewritten() -> None:
    desk = Desk("f(x);")
    desk.edit("f(x)", "F(", desk.keep("x", raw=True), ")")
    desk.edit("x", "X")
    assert desk.text() == "F(x);"


def test_filters_see_the_rewritten_part() -> None:
    desk = Desk("f(a);")
    desk.edit("f(a)", "!", desk.keep("a", "paren"))
    desk.edit("a", "b + c")
    assert desk.text() == "!(b + c);"


def test_a_part_that_is_kept_twice_is_rewritten_twice() -> None:
    desk = Desk("f(x);")
    desk.edit("f(x)", desk.keep("x"), " + ", desk.keep("x"))
    desk.edit("x", "X")
    assert desk.text() == "X + X;"


# -- insertions ----------------------------------------------------------------------------------------------

def test_insertions_stand_before_what_they_name_in_the_order_in_which_they_came() -> None:
    desk = Desk("a; b; c;")
    desk.insert("b;", "1 ")
    desk.insert("b;", "2 ")
    desk.edit("b;", "B;")
    assert desk.text() == "a; 1 2 B; c;"


def test_an_insertion_at_the_end_of_the_file_is_kept() -> None:
    desk = Desk("a;\n")
    desk.edits.append(Edit(3, 3, ("b;\n",), "i", "template"))
    assert desk.text() == "a;\nb;\n"


def test_several_lines_are_indented_as_the_statement_that_they_replace() -> None:
    desk = Desk("{\n\tif (x)\n\t\tg();\n}\n")
    desk.edit("g();", "{\n\th();\n\n}\n")
    assert desk.text() == "{\n\tif (x)\n\t\t{\n\t\t\th();\n\n\t\t}\n\t\t\n}\n"


# -- who wins ------------------------------------------------------------------------------------------------

def test_of_two_for_the_same_text_the_stronger_wins() -> None:
    assert PRIORITY_USER > PRIORITY_PASS > PRIORITY_RULE
    for first, second in ((PRIORITY_USER, PRIORITY_PASS), (PRIORITY_PASS, PRIORITY_RULE)):
        for turned in (False, True):
            desk = Desk("a;")
            desk.edit("a", "strong", priority=first, rule="one")
            desk.edit("a", "weak", priority=second, specific=99, rule="two")
            if turned:
                desk.edits.reverse()
            assert desk.text() == "strong;"


def test_of_two_rules_the_one_with_more_conditions_wins() -> None:
    desk = Desk("a;")
    desk.edit("a", "general", rule="one", specific=2)
    desk.edit("a", "special", rule="two", specific=6)
    assert desk.text() == "special;"


def test_two_that_are_equal_are_an_error_that_names_both() -> None:
    desk = Desk("int x;\na(1);\n")
    desk.edit("a(1)", "b", rule="rule-one")
    desk.edit("a(1)", "c", rule="rule-two")
    with pytest.raises(PortkitError) as error:
        desk.renderer()
    assert "rule-one" in error.value.message
    assert "rule-two" in error.value.message
    assert "a(1)" in error.value.message
    assert (error.value.file, error.value.line) == ("sys/dev/x/x.c", 2)


def test_two_that_overlap_are_an_error_that_names_both() -> None:
    desk = Desk("int x;\n\na(1) + b(2);\n")
    desk.edit("a(1) +", "x", rule="rule-one")
    desk.edit("+ b(2)", "y", rule="rule-two")
    with pytest.raises(PortkitError) as error:
        desk.text()
    assert "rule-one" in error.value.message
    assert "rule-two" in error.value.message
    assert (error.value.file, error.value.line) == ("sys/dev/x/x.c", 3)


def test_two_that_touch_are_none() -> None:
    desk = Desk("ab")
    desk.edit("a", "A", rule="rule-one")
    desk.edit("b", "B", rule="rule-two")
    assert desk.text() == "AB"


# -- white space ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("before", "after"), [
    ("device_t\tdev;", "dev_info_t\t*dev;"), ("device_t dev;", "dev_info_t *dev;"),
    ("device_t *list;", "dev_info_t **list;"), ("f(device_t);", "f(dev_info_t *);"),
    ("(device_t)x;", "(dev_info_t *)x;"), ("device_t\nf(void);", "dev_info_t *\nf(void);"),
])
def test_the_star_of_a_type_stands_at_the_name(before: str, after: str) -> None:
    desk = Desk(before)
    desk.edit("device_t", "dev_info_t *")
    assert desk.text() == after


@pytest.mark.parametrize(("text", "words", "gone"), [
    ("a;\n\tb;\nc;\n", "b;", "\tb;\n"), ("a; b;\nc;\n", "b;", "b;"), ("a;\n\nb;\n\nc;\n", "b;", "b;\n\n"),
    ("b;\n\nc;\n", "b;", "b;\n\n"), ("a;\nb;", "b;", "b;"), ("a;\nb; /* why */\n", "b;", "b;"),
])
def test_what_is_alone_on_its_lines_goes_with_them(text: str, words: str, gone: str) -> None:
    start = text.index(words)
    first, last = whole_lines(text, start, start + len(words))
    assert text[first:last] == gone


# -- lines ---------------------------------------------------------------------------------------------------

def lines_of(desk: Desk) -> list[tuple[str, int, str, tuple[str, ...]]]:
    return [(line.text, line.upstream, line.status, line.rules)
            for line in to_lines(desk.file, desk.renderer().render().chunks)]


def test_lines_know_where_they_come_from_and_who_changed_them() -> None:
    desk = Desk("one();\ntwo(x);\nthree();\nfour();\n")
    desk.edit("two", "TWO", rule="t")
    desk.insert("four", "glue();\n", rule="g")
    desk.edit("three();\n", rule="drop")
    assert lines_of(desk) == [
        ("one();", 1, "verbatim", ()), ("TWO(x);", 2, "rewritten", ("t",)),
        ("glue();", 4, "template", ("g",)), ("four();", 4, "verbatim", ())]


def test_a_line_that_differs_in_white_space_is_verbatim() -> None:
    desk = Desk("f( x );\n")
    desk.edit("f( x )", "f(", desk.keep("x"), ")", rule="space")
    assert [line[2] for line in lines_of(desk)] == ["verbatim"]


def test_a_statement_that_becomes_several_lines_maps_to_its_own() -> None:
    desk = Desk("a();\nb(x,\n    y);\nc();\n")
    desk.edit("b(x,\n    y);", "B1();\nB2(", desk.keep("y"), ");", rule="b")
    assert lines_of(desk) == [
        ("a();", 1, "verbatim", ()), ("B1();", 2, "rewritten", ("b",)), ("B2(y);", 2, "rewritten", ("b",)),
        ("c();", 4, "verbatim", ())]


def test_a_line_behind_one_that_went_keeps_its_own_place() -> None:
    desk = Desk("a();\ngone();\n\nb(x);\n")
    desk.edit("gone();\n", rule="drop", kind="dropped")
    desk.edit("b(x);", "B();", rule="b")
    assert lines_of(desk) == [
        ("a();", 1, "verbatim", ()), ("", 3, "verbatim", ()), ("B();", 4, "rewritten", ("b",))]
    desk = Desk("a();\ngone();\nb(x);\n")
    desk.edit("gone();\n", rule="drop", kind="dropped")
    desk.edit("b(x);", "B();", rule="b")
    assert lines_of(desk) == [("a();", 1, "verbatim", ()), ("B();", 3, "rewritten", ("b",))]


def test_blank_lines_of_glue_are_glue() -> None:
    desk = Desk("a();\n\nb();\n")
    desk.insert("b()", "glue();\n\n\n", rule="g")
    assert lines_of(desk) == [
        ("a();", 1, "verbatim", ()), ("", 2, "verbatim", ()), ("glue();", 3, "template", ("g",)),
        ("", 0, "template", ("g",)), ("", 0, "template", ("g",)), ("b();", 3, "verbatim", ())]


def test_raw_text_holds_what_is_always_carried_out() -> None:
    call = "make(a,\n#if OLD\nb,\n#endif\nc(d), size)"
    desk = Desk(f"x = {call};\n")
    desk.edit(call, desk.keep(call, raw=True), rule="outer", kind="residue")
    desk.edit("c(d)", "lost", rule="inner")
    desk.edit("#if OLD\nb,\n#endif\n", rule="branch", kind="dropped").always = True
    desk.edit("size", "length", rule="renamed").always = True
    rendered = desk.renderer().render()
    assert "".join(chunk.text for chunk in rendered.chunks) == "x = make(a,\nc(d), length);\n"
    text = desk.file.text
    made = {text[at]: edit.rule for at, edit in rendered.disposition.items()}
    assert made == {"m": "outer", "a": "outer", "O": "branch", "b": "branch", "c": "outer", "d": "outer",
                    "s": "renamed"}
