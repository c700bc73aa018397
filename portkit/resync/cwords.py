"""A C text as words, with its top-level blocks: what is compared where two people laid out the same code differently.

A word is a token with its place.  Spacing, line breaks, comments (unless asked for), the parentheses of `return (x)`
and a `(void)` before a call say nothing about what a line is, and are no words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from portkit.frontend.lexer import KEYWORDS
from portkit.resync.moves import Block, blocks
from portkit.resync.textmerge import lines

_TOKEN = re.compile(
    rb"""(?P<space>(?:\s|\\\r?\n)+)
  | (?P<comment>/\*.*?\*/|//[^\n]*)
  | (?P<word>(?<![^\n])[ \t]*\#[ \t]*include[ \t]*(?:<[^>\n]*>|"[^"\n]*")
     | [A-Za-z_]\w* | \.?[0-9](?:[eEpP][+-]|[\w.])* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
     | -> | \+\+ | -- | <<=? | >>=? | [-+*/%&|^=!<>]= | && | \|\| | \.\.\. | \#\# | .)""",
    re.VERBOSE | re.DOTALL)
_TALK = re.compile(rb"\w+|/\*+-?|\*+/|[^\w\s]")
_KEYWORD = re.compile(rb"\$FreeBSD[^$\n]*\$")
_NAME = re.compile(rb"[A-Za-z_]\w*\Z")
_OPEN, _CLOSE = b"([{", b")]}"


def without_keywords(data: bytes) -> bytes:
    """A version control's own expansions taken back: they differ from tree to tree where nobody changed a file."""
    return _KEYWORD.sub(b"$FreeBSD$", data)


@dataclass(frozen=True)
class Word:
    text: bytes
    start: int
    end: int
    line: int                   # from 0
    comment: bool = False

    @property
    def name(self) -> bool:
        return not self.comment and _NAME.match(self.text) is not None and self.text.decode() not in KEYWORDS


class Source:
    """One file of upstream's or of the port."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name, self.data = name, data
        self.lines = lines(data)
        self.starts = [0, *accumulate(len(line) for line in self.lines)]
        self.blocks = blocks(self.lines)

    @cached_property
    def talk(self) -> list[Word]:
        """All words, those of comments too."""
        return list(self._scan())

    @cached_property
    def code(self) -> list[Word]:
        return _bare([word for word in self.talk if not word.comment])

    @cached_property
    def names(self) -> frozenset[bytes]:
        """The identifiers in its code, and the headers it includes."""
        return frozenset(word.text for word in self.code if word.name or word.text.startswith(b"#include"))

    def _scan(self) -> Iterator[Word]:
        at, line = 0, 0
        while at < len(self.data):
            found = _TOKEN.match(self.data, at)
            assert found is not None
            at = found.end()
            if found.lastgroup == "word":
                text = found.group()
                start = found.start()
                if b"include" in text and text.lstrip().startswith(b"#"):
                    text = b"#include" + text.split(b"include", 1)[1].strip().replace(b"\t", b" ")
                line = bisect_right(self.starts, start, lo=line) - 1
                yield Word(text, start, at, line)
            elif found.lastgroup == "comment":
                for part in _TALK.finditer(found.group()):
                    text, start = part.group(), found.start() + part.start()
                    line = bisect_right(self.starts, start, lo=line) - 1
                    if text == b"*" and not self.data[self.starts[line]:start].strip():
                        continue        # the star that a comment's line begins with
                    text = b"/*" if text.startswith(b"/*") else b"*/" if text.endswith(b"*/") else text
                    yield Word(text, start, found.start() + part.end(), line, comment=True)

    def block_of(self, first: int, last: int) -> Block | None:
        """The block that lines [first, last) are inside of; for an empty stretch, that it is between the lines of."""
        for block in self.blocks:
            if block.start <= first and last <= block.end and (first < last or block.start < first < block.end):
                return block
        return None

    def stream(self, block: Block | None, comments: bool) -> list[Word]:
        """The words of a block, or those outside of all blocks, with each block as one word."""
        words = self.talk if comments else self.code
        if block is not None:
            low = bisect_right(words, block.start - 1, key=lambda word: word.line)
            return words[low:bisect_right(words, block.end - 1, key=lambda word: word.line)]
        out: list[Word] = []
        at = 0
        for block in self.blocks:
            low = bisect_right(words, block.start - 1, key=lambda word: word.line)
            out += words[at:low]
            out.append(Word(f"\0{block.kind} {block.name}".encode("latin-1"), self.starts[block.start],
                            self.starts[block.end], block.start))
            at = bisect_right(words, block.end - 1, key=lambda word: word.line)
        return out + words[at:]


def _bare(words: list[Word]) -> list[Word]:
    """Without the parentheses that only a house style asks for."""
    gone = {index for pair in doubled(words) for index in pair}
    for index, word in enumerate(words):
        if word.text == b"return" and words[index + 1:index + 2] and words[index + 1].text == b"(":
            depth = 0
            for end in range(index + 1, len(words)):
                depth += (words[end].text == b"(") - (words[end].text == b")")
                if depth == 0:
                    if words[end + 1:end + 2] and words[end + 1].text == b";":
                        gone |= {index + 1, end}
                    break
        elif (word.text == b"(" and [one.text for one in words[index + 1:index + 3]] == [b"void", b")"]
              and index and words[index - 1].text in (b";", b"{", b"}", b")", b"else", b":")
              and words[index + 3:index + 4] and words[index + 3].name):
            gone |= {index, index + 1, index + 2}
    return [word for index, word in enumerate(words) if index not in gone]


def doubled(words: list[Word]) -> list[tuple[int, int]]:
    """The inner parentheses of each `f((x))`, where they hold one argument."""
    out = []
    for index in range(1, len(words) - 1):
        if words[index].text != b"(" or words[index + 1].text != b"(" or not words[index - 1].name or \
                words[index - 1].text.startswith(b"__"):
            continue
        depth = 0
        for end in range(index + 1, len(words) - 1):
            depth += (words[end].text == b"(") - (words[end].text == b")")
            if not depth and words[end + 1].text == b")":
                out.append((index + 1, end))
            if not depth or depth == 1 and words[end].text in (b",", b";"):
                break
    return out


def balance(words: list[Word]) -> tuple[int, ...]:
    """What is opened more often than closed: ( [ { and #if."""
    out = [0, 0, 0, 0]
    for index, word in enumerate(words):
        if word.comment:
            continue
        if word.text in (b"(", b"[", b"{"):
            out[_OPEN.index(word.text)] += 1
        elif word.text in (b")", b"]", b"}"):
            out[_CLOSE.index(word.text)] -= 1
        elif word.text == b"#" and words[index + 1:index + 2]:
            then = words[index + 1].text
            out[3] += then in (b"if", b"ifdef", b"ifndef")
            out[3] -= then == b"endif"
    return tuple(out)


_TYPE = rb"(?:(?:static|const|volatile|struct|union|enum|unsigned|signed|long|register|__volatile)\s+)*[A-Za-z_]\w*"
_DECLARES = re.compile(rb"(?:^|[({,;])\s*" + _TYPE + rb"(?:\s+|\s*\*+\s*)(?:const\s+)?"
                       rb"(\w+(?:\s*,\s*\**\w+)*)\s*(?:\[[^]]*\]\s*)*(?=[;=,)]|/\*|$)", re.MULTILINE)
_NOT_A_TYPE = re.compile(rb"\s*(?:[({,;]\s*)?(?:return|goto|else|case|extern|typedef|sizeof|do)\b")
_DEFINED = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)|^([A-Za-z_]\w*)\([^;]*?\)\s*\{|^struct\s+(\w+)\s*\{",
                      re.MULTILINE)
_EXTERN = re.compile(rb"^[ \t]*extern\b[^;{]*;|^[A-Za-z_][\w \t*]*\b\w+\([^;{}]*\);", re.MULTILINE)
_PROTOTYPE = re.compile(rb"^[A-Za-z_][\w \t*]*?\b(\w+)\([^;{}]*\);", re.MULTILINE)
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)


def declared(text: bytes) -> set[bytes]:
    """The names that a text defines: variables, members, parameters, functions, macros.  What is only announced
    (`extern`, a prototype) is not among them."""
    bare = _EXTERN.sub(b"", _COMMENT.sub(b"", text))
    out = {next(name for name in found if name) for found in _DEFINED.findall(bare)}
    for found in _DECLARES.finditer(bare):
        if not _NOT_A_TYPE.match(found.group()):
            out |= set(re.findall(rb"\w+", found.group(1)))
    return {name for name in out if _NAME.match(name) and name.decode() not in KEYWORDS}


def announced(text: bytes) -> set[bytes]:
    """The names that prototypes in a text announce."""
    return set(_PROTOTYPE.findall(_COMMENT.sub(b"", text)))
