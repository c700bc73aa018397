"""Lines of more than 80 columns.

White space inside the line gives way first; then a trailing comment goes to its own line; then code is broken
after a comma or an operator, where it nests least; only a string literal that no line can hold is split, at a
space, into two that the compiler joins again.
"""

from __future__ import annotations

import re

from portkit.rewrite.style_comments import block_lines, comment_text, fill, move_to_own_line
from portkit.rewrite.style_indent import Layout
from portkit.rewrite.style_layout import leading, split_points
from portkit.rewrite.style_source import (
    BLANKS,
    COMMENT,
    FILL,
    LIMIT,
    LITERAL,
    Source,
    splice_suffix,
    tabs_for,
    too_wide,
    width,
)

_RUN = re.compile(r"(?<=[^ \t])(?:[ \t]{2,}|\t)(?=[^ \t])")
_RULER = re.compile(r"([-=*_#~.+])\1{9,}")
_ARROW = re.compile(r"->(?=\w)")
_CAST = re.compile(r"\((?:(?:const|volatile|struct|union|enum|unsigned|signed) )*\w+ ?\*+\)(?=[\w(&])")
_SIZEOF = re.compile(r"\bsizeof[ \t]*\(")
_BINARY = re.compile(r"[ \t](&&|\|\||[-+*/%|&^]|<<|>>|[<>=!]=|[<>?:]|(?:[-+*/%|&^]|<<|>>)?=)(?=[ \t])")
_NO_BREAK_AFTER = re.compile(
    r"(?:\b(?:return|else|do|if|for|while|switch|case|goto|sizeof|struct|union|enum|static|extern|const|"
    r"unsigned|typedef|defined|inline|volatile|define|\#\w+)|\(void\))$")

# Cost of a break by what stands before it; each level of brackets adds _NESTING.
_NESTING = 2.0
# From here on a line that continues a statement is rather moved to the left than broken.
_UGLY = 20.0
_COST = {",": 0.0, "&&": 0.0, "||": 0.0, "?": 1.0, ":": 1.0, "+": 1.0, "-": 1.0, "|": 1.0, "=": 2.5}


def fix_width(src: Source) -> None:
    """Queues the edits that bring every line within 80 columns."""
    layout = Layout(src)
    for number, line in enumerate(src.lines):
        if not too_wide(line):
            continue
        if _shrink(src, number, line) or _comment(src, number, line):
            continue
        layout.read(number)
        _code(src, number, line, layout)


def _shrink(src: Source, number: int, line: str) -> bool:
    """Takes white space out of the line, from its end on, as far as that is enough."""
    mask = src.masks[number]
    runs = [found.span() for found in _RUN.finditer(line) if mask[found.start()] not in (COMMENT, LITERAL)]
    edits: list[tuple[int, int, str]] = []
    new = line
    for start, end in reversed(runs):
        splice = new[end:] == "\\"
        tab = not splice and "\t" in new[start:end]
        for gap in _gaps(new[start:end], tab, keep=new.startswith("#define") and start == 7):
            trial = new[:start] + gap + new[end:]
            if not too_wide(trial):
                at = src.starts[number]
                edits.append((start, end, gap))
                src.edits([(at + first, at + last, each) for first, last, each in edits], "shrink-blank")
                return True
        gap = "\t" if new.startswith("#define") and start == 7 else " "
        edits.append((start, end, gap))
        new = new[:start] + gap + new[end:]
    return False


def _gaps(run: str, tab: bool, keep: bool) -> list[str]:
    if keep:
        return ["\t"]
    gaps = ["\t" * count for count in range(run.count("\t") - 1, 0, -1)] if tab else []
    return [*gaps, " "]


# -- comments

def _comment(src: Source, number: int, line: str) -> bool:
    """A line too long by its comment.  True when an edit was queued or nothing can be done."""
    mask = src.masks[number]
    code = mask.strip(FILL)
    start = src.starts[number]
    if COMMENT not in mask:
        return False
    if not code:
        said = line.lstrip(BLANKS)
        closed = said.startswith("//") or (said.startswith("/*") and "*/" in said)
        if closed and (mask[:1] != COMMENT or line.startswith("/")):
            return _own_line(src, number, line)
        return _block_line(src, number, line)
    body = mask.rstrip(BLANKS)
    spliced = src.spliced(number)
    if spliced:
        body = body[:-1].rstrip(BLANKS)
    if body.endswith((COMMENT + ";", COMMENT + ",")):
        body = body[:-1]
    if not body.endswith(COMMENT):
        return False
    opened = len(body.rstrip(COMMENT))
    comment = line[opened:len(body)]
    if not (comment.startswith("/*") and comment.endswith("*/") or comment.startswith("//")):
        return False
    move_to_own_line(src, start + opened, start + len(body), "comment-moved")
    return True


def _own_line(src: Source, number: int, line: str) -> bool:
    lead = tabs_for(width(leading(line)))
    if len(lead) > 5:
        # Far to the right there is no room for words: the comment goes where the code around it stands.
        lead = "\t" * min(len(lead), max(1, src.lines[number - 1][:8].count("\t")))
    body = line.rstrip("\\").rstrip(BLANKS) if src.spliced(number) else line
    said = comment_text(body.strip(BLANKS))
    if body.count("/*") > 1:
        return False
    ruler = _RULER.search(body)
    start = src.starts[number]
    if ruler is not None and " " not in said:
        cut = width(body) - LIMIT + (2 if src.spliced(number) else 0)
        src.edit(start + ruler.start(), start + min(ruler.start() + cut, ruler.end() - 3), "", "comment-fill")
        return True
    lines = block_lines(lead, fill(said, LIMIT - width(lead) - 3 - (2 if src.spliced(number) else 0)))
    if src.spliced(number):
        lines = [each + splice_suffix(each, LIMIT - 8) for each in lines]
    src.edit(start, start + len(line), "\n".join(lines), "comment-fill")
    return True


def _block_line(src: Source, number: int, line: str) -> bool:
    """A line of a block comment: what is too long goes to a new line under it."""
    start = src.starts[number]
    spliced = src.spliced(number)
    body = line[:-1].rstrip(BLANKS) if spliced else line
    if not too_wide(body + (" \\" if spliced else "")):
        return False
    ruler = _RULER.search(body)
    if ruler is not None:
        cut = min(width(body) - LIMIT + (2 if spliced else 0), ruler.end() - ruler.start() - 3)
        src.edit(start + ruler.start(), start + ruler.start() + cut, "", "comment-fill")
        return True
    prefix = re.match(r"[ \t]*\*?[ \t]*", body)
    assert prefix is not None
    room = LIMIT - (2 if spliced else 0)
    at = len(body)
    while width(body[:at].rstrip(BLANKS)) > room:
        at = max(body.rfind(" ", prefix.end(), at), body.rfind("\t", prefix.end(), at))
        if at < 0:
            at = next((index for index in range(prefix.end(), len(body)) if body[index] in " \t"), -1)
            break
    if at <= prefix.end():
        # One word that no line holds, at most after some white space that can give way.
        short = re.match(r"[ \t]*\* ?", body)
        if short is not None and short.end() < prefix.end() and \
                not too_wide(short.group().rstrip() + " " + body[prefix.end():]):
            src.edit(start + short.end(), start + prefix.end(), "" if short.group().endswith(" ") else " ",
                     "comment-fill")
        return True
    first, rest = body[:at].rstrip(BLANKS), body[at:].strip(BLANKS)
    second = prefix.group() + rest
    if spliced:
        first += splice_suffix(first, width(line) - 1)
        second += splice_suffix(second, width(line) - 1)
    src.edit(start, start + len(line), first + "\n" + second, "comment-fill")
    return True


# -- code

def _breaks(mask: str, define: int) -> list[tuple[int, float]]:
    """Where the code of a line may be broken: offsets of the white space (or of nothing) that a line end
    replaces, with a cost."""
    depths = [0] * (len(mask) + 1)
    depth = 0
    sizeof: list[tuple[int, int]] = []
    for found in _SIZEOF.finditer(mask):
        level = 0
        for index in range(found.end() - 1, len(mask)):
            level += (mask[index] == "(") - (mask[index] == ")")
            if level == 0:
                sizeof.append((found.start() + 1, index))
                break
        else:
            sizeof.append((found.start() + 1, len(mask)))
    for index, char in enumerate(mask):
        if char in ")]}":
            depth -= 1
        depths[index] = depth
        if char in "([{":
            depth += 1
    depths[len(mask)] = depth
    casts = [found.span() for found in _CAST.finditer(mask)]
    low = min(depths)
    first = len(leading(mask))
    found_breaks: dict[int, float] = {}

    def put(at: int, cost: float) -> None:
        if mask[at:at + 8].lstrip(BLANKS).startswith("#"):
            return
        if (first < at < len(mask) and at > define and mask[at:].strip(BLANKS)
                and not any(a <= at <= b for a, b in sizeof)):
            cost += _NESTING * (depths[at] - low)
            if any(a < at < b for a, b in casts):
                cost += _UGLY
            if at not in found_breaks or cost < found_breaks[at]:
                found_breaks[at] = cost

    for index, char in enumerate(mask):
        if char == "," and mask[index + 1:index + 2] in (" ", "\t"):
            put(index + 1, 0.0)
        elif char in "([" and index and mask[index + 1:index + 2] not in ("", ")", "]", " ", "("):
            put(index + 1, (6.0 if mask[index - 1] not in " \t(!" else 9.0) - _NESTING)
        elif char == ";" and depths[index] > low and mask[index + 1:index + 2] == " ":
            put(index + 1, 0.5)
        elif char == "{" and mask[index + 1:index + 2] == " ":
            put(index + 1, 3.0 - _NESTING)
        elif char == '"' and re.match(r'"[ \t]+(?=["\w])', mask[index:]):
            put(index + 1, 0.5)
    for found in _BINARY.finditer(mask):
        operator = found.group(1)
        put(found.end(1), _COST.get(operator, _COST["="] if operator.endswith("=") and operator not in
                                    ("==", "!=", "<=", ">=") else 2.0))
    for index, char in enumerate(mask):
        if (char in " \t" and index not in found_breaks and index and mask[index - 1] not in " \t"
                and not _NO_BREAK_AFTER.search(mask[:index])
                and not _starts_operator(mask[index:].lstrip(BLANKS))):
            put(index, 8.0)
    for found in _ARROW.finditer(mask):
        put(found.end(), 12.0)
    return sorted(found_breaks.items())


def _starts_operator(rest: str) -> bool:
    return re.match(r"&&|\|\||[,;){]|[-+*/%|&^<>=!?:]+[ \t]", rest) is not None


def _code(src: Source, number: int, line: str, layout: Layout) -> None:
    mask = src.masks[number]
    spliced = src.spliced(number)
    macro = src.in_macro(number) or spliced or mask.startswith("#")
    body = mask.rstrip(FILL)
    start = src.starts[number]
    if mask.startswith(("#include", "#error", "#warning", "#pragma", "#endif", "#else")):
        return
    lead = leading(line)
    limit = LIMIT - 2 if macro else LIMIT
    if spliced and width(line[:len(body)]) <= limit and len(body) == len(mask.rstrip(FILL)):
        tail = line[len(body):-1]
        if not tail.strip(BLANKS):
            src.edit(start + len(body), start + len(line) - 1, " ", "shrink-blank")
            return
    gap = src.gap(number)
    define = 0
    if mask.startswith("#"):
        head = re.match(r"#define[ \t]+\w+(?:\([^()]*\))?|#\w+", mask, re.A)
        define = head.end() - 1 if head is not None else 0
        more = "\t"
    else:
        # Several statements on the line: each gets its own.
        points = split_points(body) if lead or src.in_function(number) else []
        if points and not (layout.base[number] != number and layout.base[number] >= 0):
            for at, depth in points:
                blanks = len(mask[:at]) - len(mask[:at].rstrip(BLANKS))
                src.edit(start + at - blanks, start + at, gap + lead + "\t" * depth, "statement-line")
            return
        tabs = lead[:len(lead) - len(lead.lstrip("\t"))]
        continues = 0 <= layout.base[number] < number and not body.lstrip(BLANKS).startswith(("{", "}"))
        if continues and lead:
            more = lead
        elif macro and not tabs:
            more = "\t"
        else:
            more = tabs + "    "
    word_only = not more.strip(" ") and more != "" and "\t" not in more
    if word_only and src.in_function(number):
        more, word_only = "\t", False
    candidates = _breaks(body, define)
    if mask.startswith("#define") and re.match(r"[ \t]*\S", body[define + 1:]):
        at = define + 1
        candidates = [(at, 1.0), *[each for each in candidates if each[0] != at]]
    if word_only:
        kept = [each for each in candidates if re.match(r"[\w.]", line[each[0]:].lstrip(BLANKS), re.A)]
        if kept or not re.match(r"\w+\(", mask, re.A):
            candidates = kept
        else:
            at = mask.index("(") + 1
            src.edit(start + at, start + at, gap + "\t", "code-break")
            return
    if not continues_header(mask) and word_only and not candidates:
        candidates, more = _breaks(body, define), "\t"
    choice, cost = _choose(line, body, candidates, more, limit)
    if (choice < 0 or cost >= 10.0) and _pull_back(src, number, line, layout):
        return
    literal = _literal(line, body, limit)
    if literal is not None:
        opened, closed = literal
        room = limit - width(more)
        ending = body[closed + 1:]
        alone = closed - opened + 1 + len(ending) - len(ending.lstrip(",;)"))
        before = [each for each in candidates if each[0] <= opened and not line[each[0]:opened].strip(" \t(")]
        before.sort(key=lambda each: each[1])
        if before and opened > len(lead):
            alone += len(line[before[0][0]:opened].strip(BLANKS))
        if alone <= room and before and opened > len(lead):
            choice = before[0][0]
        elif opened <= len(lead) or width(line[:opened]) + 20 <= limit or not before:
            cut = _literal_cut(line, opened, closed, limit)
            if cut > 0:
                if word_only:
                    if mask[:opened].endswith("(") and _open_header(mask, opened):
                        src.edit(start + opened, start + opened, gap + "\t", "code-break")
                        return
                    more = "\t"
                src.edit(start + cut, start + cut, '"' + gap + more + '"', "literal-split")
                return
        else:
            choice = before[0][0]
    if choice > 0:
        blanks = len(line[choice:]) - len(line[choice:].lstrip(BLANKS))
        src.edit(start + choice, start + choice + blanks, gap + more, "code-break")


def continues_header(mask: str) -> bool:
    return re.match(r"\w+\(", mask, re.A) is not None


def _open_header(mask: str, opened: int) -> bool:
    return re.match(r"\w+\($", mask[:opened], re.A) is not None


def _choose(line: str, body: str, candidates: list[tuple[int, float]], more: str,
            limit: int) -> tuple[int, float]:
    """The cheapest break that fits, the one furthest to the right among equals, and its cost; -1 without one."""
    best: tuple[float, int] | None = None
    for at, cost in candidates:
        if width(line[:at].rstrip(BLANKS)) > limit:
            continue
        rest = width(more + line[at:len(body)].lstrip(BLANKS))
        if rest >= width(line[:len(body)]):
            continue        # the break would gain nothing
        if rest > limit:
            cost += 0.5
        key = (cost, -at)
        if best is None or key < best:
            best = key
    return (-best[1], best[0]) if best is not None else (-1, 0.0)


def _literal(line: str, body: str, limit: int) -> tuple[int, int] | None:
    """The string literal that runs over the limit: offsets of its quotes."""
    for found in re.finditer('"\x02*"', body):
        if width(line[:found.end()]) > limit and width(line[:found.start()]) < limit:
            return found.start(), found.end() - 1
        tail = re.match(r"[,;)]*", body[found.end():])
        if tail and width(line[:found.end() + tail.end()]) > limit and width(line[:found.start()]) < limit:
            return found.start(), found.end() - 1
    return None


def _literal_cut(line: str, opened: int, closed: int, limit: int) -> int:
    """Where to split a literal so that its first part fits: after a space; -1 without one."""
    at = closed
    while at > opened + 1:
        at = line.rfind(" ", opened + 1, at)
        if at < 0:
            return -1
        if width(line[:at + 1]) + 1 <= limit and at + 1 < closed:
            return at + 1 if line[opened - 1:opened] not in ("L", "u", "U") else -1
    return -1


def _pull_back(src: Source, number: int, line: str, layout: Layout) -> bool:
    """A line that continues a statement may start further to the left.  True when that is enough."""
    lead = leading(line)
    if not 0 <= layout.base[number] < number or "\t" not in lead:
        return False
    body = line[len(lead):]
    tabs = lead.count("\t")
    for count in range(tabs, 0, -1):
        for new in ("\t" * count + "    ", "\t" * count):
            if width(new) < width(lead) and not too_wide(new + body):
                src.edit(src.starts[number], src.starts[number] + len(lead), new, "pull-back")
                return True
    return False
