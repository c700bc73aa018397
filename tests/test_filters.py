"""Filters of emit texts (docs/rules.md)."""

from __future__ import annotations

import pytest

from portkit.rewrite.filters import FILTERS, is_primary
from portkit.rules import loader


def test_the_tables_may_use_just_these_filters() -> None:
    assert set(loader.FILTERS) == set(FILTERS) | {"raw"}


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("deref", "&sc->lock", "sc->lock"), ("deref", "p", "*p"), ("deref", "(&sc->lock)", "sc->lock"),
    ("deref", "p + 1", "*(p + 1)"), ("deref", "f(x)", "*f(x)"), ("deref", "& sc->a[0]", "sc->a[0]"),
    ("paren", "x", "x"), ("paren", "sc->dev", "sc->dev"), ("paren", "f(a, b)", "f(a, b)"),
    ("paren", "a[i + 1]", "a[i + 1]"),
    ("paren", "a + b", "(a + b)"), ("paren", "-1", "(-1)"), ("paren", "*p", "(*p)"), ("paren", "&x", "(&x)"),
    ("paren", "(a + b)", "(a + b)"), ("paren", "(a) + (b)", "((a) + (b))"), ("paren", "(int)x", "((int)x)"),
    ("paren", '"text"', '"text"'), ("paren", "0x10ul", "0x10ul"), ("paren", "a ? b : c", "(a ? b : c)"),
    ("nonl", '"text\\n"', '"text"'), ("nonl", '"text"', '"text"'), ("nonl", '"a" "b\\n"', '"a" "b"'),
    ("nonl", '"a" "\\n"', '"a"'), ("nonl", '"\\n"', '""'), ("nonl", "fmt", "fmt"),
    ("nonl", '"a\\n" PRI', '"a\\n" PRI'),
    ("log", '"text %d\\n"', '"?text %d\\n"'), ("log", '"a" "b"', '"?a" "b"'),
    ("kfmt", '"%zu of %zd"', '"%lu of %ld"'), ("kfmt", '"%ju %jd %jx"', '"%lu %ld %lx"'),
    ("kfmt", '"%016jx"', '"%016lx"'), ("kfmt", '"%*zu"', '"%*lu"'), ("kfmt", '"%.3jd"', '"%.3ld"'),
    ("kfmt", '"%qd"', '"%ld"'), ("kfmt", '"%td"', '"%ld"'),

    ("kfmt", '"%d %u %llx %s %p %c"', '"%d %u %llx %s %p %c"'),
    ("kfmt", '"100%% zu"', '"100%% zu"'), ("kfmt", '"%-4zu|"', '"%-4lu|"'),
    ("member", "&sc->lock", "lock"), ("member", "sc->chan[i].sema", "sema"),
    ("member", "&list_lock", "list_lock"),
    ("member", "&get(sc)->lock", "lock"), ("member", "sc->chans[sc->n]", "chans"),
    ("first", "sc->lock", "sc"), ("first", "&(*p).x", "p"), ("first", "1", "1"),
    ("cond", "(a && b)", "a && b"), ("cond", "a && b", "a && b"), ("cond", "(a) && (b)", "(a) && (b)"),
    ("ident", '"foo dev 0"', '"foo_dev_0"'), ("ident", 'name', 'name'), ("ident", '"a b" NAME', '"a_b" NAME'),
    ("cond", "((x))", "(x)"), ("strip", "  x ", "x"), ("text", " x\n", "x"),
])
def test_filter(name: str, text: str, expected: str) -> None:
    assert FILTERS[name](text) == expected


@pytest.mark.parametrize(("text", "primary"), [
    ("a", True), ("a.b->c[1](2)", True), ("(a, b)", True), ("a-b", False), ("a->b - c", False), ("!x", False),
    ("a == b", False), ("x++", False), ("sizeof (x)", False), ("3.5e1", True),
    ("(int)x", False), ("(u_int)(a + b)", False), ("(*f)(x)", True), ("(p)->x", True),
    ("(a)[1]", True),
])
def test_primary_expressions(text: str, primary: bool) -> None:
    assert is_primary(text) is primary
