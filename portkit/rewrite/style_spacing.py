"""White space inside a line, and the few tokens that cstyle(1ONBLD) asks for.

Each rule is one regular expression over the mask and a function that queues edits for what it found; a rule
whose expression finds nothing costs one scan.  The expressions start with a literal where they can, and look
behind after it: the scan then runs at the speed of a search for that literal.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from portkit.rewrite.style_source import BLANKS, COMMENT, FILL, LIMIT, LITERAL, TAB, Source, pad, width

_TYPE = r"(?:int|char|short|long|unsigned|float|double|\w+_t|(?:struct|union)[ \t]+\w+|FILE)"
_COMPOUND_END = re.compile(r"[(\W]\((?:struct|union)[ \t]+\w+(?: \*+)?\)$", re.A)
_KEYWORD = r"(?:for|if|while|switch|sizeof|return|case)"
_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_CODE = "[^ \t\f\v\r\n\x01]"        # a character of code
_UNCHECKED = re.compile(r"[ \t\f]*#[ \t]*(?:else|endif|include)")

_RULES: list[tuple[re.Pattern[str], Callable[[Source, re.Match[str]], None]]] = []


def _rule(expression: str) -> Callable[[Callable[[Source, re.Match[str]], None]], Callable[..., None]]:
    def register(function: Callable[[Source, re.Match[str]], None]) -> Callable[..., None]:
        _RULES.append((re.compile(expression, re.M | re.A), function))
        return function
    return register


def fix_spacing(src: Source) -> None:
    """Queues the edits within lines, for the lines that were not seen to before."""
    windows = src.fresh()
    for expression, function in _RULES:
        for start, end in windows:
            for found in expression.finditer(src.mask, start, end):
                function(src, found)
    _fix_runs(src, windows)


def _line(src: Source, offset: int) -> tuple[int, str]:
    """Start and mask of the line that holds an offset; the mask is empty where cstyle checks no code."""
    start = src.line_start(offset)
    line = src.mask[start:src.line_end(offset)]
    return start, "" if _UNCHECKED.match(line) else line


def _insert(src: Source, at: int, new: str, rule: str) -> None:
    if _line(src, at)[1]:
        src.edit(at, at, new, rule)


def _replace(src: Source, start: int, end: int, new: str, rule: str) -> None:
    if _line(src, start)[1]:
        src.edit(start, end, new, rule)


# -- preprocessor lines

@_rule(r"#define(?<![^\n]#define)( [ \t]*)(?=[^ \t\n])")
def _define(src: Source, found: re.Match[str]) -> None:
    """A tab follows #define; where the tab pushes the line over the limit, the white space after the name
    gives way."""
    src.edit(found.start(1), found.end(1), "\t", "define-tab")


@_rule(r"#(?:(?<=[ \t\f]#)[ \t]*|(?<![^\n]#)[ \t]+)(?=\w)")
def _directive(src: Source, found: re.Match[str]) -> None:
    start = src.line_start(found.start())
    if not src.mask[start:found.start()].strip(" \t\f"):
        src.edit(start, found.end(), "#", "directive-column")


@_rule(r"#(?:else|endif)\b(?<![^\n]#else)(?<![^\n]#endif)([ \t]*)([^\s/\x01][^\n]*?)[ \t]*$")
def _directive_text(src: Source, found: re.Match[str]) -> None:
    said = src.text[found.start(2):found.end(2)]
    if COMMENT in found.group(2):
        said = re.sub(r"\s*(?:/\*|\*/|//)\s*", " ", said).strip()
    src.edit(found.start(1), found.end(2), f" /* {said} */", "directive-comment")


# -- keywords, calls, casts

@_rule(rf"\b({_KEYWORD})\(")
def _keyword(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    if not re.match(r"#define[ \t]+$", line[:found.start() - start]):
        _insert(src, found.end(1), " ", "keyword-blank")


@_rule(r"[ \t]{2}\(")
def _keyword_blanks(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    before = line[:found.start() - start].rstrip(BLANKS)
    if re.search(rf"\b{_KEYWORD}$", before, re.A) and before != "#if":
        src.edit(start + len(before), found.end() - 1, " ", "keyword-blank")


_TYPE_BEFORE = re.compile(rf"(?:\b(?:{_TYPE}|void)|\b(?:struct|union)[ \t]+\w+)$", re.A)
_NO_CALL = frozenset({"for", "if", "while", "switch", "return", "case", "sizeof", "else", "do"})


@_rule(r"[ \t\f\v]\((?<=\w[ \t\f\v]\()(?<!\bif.\()(?!\(*\*)")
def _call(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    before = line[:found.start() - start]
    word = before[-8:]
    word = word[len(word.rstrip(_WORD)):]
    if word in _NO_CALL:
        if word in ("else", "do"):
            _statement_after(src, found.start(), found.start() + 1)
        return
    if _TYPE_BEFORE.search(before) or re.match(r"#(?:define[ \t]+\w+|elif)$", before):
        return
    _replace(src, found.start(), found.start() + 1, "", "call-blank")


def _statement_after(src: Source, start: int, end: int) -> None:
    """`else (void) f();`: the statement goes to its own line."""
    number = src.line_at(start)
    line = src.lines[number]
    if not src.masks[number].startswith("#"):
        lead = line[:len(line) - len(line.lstrip(BLANKS))]
        src.edit(start, end, f"{src.gap(number)}{lead}\t", "statement-line")


@_rule(rf"\({_TYPE}(?: \*+)?\)([ \t]+)(?={_CODE})")
def _cast(src: Source, found: re.Match[str]) -> None:
    _, line = _line(src, found.start())
    before = src.mask[found.start() - 1:found.start()]
    if (before not in _WORD and not re.search(rf"sizeof\s*\({_TYPE}(?: \*)?\)\s", line, re.A)
            and not re.search(rf"\({_TYPE}(?: \*+)?\)\s+=[^=]", line, re.A)
            and src.mask[found.end()] != "{"):
        _replace(src, found.start(1), found.end(1), "", "cast-blank")


@_rule(r"\(void\)([\t]*)(?=[^ \t\n\x01,;)])")
def _void_cast(src: Source, found: re.Match[str]) -> None:
    if not src.mask[src.line_start(found.start()):found.start()].strip(BLANKS):
        _replace(src, found.start(1), found.end(1), " ", "void-cast")


_TYPE_END = re.compile(rf"\b{_TYPE}[ \t]*$", re.A)


@_rule(r"\*(?<=\w\*)")
def _type_star(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    if _TYPE_END.search(line[:found.start() - start]):
        src.edit(found.start(), found.start(), " ", "pointer-blank")


@_rule(rf"\*([ \t]+)(?={_CODE})")
def _star_blank(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    if _TYPE_END.search(line[:found.start() - start]) and not re.search(
            rf"\b{_TYPE}\s*\*\s+const\b", line, re.A):
        src.edit(found.start(1), found.end(1), "", "pointer-blank")


# -- punctuation

@_rule(rf"[,;](?={_CODE})")
def _comma_after(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    at = found.end() - start
    if not line or re.search(r"\bfor ?\(;;\)", line):
        return
    following = line[at]
    mark = found.group()
    if following == ")" and (mark == "," or not re.match(r"[ \t]*for ?\(", line)):
        return
    if following in ",;" and not (mark == ";" and re.match(r"[ \t]*for ?\(", line)):
        if mark == ";" and line[at:].rstrip(FILL) == ";":
            lead = line[:len(line) - len(line.lstrip(BLANKS))].rstrip(" ")
            src.edit(found.end(), found.end(), "\n" + (lead or "\t"), "empty-statement")
        return
    src.edit(found.end(), found.end(), " ", "comma-blank")


@_rule(r"[ \t\f\v][,;]")
def _comma_before(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    mark = found.end() - 1
    if not line or re.match(r"[ \t]*for \([^;]*; ;[^;]*\)", line):
        return
    code = line[:mark - start].rstrip(BLANKS)
    if not code:
        if line[mark - start:].rstrip(FILL) == ";":
            _empty_statement(src, start, line)
        return
    if (src.mask[mark] == ";" and line[mark - start:].rstrip(FILL) == ";"
            and re.match(r"[ \t]*(?:for|while|if)\b", code) and code.endswith(")")):
        lead = code[:len(code) - len(code.lstrip(BLANKS))]
        src.edit(start + len(code), mark, f"{src.gap(src.line_at(start))}{lead}\t", "empty-statement")
        return
    src.edit(start + len(code), mark, "", "comma-blank")


def _empty_statement(src: Source, start: int, line: str) -> None:
    """A semicolon alone on its line stands at a tab stop, with no comment behind it."""
    semicolon = line.index(";")
    tabs = "\t" * max(1, (width(line[:semicolon]) + TAB - 1) // TAB)
    after = src.text[start + semicolon + 1:start + len(line)]
    number = src.line_at(start)
    if after.startswith((" ", "\t")) and after.strip(BLANKS).startswith("/*") and not src.spliced(number) \
            and not src.in_macro(number):
        src.edit(start, start + len(line), f"{tabs}{after.strip(BLANKS)}\n{tabs};", "empty-statement")
    else:
        src.edit(start, start + semicolon, tabs, "empty-statement")


@_rule(r"\(([ \t\f\v]+)(?=[^\s\x01]|\x01+[^\n\x01]|\x01{2,}$)")
def _after_paren(src: Source, found: re.Match[str]) -> None:
    _replace(src, found.start(1), found.end(1), "", "paren-blank")


@_rule(r"[ \t\f\v]\)")
def _before_paren(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    before = line[:found.start() - start].rstrip(BLANKS)
    if before and not re.match(r"[ \t]*for \([^;]*;[^;]*; \)", line):
        src.edit(start + len(before), found.end() - 1, "", "paren-blank")


@_rule(r"\{(?<=[^\s]\{)")
def _before_brace(src: Source, found: re.Match[str]) -> None:
    start, line = _line(src, found.start())
    if not line or "{{" in line:
        return
    if src.mask[found.start() - 1] == ")" and _COMPOUND_END.search(line[:found.start() - start]):
        return
    if src.mask[found.start() - 1] == "(":
        # A blank after the parenthesis is no way out: the block of a statement expression gets its own line.
        number = src.line_at(found.start())
        lead = line[:len(line) - len(line.lstrip(BLANKS))] if line[0] in BLANKS else ""
        src.edit(found.start(), found.start(), f"{src.gap(number)}{lead}\t", "brace-blank")
        return
    src.edit(found.start(), found.start(), " ", "brace-blank")


@_rule(r"\}()(?=else|while)|\}([ \t]{2,})(?=else|while)")
def _after_brace(src: Source, found: re.Match[str]) -> None:
    group = 1 if found.group(1) is not None else 2
    _replace(src, found.start(group), found.end(group), " ", "brace-blank")


@_rule(r"(?:&&|\|\|)[ \t]*")
def _boolean(src: Source, found: re.Match[str]) -> None:
    """More than one space on either side."""
    if found.end() - found.start() > 3 and found.group()[2:4] == "  " and \
            src.mask[found.end():found.end() + 1] not in ("\n", "", COMMENT):
        _replace(src, found.start() + 2, found.end(), " ", "boolean-blank")
    if src.mask.startswith("  ", found.start() - 2):
        start, line = _line(src, found.start())
        before = line[:found.start() - start].rstrip(BLANKS)
        if before and "\t" not in line[len(before):found.start() - start]:
            src.edit(start + len(before), found.start(), " ", "boolean-blank")


_NO_OPERATORS = re.compile(
    r"[ \t]*#[ \t]*(?:define[ \t]+\w+[ \t]+<[\w./-]+>|import|pragma|error|warning)", re.A)
_OPERATORS = re.compile(r"->|<<(?!=)|>>(?!=)|<<=|>>=|[-+*/%&|^!=<>]=|[<>=]")


@_rule(r"[<>=](?<!->)(?:(?<! [<>=])|(?![ \t\n]))")
def _operator(src: Source, found: re.Match[str]) -> None:
    mask = src.mask
    at = found.start()
    whole = next((match for start in (at - 2, at - 1, at) if start >= 0
                  and (match := _OPERATORS.match(mask, start)) and match.end() > at), found)
    operator = whole.group()
    start, end = whole.span()
    if operator in ("->", "<<", ">>"):
        return
    before = mask[start - 1] if start else "\n"
    after = mask[end:end + 1]
    bare_before = before not in " \t\n\f"
    bare_after = after not in " \t\n\f\x01" and not (after == "," and operator not in ("=",))
    if not bare_before and not bare_after:
        return
    begin, line = _line(src, start)
    if not line or _NO_OPERATORS.match(line):
        return
    if bare_before:
        src.edit(start, start, " ", "operator-blank")
    if bare_after:
        src.edit(end, end, " ", "operator-blank")


@_rule(r"\((?<=[(\W]\()(?:struct|union)([ \t]+)\w+(?: \*+)?\)[ \t]*\{")
def _compound(src: Source, found: re.Match[str]) -> None:
    """`(struct s) {`: a blank after a cast is wrong, no blank before a brace too.  Over two lines the type is
    no cast to cstyle."""
    start, line = _line(src, found.start())
    number = src.line_at(start)
    if "{{" not in line:
        lead = line[:len(line) - len(line.lstrip(BLANKS))].rstrip(" ")
        src.edit(found.start(1), found.end(1), src.gap(number) + lead + "    ", "compound-literal")


# -- tokens

@_rule(r"return(?!\w)([^;\n]+);")
def _return(src: Source, found: re.Match[str]) -> None:
    value = found.group(1)
    whole = value.strip(FILL)
    start, line = _line(src, found.start())
    if line[:found.start() - start].strip(BLANKS):
        return
    if not whole or re.match(r"[ \t]*return\s*\(.*\);", line):
        return
    if _one_pair(whole):
        if value.endswith(COMMENT):
            # A comment between the value and the semicolon hides the parentheses.
            at = found.start(1) + len(value.rstrip(FILL))
            src.edit(at, found.end(), ";" + src.text[at:found.end() - 1], "return-parens")
        return
    start = found.start(1) + len(value) - len(value.lstrip(FILL))
    end = found.start(1) + len(value.rstrip(FILL))
    gap = "" if start > found.start(1) else " "
    src.edits([(start, start, gap + "("), (end, end, ")")], "return-parens")


def _one_pair(code: str) -> bool:
    """Is the code one parenthesised expression?"""
    if not (code.startswith("(") and code.endswith(")")):
        return False
    depth = 0
    for index, char in enumerate(code):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return index == len(code) - 1
    return False


_OPERAND = re.compile(r"[ \t]*((?:\*[ \t]*|&[ \t]*)*\w+(?:->\w+|\.\w+|\[[^\[\]\n]*\])*)", re.A)


@_rule(r"sizeof\b(?<!\wsizeof)(?![ \t]*[(\n\x01])")
def _sizeof(src: Source, found: re.Match[str]) -> None:
    operand = _OPERAND.match(src.mask, found.end())
    if operand is not None and operand.group(1) and src.mask[operand.end():operand.end() + 1] != "(":
        _replace(src, found.end(), operand.end(),
                 " (" + src.text[operand.start(1):operand.end(1)] + ")", "sizeof-parens")


@_rule(r"![ \t]*((?:strcmp|strncmp|bcmp)[ \t]*\()")
def _compare(src: Source, found: re.Match[str]) -> None:
    """`!strcmp(a, b)` reads as "not equal" and means equal: the comparison is spelled out."""
    mask = src.mask
    close = matching(mask, found.end() - 1)
    if close < 0 or not _line(src, found.start())[1]:
        return
    before = mask[:found.start()][-200:].rstrip(FILL + "\n")
    after = mask[close + 1:close + 200].lstrip(FILL + "\n")
    plain = (before.endswith(("(", "&&", "||", ",", "return", "?", ";", "{", "}"))
             or re.search(r"[^=!<>]=$", before) is not None) and (
        after.startswith((")", "&&", "||", ",", ";", "?", ":", "}")))
    src.edits([(found.start(), found.start(1), "" if plain else "("),
               (close + 1, close + 1, " == 0" if plain else " == 0)")], "comparison")


def matching(mask: str, opened: int) -> int:
    """Offset of the bracket that closes the one at `opened`, or -1."""
    depth = 0
    for found in _BRACKET.finditer(mask, opened):
        depth += 1 if found.group() in "([{" else -1
        if depth == 0:
            return found.start()
    return -1


_BRACKET = re.compile(r"[()\[\]{}]")


# -- white space anywhere, comments among it

_END = re.compile(r"\n(?<=[ \t\f\v\r]\n)")
_RUNS = (re.compile(r"\t +\t"), re.compile(r" \t+ "), re.compile(r"     (?<=[^ \n].{5})"))


def _fix_runs(src: Source, windows: list[tuple[int, int]]) -> None:
    text = src.text
    for found in (found for window in windows for found in _END.finditer(text, *window)):
        line = text[src.line_start(found.start()):found.start()]
        src.edit(found.start() - len(line) + len(line.rstrip(BLANKS)), found.start(), "", "trailing-blank")
    if text[-1:] in tuple(BLANKS):
        src.edit(len(text.rstrip(BLANKS)), len(text), "", "trailing-blank")
    done: set[int] = set()
    runs = [found for run in _RUNS for window in windows for found in run.finditer(text, *window)]
    for found in sorted(runs, key=lambda found: found.start()):
        start = found.start()
        while start and text[start - 1] in " \t":
            start -= 1
        end = found.end()
        while text[end:end + 1] in (" ", "\t"):
            end += 1
        if end in done:
            continue
        done.add(end)
        first = src.line_start(start)
        if (start == first or text[end:end + 1] in ("\n", "", "\r", "\f") or src.mask[start] == LITERAL
                or (text[end] == "\\" and text[end + 1:end + 2] == "\n")):
            continue
        run = text[start:end]
        line = text[first:src.line_end(start)]
        if "\t " not in run and " \t" not in run:
            # Spaces alone pass between two literals and in the drawings of a header comment.
            if '"' in line[:start - first] and '"' in line[end - first:]:
                continue
            if src.mask[start] == COMMENT and _in_header_comment(src, start):
                continue
        elif not (re.search(r"\t +\t| \t+ ", run) or "     " in run):
            continue
        left, right = width(line[:start - first]), width(line[:end - first])
        gap = pad(left, right)
        new = line[:start - first] + gap + line[end - first:]
        if width(new) > LIMIT >= width(line):
            gap = pad(left, right - right % TAB) if right - right % TAB > left else " "
        src.edit(start, end, gap, "spaces-to-tabs")


def _in_header_comment(src: Source, offset: int) -> bool:
    """Is the offset in a block comment that starts in the first column?"""
    at = bisect_right(src.comments, (offset, len(src.text))) - 1
    start, end = src.comments[at]
    return start <= offset < end and src.text.startswith("/*\n", start) and (
        start == 0 or src.text[start - 1] == "\n")
