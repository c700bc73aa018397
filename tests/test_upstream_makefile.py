"""The Makefile reader: make's language as make(1) describes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portkit.upstream.generate import text_of_rule
from portkit.upstream.makefile import Makefile
from portkit.upstream.makelines import iter_words


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Makefile]:
    def make(text: str, **preset: str) -> Makefile:
        path = tmp_path / "Makefile"
        path.write_bytes(text.encode("latin-1"))
        return Makefile(path, {".CURDIR": str(tmp_path), **preset})
    return make


@pytest.mark.parametrize(("text", "expected"), [
    ("X=a b # remark\n", "a b"),
    ("X = a\nX+=b\nX +=\tc\n", "a b c"),
    ("X=a\nX?=b\n", "a"),
    ("X?=b\n", "b"),
    ("Y=1\nX=${Y}\nY=2\n", "2"),
    ("Y=1\nX:=${Y}\nY=2\n", "1"),
    ("X=a \\\n\tb \\\n\tc\n", "a b c"),
    ("X=a\\#b\n", "a#b"),
    ("X=$$HOME\n", "$HOME"),
    ("Y=z\nX=$(Y)${Y}$Y\n", "zzz"),
    ("N=Y\nY=deep\nX=${${N}}\n", "deep"),
    ("N=OPT\nX_${N}=on\nX=${X_OPT}\n", "on"),
    ("X=a\n.undef X\n", ""),
    ("X=\xe9t\xe9\n", "\xe9t\xe9"),
    ("X=a\r\nX+=b\r\n", "a b"),
])
def test_assignments(read: Callable[..., Makefile], text: str, expected: str) -> None:
    assert read(text).value("X") == expected


@pytest.mark.parametrize(("expression", "expected"), [
    ("${F:M*.c}", "src/a.c b.c"), ("${F:N*.c}", "opt_x.h"), ("${F:R}", "src/a b opt_x"),
    ("${F:T}", "a.c b.c opt_x.h"), ("${F:H}", "src . ."), ("${F:E}", "c c h"),
    ("${F:S/.c/.o/}", "src/a.o b.o opt_x.h"), ("${F:S/^b/z/}", "src/a.c z.c opt_x.h"),
    ("${F:S,src/,,}", "a.c b.c opt_x.h"), ("${F:S/$/.bak/}", "src/a.c.bak b.c.bak opt_x.h.bak"),
    ("${F:S/c/C/g}", "srC/a.C b.C opt_x.h"), ("${F:S/c/[&]/}", "sr[c]/a.c b.[c] opt_x.h"),
    (r"${F:C/^([a-z])/<\1>/}", "<s>rc/a.c <b>.c <o>pt_x.h"),
    ("${F:.c=.o}", "src/a.o b.o opt_x.h"), ("${F:%.c=obj/%.o}", "obj/src/a.o obj/b.o opt_x.h"),
    ("${F:M*.c:T:R}", "a b"), ("${F:tu}", "SRC/A.C B.C OPT_X.H"), ("${U:tl}", "mixed"),
    ("${F:[2]}", "b.c"), ("${F:[#]}", "3"), ("${F:[-1]}", "opt_x.h"), ("${F:O}", "b.c opt_x.h src/a.c"),
    ("${D:O:u}", "a b"), ("${NONE:Uother}", "other"), ("${F:Dyes}", "yes"), ("${NONE:Dyes}", ""),
    ("${F:@f@<${f}>@}", "<src/a.c> <b.c> <opt_x.h>"), ("${:Ua b:M[ab]}", "a b"),
    ("${F:M*.${EXT}}", "src/a.c b.c"), ("${F:S:a.c:x:}", "src/x b.c opt_x.h"),
])
def test_modifiers(read: Callable[..., Makefile], expression: str, expected: str) -> None:
    text = f"F=src/a.c b.c opt_x.h\nU=MiXed\nD=b a b\nEXT=c\nX={expression}\n"
    assert read(text).value("X") == expected


@pytest.mark.parametrize(("condition", "expected"), [
    ("defined(A)", True), ("defined(B)", False), ("!defined(B)", True), ("A", True), ("B", False),
    ("${A} == \"yes\"", True), ("${A} == yes", True), ("${A} != \"yes\"", False), ("\"${A}\" == yes", True),
    ("empty(B)", True), ("!empty(L:Mb*)", True), ("empty(L:Mz*)", True), ("${L:Mb*}", True),
    ("${L:Mz*} == \"\"", True),
    ("exists(${.CURDIR}/here)", True), ("exists(here)", True), ("exists(gone)", False),
    ("defined(A) && defined(B)", False), ("defined(A) || defined(B)", True),
    ("defined(B) || defined(A) && !defined(B)", True), ("(defined(B) || defined(A)) && !defined(A)", False),
    ("!(defined(A) && defined(B))", True), ("${N} > 5", True), ("${N} >= 0x10", False), ("${N} == 9.0", True),
    ("0", False), ("1", True), ("${ZERO}", False), ("${N} < 10 && ${A}==yes", True), ("make(clean)", False),
    ("target(rule.h)", True), ("target(none.h)", False),
])
def test_conditions(read: Callable[..., Makefile], tmp_path: Path, condition: str, expected: bool) -> None:
    (tmp_path / "here").touch()
    mk = read("A=yes\nL=a b c\nN=9\nZERO=0\nrule.h:\n\ttouch x\n"
              f".if {condition}\nX=true\n.else\nX=false\n.endif\n")
    assert mk.value("X") == ("true" if expected else "false")
    assert [c.answer for c in mk.conditions] == [expected]


def test_elif_takes_the_first_branch_that_holds(read: Callable[..., Makefile]) -> None:
    text = ".if ${M} == a\nX=1\n.elif ${M} == b\nX=2\n.elif defined(M)\nX=3\n.else\nX=4\n.endif\n"
    assert [read(text, M=m).value("X") for m in "abc"] == ["1", "2", "3"]
    assert [str(c) for c in read(text, M="b").conditions] == [
        "Makefile:1: .if ${M} == a: no", "Makefile:3: .elif ${M} == b: yes"]


def test_what_a_false_branch_holds_is_not_read(read: Callable[..., Makefile]) -> None:
    text = (".if 0\n.error no\n.include \"nowhere\"\n.if ${X} ==\n.else\n.endif\n"
            ".for a in b\nnonsense\n.endfor\nnonsense\n.else\nX=kept\n.endif\n")
    assert read(text).value("X") == "kept"


def test_ifdef_and_ifndef(read: Callable[..., Makefile]) -> None:
    mk = read("A=\n.ifdef A\nX+=1\n.endif\n.ifndef B\nX+=2\n.endif\n. ifdef A && B\nX+=3\n. endif\n")
    assert mk.value("X") == "1 2"


def test_for_loops(read: Callable[..., Makefile]) -> None:
    mk = read("L=a.c b.c\n.for f in ${L}\nX+=${f:R}.o $(f)\n.endfor\n"
              ".for k v in A 1 B 2\nMK_${k}:=${v}\n.endfor\n.for n in\nX+=never\n.endfor\n"
              ".for i in 1 2\n.for j in x y\nZ+=${i}${j}\n.endfor\n.endfor\n")
    assert mk.value("X") == "a.o a.c b.o b.c"
    assert (mk.value("MK_A"), mk.value("MK_B")) == ("1", "2")
    assert mk.value("Z") == "1x 1y 2x 2y"


def test_include_is_relative_to_the_includer(read: Callable[..., Makefile], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/one.mk").write_text('W:=${.PARSEDIR:T}\nX+=one\n.include "two.mk"\n')
    (tmp_path / "sub/two.mk").write_text("X+=two\n")
    mk = read('.include "sub/one.mk"\n.sinclude "none.mk"\n.-include "none.mk"\n'
              ".include <bsd.own.mk>\nX+=end\n")
    assert (mk.value("X"), mk.value("W")) == ("one two end", "sub")


def test_path_has_two_forms(read: Callable[..., Makefile]) -> None:
    assert read("D=/d\n.PATH: ${D}/a \\\n\t${D}/b\n.PATH: c\n.PATH.h: h\n").path == ["/d/a", "/d/b", "c", "h"]
    assert read(".PATH: a\n.PATH:\n.PATH: b\n").path == ["b"]


def test_commands_are_not_run(read: Callable[..., Makefile], tmp_path: Path) -> None:
    mk = read(f"X!= touch {tmp_path}/ran; echo yes\n")
    assert mk.value("X") == ""
    assert not (tmp_path / "ran").exists()
    assert mk.not_run == [f"Makefile:1: X!= touch {tmp_path}/ran; echo yes"]


@pytest.mark.parametrize(("recipe", "expected"), [
    ("\techo \"#define A 1\" > ${.TARGET}\n", "#define A 1\n"),
    ("\t@echo '#define A 1'> $@\n\t@echo \"#define B\" >> ${.TARGET}\n", "#define A 1\n#define B\n"),
    ("\techo \"#define A ${V}\" > ${.TARGET}\n", "#define A 7\n"),
    ("\t:> ${.TARGET}\n", ""),
    ("\ttouch ${.TARGET}\n", ""),
    (".if ${V} == 7\n\techo \"#define SEVEN\" > ${.TARGET}\n.endif\n\techo x >> other.h\n",
     "#define SEVEN\n"),
    ("\techo one > opt_x.h; echo two >> opt_x.h\n", "one\ntwo\n"),
    ("\tawk -f gen.awk > elsewhere.h\n", None),
])
def test_text_of_an_option_header(read: Callable[..., Makefile], recipe: str, expected: str | None) -> None:
    assert text_of_rule(read(f"V=7\nopt_x.h:\n{recipe}"), "opt_x.h") == expected


def test_no_rule_for_a_header(read: Callable[..., Makefile]) -> None:
    assert text_of_rule(read("opt_y.h:\n\ttouch ${.TARGET}\n"), "opt_x.h") is None


def test_flags_are_split_as_a_shell_does() -> None:
    text = r"""-DA=\"quoted\" -D'B=x y' "-I/a b" -DC="1" plain"""
    assert list(iter_words(text)) == ['-DA="quoted"', "-DB=x y", "-I/a b", "-DC=1", "plain"]
