"""The language of the patterns (docs/rules.md): what matches, what does not, what each metavariable takes."""

from __future__ import annotations

import pytest

from portkit.frontend.lexer import lex
from portkit.rules.pattern import PatternError, compile_pattern, match_at, postfix_start, split_arguments


def find(pattern: str, code: str) -> list[tuple[str, dict[str, str]]]:
    """All matches: the text of each, and what its metavariables took."""
    compiled = compile_pattern(pattern)
    tokens = lex(code).tokens

    def text(span: tuple[int, int]) -> str:
        return code[tokens[span[0]].start:tokens[span[1] - 1].end] if span[0] < span[1] else ""

    found = []
    for position, token in enumerate(tokens):
        if token.text == compiled.anchor_name:
            match = match_at(compiled, tokens, position)
            if match is not None:
                found.append((text(match[0]), {name: text(span) for name, span in match[1].items()}))
    return found


def only(pattern: str, code: str) -> tuple[str, dict[str, str]]:
    found = find(pattern, code)
    assert len(found) == 1
    return found[0]


# -- expressions -------------------------------------------------------------------------------------------

def test_an_expression_is_balanced_and_stops_at_the_comma() -> None:
    whole, bound = only("f($a, $b)", "x = f(g(1, 2), a[i, j]) + 1;")
    assert whole == "f(g(1, 2), a[i, j])"
    assert bound == {"a": "g(1, 2)", "b": "a[i, j]"}


def test_the_number_of_arguments_counts() -> None:
    assert not find("f($a)", "f();")
    assert not find("f($a)", "f(1, 2);")
    assert not find("f($a, $b)", "f(1);")


def test_comments_white_space_and_line_ends_do_not_count() -> None:
    whole, bound = only("f($a, 0)", "f(sc /* the softc */->dev,\n\t0)")
    assert bound == {"a": "sc /* the softc */->dev"}
    assert whole == "f(sc /* the softc */->dev,\n\t0)"


def test_a_word_is_not_part_of_another() -> None:
    assert not find("f($a)", "ff(1); f1(2); sc->g(3);")


def test_the_same_metavariable_twice_takes_the_same_tokens() -> None:
    assert only("f($a, $a)", "f(p->x, p -> x)")[0] == "f(p->x, p -> x)"
    assert not find("f($a, $a)", "f(p->x, p->y)")


def test_a_cast_in_front_of_a_call() -> None:
    assert only("(void *)f($n)", "p = (void *)f(4);")[0] == "(void *)f(4)"
    assert not find("(void *)f($n)", "p = (char *)f(4);")


def test_a_compound_literal_is_an_expression_and_a_block_is_not() -> None:
    assert only("f($a)", "f((struct s){ 1 })")[1] == {"a": "(struct s){ 1 }"}
    assert not find("f $a;", "f { g(); };")


def test_one_word_and_a_tag() -> None:
    assert [match for match, _ in find("device_t", "device_t a; f(device_t);")] == ["device_t", "device_t"]
    assert only("struct mtx", "struct mtx m; int mtx;")[0] == "struct mtx"


# -- modes -------------------------------------------------------------------------------------------------

def test_the_rest_of_an_argument_list() -> None:
    assert only("f($a, $rest...)", "f(1, 2, g(3, 4))")[1] == {"a": "1", "rest": "2, g(3, 4)"}
    assert only("f($rest...)", "f()")[1] == {"rest": ""}
    assert only("f($rest...)", "f(1, 2)")[1] == {"rest": "1, 2"}


def test_an_empty_rest_takes_its_comma_along() -> None:
    assert only("f($a, $rest...)", "f(1)")[1] == {"a": "1", "rest": ""}


def test_a_rest_ends_with_the_bracket_that_holds_it() -> None:
    assert only("f($rest...);", "g(1); f(2, 3); h(4);")[0] == "f(2, 3);"


def test_a_string_is_literals_and_macros_side_by_side() -> None:
    _, bound = only("printf($fmt:str $args...)", 'printf("%" PRIu64 "\\n", n)')
    assert bound == {"fmt": '"%" PRIu64 "\\n"', "args": ", n"}
    assert only("printf($fmt:str $args...)", 'printf("a")')[1] == {"fmt": '"a"', "args": ""}


def test_a_string_is_one_name_or_has_a_literal() -> None:
    assert only("f($s:str)", "f(fmt)")[1] == {"s": "fmt"}
    assert not find("f($s:str)", "f(fmt[0])")
    assert not find("f($s:str)", "f(1)")


def test_an_identifier_and_an_integer() -> None:
    assert only("MODULE($n:id, $v:int);", "MODULE(foo, 12);")[1] == {"n": "foo", "v": "12"}
    assert not find("MODULE($n:id, 1);", "MODULE(a.b, 1);")
    assert not find("f($v:int)", "f(x)")


def test_a_body_is_what_stands_between_braces() -> None:
    whole, bound = only("LOOP($x) { $b:body }", "LOOP(i) { if (a) { g(); } h(); } k();")
    assert bound == {"x": "i", "b": "if (a) { g(); } h();"}
    assert whole == "LOOP(i) { if (a) { g(); } h(); }"
    assert only("LOOP($x) { $b:body }", "LOOP(i) { }")[1]["b"] == ""


# -- where a pattern may start -----------------------------------------------------------------------------

@pytest.mark.parametrize("code", ["f(1);", "{ f(1); }", "if (x) f(1);", "else f(1);", "out: f(1);",
                                  "g(); f(1);"])
def test_a_statement_starts_where_one_can(code: str) -> None:
    assert only("f($a);", code)[0] == "f(1);"


@pytest.mark.parametrize("code", ["x = f(1);", "return f(1);", "g(f(1));", "!f(1);", "a, f(1);"])
def test_a_statement_does_not_start_inside_an_expression(code: str) -> None:
    assert not find("f($a);", code)


def test_statements_in_a_row() -> None:
    whole, bound = only("f($a); g($a);", "f(p); g(p); h(p);")
    assert (whole, bound) == ("f(p); g(p);", {"a": "p"})
    assert not find("f($a); g($a);", "f(p); g(q);")
    assert not find("f($a); g($a);", "f(p); h(p); g(p);")


@pytest.mark.parametrize(("code", "taken"), [
    ("x = sc->dev->ivars;", "sc->dev"), ("x = f(1, 2)->ivars;", "f(1, 2)"), ("x = a[i].b->ivars;", "a[i].b"),
    ("x = &p->ivars;", "p"), ("x = (q + 1)->ivars;", "(q + 1)"), ("x = y + p->ivars;", "p"),
    ("if (a) p->ivars = 0;", "p"), ("x = (int)p->ivars;", "p"), ("x = (*fn)(1)->ivars;", "(*fn)(1)"),
])
def test_a_pattern_on_a_member_takes_the_postfix_expression_before_it(code: str, taken: str) -> None:
    whole, bound = only("$p->ivars", code)
    assert bound == {"p": taken}
    assert whole == f"{taken}->ivars"


def test_the_operator_before_a_member_counts() -> None:
    assert only("$s.ds_len", "n = segs[0].ds_len;")[1] == {"s": "segs[0]"}
    assert not find("$s.ds_len", "n = segs->ds_len;")


@pytest.mark.parametrize(("code", "taken"), [
    ("x = alloc(4);", "x"), ("sc->list[n].p = alloc(4);", "sc->list[n].p"),
    ("*p = alloc(4);", "*p"),
    ("if (a) x = alloc(4);", "x"), ("for (;;) { y(); x = alloc(4); }", "x"), ("a: x = alloc(4);", "x"),
    ("y();\n#endif\nout:\n\tx = alloc(4);", "x"), ("case 1: x = alloc(4);", "x"),
    ("} out: x = alloc(4);", "x"),
])
def test_an_assignment_takes_its_whole_left_side(code: str, taken: str) -> None:
    whole, bound = only("$x = alloc($n);", code)
    assert bound == {"x": taken, "n": "4"}
    assert whole == f"{taken} = alloc(4);"


def test_only_an_assignment_is_one() -> None:
    assert not find("$x = alloc($n);", "if (x == alloc(4)) g();")
    assert not find("$x = alloc($n);", "alloc(4);")


def test_literal_words_before_the_first_name() -> None:
    assert only("if (!cold) $x;", "if (!cold) g();")[1] == {"x": "g()"}
    assert not find("if (!cold) $x;", "if (cold) g();")


# -- patterns that cannot be -------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "word"), [
    ("$x;", "word"), ("return ($x);", "word"), ("#define A", "preprocessor"), ("f($X)", "$X"),
    ("$x:id = f($a);", "operator"), ("$a, $b = f();", "operator"), ("$x f($y)", "operator"),
])
def test_what_is_no_pattern(text: str, word: str) -> None:
    with pytest.raises(PatternError) as error:
        compile_pattern(text)
    assert word in str(error.value)


# -- helpers that passes use -------------------------------------------------------------------------------

def test_arguments_are_split_at_the_outer_commas() -> None:
    code = "f(a, g(b, c), (d, e), x[1, 2])"
    tokens = lex(code).tokens
    texts = [code[tokens[one].start:tokens[two - 1].end] for one, two in split_arguments(tokens, 1)]
    assert texts == ["a", "g(b, c)", "(d, e)", "x[1, 2]"]
    assert split_arguments(lex("f()").tokens, 1) == []


def test_a_keyword_ends_a_postfix_expression() -> None:
    tokens = lex("return (p)->x;").tokens
    assert postfix_start(tokens, [token.text for token in tokens].index("->")) == 1
    assert postfix_start(lex("sizeof ->x").tokens, 1) == -1
