"""The style pass.

The expected texts are worked out from the style guide (cstyle(1ONBLD) and the C style it checks).  On real
trees (PORTKIT_FREEBSD, PORTKIT_GATE) the gate's own checker is the judge.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from portkit.rewrite.style import restyle

# -- a C lexer of this test's own, and what may differ between a text and its restyled form

LEXEME = re.compile(
    rb"/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*|\\\n|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    rb"|\.?\d(?:[eEpP][+-]|[\w.])*|[A-Za-z_]\w*|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|&&|\|\||##|[-+*/%&|^!=<>]="
    rb"|\n[ \t]*\#[ \t]*include[^\n]*|\n[ \t]*\#|\n|[ \t\f\v\r]+|.", re.S)


def tokens(text: bytes) -> list[bytes]:
    """The tokens of a text without its comments; a directive ends in an `<eod>` token.  Adjacent literals are
    one, and words after #else and #endif (which may become a comment) are none."""
    found: list[bytes] = []
    directive = skip = False
    for match in LEXEME.finditer(b"\n" + text):
        lexeme = match.group()
        if lexeme.startswith((b"/*", b"//", b"\\\n")) or (lexeme.isspace() and lexeme != b"\n"):
            continue
        if lexeme[:1] == b"\n":
            if directive:
                found.append(b"<eod>")
            directive = skip = False
            if b"include" in lexeme:
                found.append(re.sub(rb"^\s*#\s*include\s*|\s*(?:/[*/].*)?$", b"", lexeme))
            elif lexeme != b"\n":
                found.append(b"#")
                directive = True
        elif skip:
            continue
        elif lexeme[:1] == b'"' and found and found[-1][:1] == b'"':
            found[-1] = found[-1][:-1] + lexeme[1:]
        else:
            found.append(lexeme)
            skip = directive and found[-2:] in ([b"#", b"else"], [b"#", b"endif"])
    return found


def close(found: list[bytes], opened: int) -> int:
    depth = 0
    for index in range(opened, len(found)):
        depth += (found[index] in (b"(", b"[", b"{")) - (found[index] in (b")", b"]", b"}"))
        if depth == 0:
            return index
    return len(found) - 1


def plain(text: bytes) -> list[bytes]:
    """Tokens without what the style pass may put in: parentheses around a returned value and the operand of
    sizeof; `!strcmp(...)` reads as `strcmp(...) == 0`, with or without parentheses around it."""
    found = tokens(text)
    compare = (b"strcmp", b"strncmp", b"bcmp")
    index = 0
    while index < len(found) - 2:
        if found[index] == b"!" and found[index + 1] in compare and found[index + 2] == b"(":
            end = close(found, index + 2)
            found[end + 1:end + 1] = [b"==", b"0"]
            del found[index]
        index += 1
    drop: set[int] = set()
    for index, token in enumerate(found[:-1]):
        if token in compare and found[index + 1] == b"(" and index and found[index - 1] == b"(":
            end = close(found, index + 1)
            if found[end + 1:end + 4] == [b"==", b"0", b")"]:
                drop |= {index - 1, end + 3}
    found = [token for index, token in enumerate(found) if index not in drop]
    drop = set()
    for index, token in enumerate(found[:-1]):
        if token == b"sizeof" and found[index + 1] == b"(":
            drop |= {index + 1, close(found, index + 1)}
        if token == b"return":
            opened = index + 1
            while opened < len(found) - 1 and found[opened] == b"(":
                end = close(found, opened)
                if found[end + 1:end + 2] != [b";"] and end + 1 not in drop:
                    break
                drop |= {opened, end}
                opened += 1
    return [token for index, token in enumerate(found) if index not in drop]


def token_difference(before: bytes, after: bytes) -> str:
    """Where the tokens differ otherwise than the style pass may make them differ; empty when nowhere."""
    old, new = plain(before), plain(after)
    at = 0
    for index, token in enumerate(old):
        if at < len(new) and new[at] == token:
            at += 1
        elif new[at:at + 1] == [b"}"] and [b"return", b";"] in (old[index:index + 2],
                                                                old[max(index - 1, 0):index + 1]):
            continue        # `return;` before the brace that ends a function
        else:
            return f"{old[max(index - 6, 0):index + 6]} became {new[max(at - 6, 0):at + 6]}"
    return "" if at == len(new) else f"more at the end: {new[at:at + 6]}"


def test_the_token_comparison_sees_a_change() -> None:
    assert token_difference(b"a = b;\n", b"a = b;\n") == ""
    assert token_difference(b"a = b;\n", b"a = c;\n")
    assert token_difference(b"a = b;\n", b"a = b\n")
    assert token_difference(b"f(a);\n", b"f(a););\n")
    assert token_difference(b"x = (a);\n", b"x = a;\n")
    assert token_difference(b"return a;\n", b"return (a);\n") == ""
    assert token_difference(b"return (a) + b;\n", b"return ((a) + b);\n") == ""
    assert token_difference(b"return a;\n", b"return (b);\n")
    assert token_difference(b"#define X a\nb\n", b"#define X a b\n")
    assert token_difference(b'f("a b");\n', b'f("a "\n    "b");\n') == ""
    assert token_difference(b'f("a b");\n', b'f("a"\n    "b");\n')
    assert token_difference(b"# include <a.h>\n", b"#include <a.h>\n") == ""
    assert token_difference(b"#include <a.h>\n", b"#include <a.h >\n")


# -- one complaint each: the name, the text, the text wanted

def body(*lines: str) -> str:
    """A function around some lines."""
    return "\n".join(["static void", "f(void)", "{", *lines, "}", ""])


LONG = "x" * 30
CASES: list[tuple[str, str, str]] = [
    ("define", "#define FOO\t1\n", "#define\tFOO\t1\n"),
    ("define-two-blanks", "#define  FOO 1\n", "#define\tFOO 1\n"),
    ("directive", "#if A\n # define\tB\n#  include <x.h>\n#endif\n",
     "#if A\n#define\tB\n#include <x.h>\n#endif\n"),
    ("endif-words", "#ifdef A\n#else !A\n#endif A\n", "#ifdef A\n#else /* !A */\n#endif /* A */\n"),
    ("keyword", body("\tif(a)", "\t\twhile(b)", "\t\t\tc = sizeof(d);"),
     body("\tif (a)", "\t\twhile (b)", "\t\t\tc = sizeof (d);")),
    ("sizeof-operand", body("\ta = sizeof *b + sizeof c->d[1];"),
     body("\ta = sizeof (*b) + sizeof (c->d[1]);")),
    ("call", body("\tfoo (a, b);"), body("\tfoo(a, b);")),
    ("call-not-type", "typedef void (foo_t)(int);\nint (*fp)(void);\n",
     "typedef void (foo_t)(int);\nint (*fp)(void);\n"),
    ("cast", body("\ta = (int) b + (struct s *) c;"), body("\ta = (int)b + (struct s *)c;")),
    ("void-cast", body("\t(void)foo();"), body("\t(void) foo();")),
    ("star", body("\tchar* a;", "\tint * b;", "\tstruct s * const c;"),
     body("\tchar *a;", "\tint *b;", "\tstruct s * const c;")),
    ("comma", body("\tfoo(a,b , c) ;"), body("\tfoo(a, b, c);")),
    ("for", body("\tfor(i=0;i<n;i++)", "\t\tfoo( i );"), body("\tfor (i = 0; i < n; i++)", "\t\tfoo(i);")),
    ("for-ever", body("\tfor (;;)", "\t\tfoo();"), body("\tfor (;;)", "\t\tfoo();")),
    ("for-part-empty", body("\tfor (;;i++)", "\t\tfoo();"), body("\tfor (; ; i++)", "\t\tfoo();")),
    ("operators", body("\ta=b==c;", "\td+=e>=f;", "\tg->h <<=1;"),
     body("\ta = b == c;", "\td += e >= f;", "\tg->h <<= 1;")),
    ("boolean", body("\tif (a", "\t    && b)", "\t\tc  &&  d;"),
     body("\tif (a &&", "\t    b)", "\t\tc && d;")),
    ("brace", body("\tif (a){", "\t\tb();", "\t}else {", "\t\tc();", "\t}"),
     body("\tif (a) {", "\t\tb();", "\t} else {", "\t\tc();", "\t}")),
    ("else-line", body("\tif (a) {", "\t\tb();", "\t}", "\telse {", "\t\tc();", "\t}"),
     body("\tif (a) {", "\t\tb();", "\t} else {", "\t\tc();", "\t}")),
    ("brace-line", body("\tif (a)", "\t{", "\t\tb();", "\t}"), body("\tif (a) {", "\t\tb();", "\t}")),
    ("return", "int\nf(int a)\n{\n\treturn a + 1;\n}\n", "int\nf(int a)\n{\n\treturn (a + 1);\n}\n"),
    ("return-parens-kept", "int\nf(void)\n{\n\treturn (0);\n}\n", "int\nf(void)\n{\n\treturn (0);\n}\n"),
    ("return-part-parens", "int\nf(int a)\n{\n\treturn (a) ? 1 : -1;\n}\n",
     "int\nf(int a)\n{\n\treturn ((a) ? 1 : -1);\n}\n"),
    ("last-return", body("\tfoo();", "\treturn;"), body("\tfoo();")),
    ("last-return-needed", body("\tif (a)", "\t\treturn;"), body("\tif (a)", "\t\treturn;", "")),
    ("two-keywords", "int\nf(int a)\n{\n\tif (a) return 1; else return 2;\n}\n",
     "int\nf(int a)\n{\n\tif (a)\n\t\treturn (1);\n\telse\n\t\treturn (2);\n}\n"),
    ("compare", body("\tif (!strcmp(a, b) && c)", "\t\tx = !strncmp(a, b, 2) + 1;"),
     body("\tif (strcmp(a, b) == 0 && c)", "\t\tx = (strncmp(a, b, 2) == 0) + 1;")),
    ("return-type", "int f(int a)\n{\n\treturn (a);\n}\n", "int\nf(int a)\n{\n\treturn (a);\n}\n"),
    ("header-brace", "static int\nf(int a) {\n\treturn (a);\n}\n",
     "static int\nf(int a)\n{\n\treturn (a);\n}\n"),
    ("header-parameters", "static int\nf(int a,\n\tint b,\n      int c)\n{\n}\n",
     "static int\nf(int a,\n    int b,\n    int c)\n{\n}\n"),
    ("header-string", 'FOO(one, two, three,\n    "text");\n', 'FOO(one, two, three, "text");\n'),
    ("header-in-function", body("DEBUG(0)", "\tprintf();", "END", "\tfoo();"),
     body("\tDEBUG(0)", "\tprintf();", "END", "\tfoo();")),
    ("sizeof-line", body("\ta = foo(b, sizeof(struct", "\t    c));"),
     body("\ta = foo(b,", "\t    sizeof (struct c));")),
    ("header-macro", "FOO(one)\n\nint a;\n", "    FOO(one)\n\nint a;\n"),
    ("trailing-blank", "int a; \n\t\nint b;\t\n", "int a;\n\nint b;\n"),
    ("blank-end", "int a;\n\n\n", "int a;\n"),
    ("indent-spaces", body("        a();", "\tif (b)", "                c();"),
     body("\ta();", "\tif (b)", "\t\tc();")),
    ("indent-continuation", body("\tfoo(a,", "\t  b,", "            c);"),
     body("\tfoo(a,", "\t    b,", "\t    c);")),
    ("half-tabs", body("    a();",
     "    if (b) {", "\tc();", "\tif (d)", "\t    e(f,", "\t      g);", "    }"),
     body("\ta();", "\tif (b) {", "\t\tc();", "\t\tif (d)", "\t\t\te(f,", "\t\t\t    g);", "\t}")),
    ("spaces-to-tabs", "struct s {\n\tint       a;\n\tint\t \tb;\n};\n",
     "struct s {\n\tint\t  a;\n\tint\t\tb;\n};\n"),
    ("comment-blank", "/*one*/\nint a; /*two */\nint b; /* three*/\n",
     "/* one */\nint a; /* two */\nint b; /* three */\n"),
    ("comment-lint", "\tbreak;\n\t/*FALLTHROUGH*/\n", "\tbreak;\n\t/*FALLTHROUGH*/\n"),
    ("comment-doxygen", "/**\n * One.\n */\n/*-\n * Two.\n */\n", "/*\n * One.\n */\n/*\n * Two.\n */\n"),
    ("comment-first-last", "/* One\n * two. */\n", "/*\n * One\n * two.\n */\n"),
    ("comment-no-stars", body("\t/* One", "\t   two", "\t     three. */"),
     body("\t/*", "\t * One", "\t * two", "\t *   three.", "\t */")),
    ("comment-trailing", "struct s {\n\tint a;\t/* one\n\t\t * two */\n\tint b;\n};\n",
     "struct s {\n\tint a;\t/* one */\n\t\t/* two */\n\tint b;\n};\n"),
    ("comment-line", body("\t//one", "\ta(); //two", "\tb(); // three"),
     body("\t/* one */", "\ta(); /* two */", "\tb(); // three")),
    ("comment-url", "/* See http://a.b/c. */\n", "/*\n * See http://a.b/c.\n */\n"),
    ("comment-touching", "int a;/* one */\n", "int a; /* one */\n"),
    ("empty-statement", body("\twhile (a()) ;"), body("\twhile (a())", "\t\t;")),
    ("paren-line", body("\tfoo(a,", "\t    b", "\t    );"), body("\tfoo(a,", "\t    b);")),
    ("long-call", body(f"\t\t\tfoo_{LONG}(argument_one, argument_two, argument_3);"),
     body(f"\t\t\tfoo_{LONG}(argument_one,", "\t\t\t    argument_two, argument_3);")),
    ("long-condition", body(f"\tif ({LONG}_one == 1 && foo({LONG}, 1) == 2)", "\t\ta();"),
     body(f"\tif ({LONG}_one == 1 &&", f"\t    foo({LONG}, 1) == 2)", "\t\ta();")),
    ("long-assignment", body(f"\t\t{LONG}_one->member_one = {LONG}_two->member2;"),
     body(f"\t\t{LONG}_one->member_one =", f"\t\t    {LONG}_two->member2;")),
    ("long-header", f"static int\nf{LONG}(struct softc *sc, struct cookie *cookie, uint_t n)\n{{\n}}\n",
     f"static int\nf{LONG}(struct softc *sc, struct cookie *cookie,\n    uint_t n)\n{{\n}}\n"),
    ("long-comment", f"\t/* {'word ' * 15}end. */\n",
     "\t/*\n\t * " + "word " * 13 + "word\n\t * word end.\n\t */\n"),
    ("long-block", f"/*\n * {'word ' * 15}end.\n * next\n */\n",
     "/*\n * " + "word " * 14 + "word\n * end.\n * next\n */\n"),
    ("long-trailing", body(f"\tfoo({LONG});\t/* {'word ' * 8}*/"),
     body("\t/* word word word word word word word word */", f"\tfoo({LONG});")),
    ("long-shrink", f"int {LONG}{LONG};\t\t/* letters */\n", f"int {LONG}{LONG}; /* letters */\n"),
    ("long-string", body('\t\tprintf("' + "word " * 20 + 'end", a);'),
     body('\t\tprintf("' + "word " * 11 + '"', '\t\t    "' + "word " * 9 + 'end", a);')),
    ("long-string-moved", body('\t\tprintf(a, b, "' + "word " * 10 + 'end");'),
     body("\t\tprintf(a, b,", '\t\t    "' + "word " * 10 + 'end");')),
    ("long-macro", f"#define\tFOO(a)\t\\\n\tfoo(a, {LONG}, {LONG})\t\t\\\n\tbar(a)\n",
     f"#define\tFOO(a)\t\\\n\tfoo(a, {LONG}, {LONG}) \\\n\tbar(a)\n"),
    ("macro-paste", "#define\tP(f, a, ...)\tprintf(f, a,\t\\\n\t##__VA_ARGS__)\n",
     "#define\tP(f, a, ...)\tprintf(f,\t\\\n\ta, ##__VA_ARGS__)\n"),
    ("styled-off", "/* CSTYLED */\n#define FOO 1\n#define BAR 1\n",
     "/* CSTYLED */\n#define FOO 1\n#define\tBAR 1\n"),
    ("spliced-literal", body('\tprintf("a \\', '\t  b  \t c  \\', '        d");'),
     body('\tprintf("a \\', '\t  b  \t c  \\', '        d");')),
    ("in-literals", 'char *a = "if(x){a=b;}     c ,d";\nchar b = \',\';\n',
     'char *a = "if(x){a=b;}     c ,d";\nchar b = \',\';\n'),
]


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_complaint(before: str, after: str) -> None:
    result = restyle(before.encode())
    assert result.text.decode() == after
    assert bool(result.changed) == (before != after)
    assert token_difference(before.encode(), result.text) == ""
    again = restyle(result.text)
    assert again.text == result.text
    assert again.changed == []


def test_other_bytes_pass_through() -> None:
    text = b"/* caf\xe9 \x85\xa0\xff */\nint a;\n#define A\t'\xe9'\n"
    assert restyle(text).text == b"/* caf\xe9 \x85\xa0\xff */\nint a;\n#define\tA\t'\xe9'\n"
    assert restyle(b"").text == b""
    assert restyle(b"").origin == []
    assert restyle(b"int a;").text == b"int a;"
    assert restyle(b"int a;").origin == [0]
    assert restyle(b"int a;\r\nint b;\r\n").text == b"int a;\nint b;\n"


def test_a_brace_does_not_go_up_behind_a_comment() -> None:
    """The `)` between them goes up itself, to the code above the comment."""
    before = (b"int\nf(int a)\n{\n\tif (a == 1 &&\n\t    a == 0 // first\n\t    // second\n\t)\n"
              b"\t{\n\t\tgo();\n\t}\n}\n")
    after = restyle(before).text
    assert token_difference(before, after) == ""
    assert b"\t    a == 0) // first\n\t    // second\n\t{\n" in after


@pytest.mark.parametrize("tabs", range(1, 14))
def test_a_comment_without_room_stays_whole(tabs: int) -> None:
    lead = b"\t" * tabs
    entry = b"scif_default_start_task_handler, /**@todo Allow in core?*/\n"
    before = b"int t[] = {\n" + lead + entry + lead + b"x\n};\n"
    after = restyle(before).text
    assert token_difference(before, after) == ""
    assert after.count(b"/*") == after.count(b"*/") == 1 and b"core?" in after[after.index(b"/*"):after.index(b"*/")]


def test_origin_follows_lines() -> None:
    text = b"/* a\n * b */\nint x;\n\nint f(int a)\n{\n\tif (a) return 1;\n\treturn 0;\n}\n"
    result = restyle(text)
    assert result.text.split(b"\n")[:-1] == [
        b"/*", b" * a", b" * b", b" */", b"int x;", b"", b"int", b"f(int a)", b"{", b"\tif (a)",
        b"\t\treturn (1);", b"\treturn (0);", b"}"]
    assert result.origin == [0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 6, 7, 8]


def test_origin_of_joined_and_dropped_lines() -> None:
    result = restyle(b"void\nf(void)\n{\n\tif (a)\n\t{\n\t\tb();\n"
                     b"\t}\n\telse {\n\t\tc();\n\t}\n\treturn;\n}\n\n")
    assert result.text == b"void\nf(void)\n{\n\tif (a) {\n\t\tb();\n\t} else {\n\t\tc();\n\t}\n}\n"
    assert result.origin == [0, 1, 2, 3, 5, 6, 8, 9, 11]


def test_rule_names() -> None:
    assert restyle(b"#define A 1\nint a; \n").changed == ["define-tab", "trailing-blank"]


def test_any_prefix_is_taken() -> None:
    """A text cut off anywhere, or no text at all, raises nothing."""
    whole = "".join(case[1] for case in CASES).encode()
    for end in range(0, len(whole), 97):
        assert restyle(whole[:end]).text is not None
    restyle(bytes(range(256)) * 4)


def test_speed() -> None:
    """10,000 lines, many of them in need of work: a driver's text takes about 0.2 s on an idle machine.  The
    bound here leaves room for a busy one, and is there for what grows with the square."""
    unit = "".join(case[1] for case in CASES if "macro" not in case[0] and case[0] != "styled-off")
    quiet = body("\tfoo(a, b);", "\tif (c)", "\t\td = e->f;") * 40
    text = (unit + quiet).encode()
    text *= 10000 // text.count(b"\n") + 1
    start = time.perf_counter()
    restyle(text)
    assert time.perf_counter() - start < 3


# -- real trees

WORDS = {"u_int": "uint_t", "u_long": "ulong_t", "u_char": "uchar_t", "u_short": "ushort_t",
         "unchar": "uchar_t", "ushort": "ushort_t", "uint": "uint_t", "ulong": "ulong_t", "quad": "quad_t",
         "u_int8_t": "uint8_t", "u_int16_t": "uint16_t", "u_int32_t": "uint32_t", "u_int64_t": "uint64_t",
         "u_quad_t": "uint64_t"}
WORD = re.compile(rb"\b(" + "|".join(WORDS).encode() + rb")\b")


def trees() -> list[Path]:
    return [Path(each) for each in os.environ.get("PORTKIT_FREEBSD", "").split(":") if each]


def checkers() -> list[Path]:
    return [Path(each) / "usr/src/tools/scripts/cstyle.pl"
            for each in os.environ.get("PORTKIT_GATE", "").split(":") if each]


def sources(*folders: str) -> list[Path]:
    return [path for tree in trees() for folder in folders
            for path in sorted((tree / "sys/dev" / folder).rglob("*.[ch]"))]


def posix(path: Path) -> bytes:
    """A file with the old type names replaced, as the tables do it before the style pass."""
    return WORD.sub(lambda found: WORDS[found.group().decode()].encode(), path.read_bytes())


def complaints(checker: Path, folder: Path, texts: list[bytes]) -> list[list[tuple[int, str]]]:
    """What the gate's checker says of each text: line number and message."""
    names = [f"{number}.c" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_bytes(text)
    said: list[list[tuple[int, str]]] = [[] for _ in texts]
    for first in range(0, len(names), 200):
        output = subprocess.run(["perl", str(checker), "-pP", *names[first:first + 200]], cwd=folder,
                                check=False, capture_output=True).stdout.decode("latin-1")
        for line in output.splitlines():
            found = re.match(r"(\d+)\.c: (\d+): (.*)", line)
            assert found is not None, line
            said[int(found.group(1))].append((int(found.group(2)), found.group(3)))
    return said


needs_tree = pytest.mark.skipif(not trees(), reason="PORTKIT_FREEBSD names no FreeBSD tree")
needs_both = pytest.mark.skipif(not trees() or not checkers() or shutil.which("perl") is None,
                                reason="needs PORTKIT_FREEBSD, PORTKIT_GATE and perl")


@needs_tree
def test_tokens_and_origin_of_real_files() -> None:
    files = [*sources("hyperv", "virtio"), *sources("")[::60]]
    assert files
    for path in files:
        text = posix(path)
        result = restyle(text)
        assert token_difference(text, result.text) == "", path
        lines = result.text.count(b"\n") + (not result.text.endswith(b"\n") and bool(result.text))
        assert len(result.origin) == lines, path
        assert all(0 <= line <= text.count(b"\n") for line in result.origin), path
        again = restyle(result.text)
        assert again.text == result.text, path
        assert again.changed == [], path


@needs_both
@pytest.mark.parametrize("checker", checkers(), ids=str)
def test_hyperv_has_no_complaint(checker: Path, tmp_path: Path) -> None:
    files = sources("hyperv")
    assert files
    said = complaints(checker, tmp_path, [restyle(posix(path)).text for path in files])
    assert {path: each for path, each in zip(files, said, strict=True) if each} == {}


@needs_both
def test_nine_files_in_ten_of_other_drivers_have_no_complaint(tmp_path: Path) -> None:
    files = sources("")[::23]
    assert len(files) > 100
    said = complaints(checkers()[0], tmp_path, [restyle(posix(path)).text for path in files])
    clean = sum(not each for each in said)
    assert clean > 0.9 * len(files)


@needs_both
def test_lines_without_complaint_stay(tmp_path: Path) -> None:
    """Byte for byte, but for those that share a statement, a comment or a function of half tabs with a line
    complained of."""
    texts = [posix(path) for path in sources("hyperv")]
    said = complaints(checkers()[0], tmp_path, texts)
    total = moved = 0
    for text, complained in zip(texts, said, strict=True):
        result = restyle(text)
        if not complained:
            assert result.text == text
        at = {number for number, _ in complained}
        came: dict[int, set[bytes]] = {}
        for line, new in zip(result.origin, result.text.split(b"\n"), strict=False):
            came.setdefault(line, set()).add(new)
        for number, line in enumerate(text.split(b"\n")[:-1]):
            total += 1
            if number + 1 not in at and line not in came.get(number, ()):
                moved += 1
                assert any(near in at for near in range(number - 30, number + 30)), line
    assert moved < 0.01 * total
