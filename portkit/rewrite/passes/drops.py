"""Leave out what illumos has no counterpart for, and all that existed only for it.

Seeds are the [[nocounterpart]] symbols of the tables, methods of DEVMETHOD tables that a [[method]] row
drops, and the [[drop]] entries of the family's port file. From there it spreads: a declaration that
mentions a dropped name in its signature goes, a structure loses the member, a statement that calls or sets
it goes, and a static function or variable that nothing refers to any more goes with the reason of the last
thing that did.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from portkit.frontend.lexer import Token
from portkit.frontend.structure import Declaration
from portkit.frontend.unit import Ref, SourceFile
from portkit.rewrite.context import Context, Dropped, whole_lines
from portkit.rewrite.edit import Edit
from portkit.rewrite.passes.dead import Dead
from portkit.rewrite.passes.never import Never, label_end
from portkit.rewrite.passes.newbus import is_table
from portkit.rewrite.statements import HEADS, else_start, removal, statement_close
from portkit.rules.pattern import CLOSE, OPEN, Span, matching_close, matching_open, statement_end, statement_start


def run(context: Context) -> None:
    _Drops(context).run()


class _Drops:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.outside = dict(context.rules.nocounterpart)
        self.names: dict[str, str] = {}             # the family's own names that are dropped -> reason
        self.gone: set[tuple[Path, int]] = set()    # declarations taken out (file, first token)
        self.spans: dict[Path, list[tuple[int, int]]] = {}      # bytes taken out
        self.statements: set[tuple[Path, int]] = set()

    def run(self) -> None:
        context = self.context
        for file in list(context.files()):
            why = self._dropped_driver(file)
            if why:
                context.dropped_files[file.path] = why
                context.dropped.append(Dropped(file.path, 1, f"the file {file.path.name}", why))
                for item in context.outline(file).declarations:
                    if item.name and item.kind in ("function", "variable"):
                        self.names[item.name] = why
        self.names.update(context.dropped_functions)
        dead = Dead(self)
        for _ in range(24):
            before = self._size()
            for file in context.files():
                self._file(file)
            self._unreferenced()
            dead.round()
            if before == self._size():
                break
        dead.finish()
        dead.structures()
        context.dropped_functions.update(self.names)

    def _size(self) -> tuple[int, ...]:
        return (len(self.names), len(self.gone), len(self.statements), sum(map(len, self.spans.values())))

    # -- what starts it --------------------------------------------------------------------------------------

    def _dropped_driver(self, file: SourceFile) -> str:
        """The reason why a whole file goes: its only driver registers something that has no counterpart."""
        named = self.context.dropped_files.get(file.path)
        if named:
            return named
        tokens = file.tokens
        if not any(token.text == "DRIVER_MODULE" for token in tokens):
            return ""
        for token in tokens:
            why = self.context.driver_scope.get(token.text)
            if why and isinstance(token.ref, Ref) and token.ref.external and not token.skipped:
                return why
        return ""

    def _seed(self, token: Token) -> str:
        """The reason if a token names something that is dropped."""
        if token.kind != "i" or token.skipped:
            return ""
        ref = token.ref
        if isinstance(ref, Ref) and ref.external:
            return self.outside.get(token.text, "")
        return self.names.get(token.text, "")

    # -- one file --------------------------------------------------------------------------------------------

    def _file(self, file: SourceFile) -> None:
        for directive in file.directives:
            if directive.name == "define" and directive.macro and directive.macro not in self.names:
                why = next((reason for token in directive.body if (reason := self._seed(token))), "")
                if why and len(directive.body) > 12:
                    self.names[directive.macro] = why
                    start = file.text.rfind("\n", 0, directive.start) + 1
                    self.take(file, start, min(len(file.text), directive.line_end + 1), why,
                               f"#define {directive.macro}")
        for item in self.context.outline(file).declarations:
            if (file.path, item.first) in self.gone or is_table(file, item):
                continue
            self._declaration(file, item)

    def _declaration(self, file: SourceFile, item: Declaration) -> None:
        tokens = file.tokens
        if item.kind == "function":
            why = self.names.get(item.name, "") or self._first(tokens, item.first, item.body[0])
            if why:
                self.names.setdefault(item.name, why)
                self._drop_declaration(file, item, why, f"function {item.name}")
            else:
                self._body(file, item)
        elif item.kind in ("prototype", "variable", "macro", "other"):
            why = self.names.get(item.name, "") or self._first(tokens, item.first, item.last)
            if why:
                if item.kind == "variable" and item.name:
                    self.names.setdefault(item.name, why)
                what = {"prototype": "prototype of ", "variable": "variable ", "macro": ""}.get(item.kind, "")
                self._drop_declaration(file, item, why, f"{what}{item.name}")
        elif item.kind in ("struct", "typedef"):
            for member in item.members:
                key = (file.path, member.first)
                if key in self.gone:
                    continue
                why = self._first(tokens, member.first, member.last)
                if why:
                    self.gone.add(key)
                    self.names.setdefault(member.name, why)
                    self.take(file, tokens[member.first].start, tokens[member.last - 1].end, why,
                               f"member {member.name}")

    def _first(self, tokens: list[Token], first: int, last: int) -> str:
        return next((why for token in tokens[first:last] if (why := self._seed(token))), "")

    def _body(self, file: SourceFile, item: Declaration) -> None:
        tokens = file.tokens
        at = item.body[0]
        while at < item.body[1]:
            why = self._seed(tokens[at])
            if not why or self.inside(file, tokens[at].start):
                at += 1
                continue
            at = self.leave_out(file, at, item, why)

    def leave_out(self, file: SourceFile, at: int, item: Declaration, why: str) -> int:
        """Take out the statement that a token stands in; the index behind it.

        A condition that asks for what is not there does not hold: the branch that is taken then stays.
        """
        tokens = file.tokens
        head = self._asking(tokens, at, item)
        if head >= 0 and self._decided(file, head, item, why):
            return max(at + 1, matching_close(tokens, head + 1))
        first = head if head >= 0 else statement_start(tokens, at)
        while head < 0 and first - 1 > item.body[0] and tokens[first - 1].text in ("(", "["):
            first = statement_start(tokens, first - 1)          # an argument of a call
        if tokens[first].text == "case":
            self._never(file, item).label(first, why)
            return max(at + 1, label_end(tokens, first, item.body[1]))
        last = statement_close(tokens, first) if head >= 0 else statement_end(tokens, first)
        self.remove(file, (first, last), item, why)
        return max(at + 1, last)

    def remove(self, file: SourceFile, span: Span, item: Declaration, why: str, what: str = "") -> None:
        """Take out a statement, with an `if` or `else` that governs nothing else."""
        tokens = file.tokens
        found = removal(tokens, span, lambda at: bool(self.inside(file, tokens[at].start)))
        key = (file.path, found.first)
        if key in self.statements:
            return
        self.statements.add(key)
        if not what:
            named = span if tokens[found.first].text == "else" else (found.first, found.last)
            what = self._shorten(file, tokens, *named)
        self.take(file, else_start(file, found.first), tokens[found.last - 1].end, why, f"in {item.name}(): {what}",
                  stays=found.stays)

    def _asking(self, tokens: list[Token], at: int, item: Declaration) -> int:
        """Index of the `if`, loop or `switch` whose parentheses hold the token; -1 when there is none."""
        number = at - 1
        clauses = False                 # of a `for`
        while number > item.body[0]:
            text = tokens[number].text
            if text in CLOSE:
                number = matching_open(tokens, number)
            elif text == ";":
                clauses = True
            elif text in OPEN:
                before = tokens[number - 1].text
                if text == "(" and (before == "for" or (not clauses and (before in HEADS or "FOREACH" in before))):
                    return number - 1
                if text == "{" or clauses:
                    return -1
            number -= 1
        return -1

    def _decided(self, file: SourceFile, head: int, item: Declaration, why: str) -> bool:
        """Of an `if` with an `else` leave that one; the body of a `do` runs once. False for what goes as a whole."""
        tokens = file.tokens
        close = matching_close(tokens, head + 1)
        if tokens[head].text == "if":
            if tokens[statement_close(tokens, close + 1)].text != "else":
                return False
            self._never(file, item).decide(head, False, why)
            return True
        if tokens[head].text == "while" and tokens[close + 1].text == ";" and self._ends_do(tokens, head, item):
            self.take(file, tokens[head + 2].start, tokens[close - 1].end, why,
                      f"in {item.name}(): {self._shorten(file, tokens, head, close + 1)}", comment=False, stays="0")
            return True
        return False

    @staticmethod
    def _ends_do(tokens: list[Token], keyword: int, item: Declaration) -> bool:
        if tokens[keyword - 1].text == "}":
            return tokens[matching_open(tokens, keyword - 1) - 1].text == "do"
        return any(tokens[at].text == "do" and statement_close(tokens, at + 1) == keyword
                   for at in range(keyword - 1, item.body[0] - 1, -1))

    def _never(self, file: SourceFile, item: Declaration) -> Never:
        return Never(file, item, {}, lambda where, at: "", self.inside, self.take, self.remove)

    @staticmethod
    def _shorten(file: SourceFile, tokens: list[Token], first: int, last: int) -> str:
        return " ".join(file.text[tokens[first].start:tokens[last - 1].end].split())[:60]

    # -- what nothing refers to any more ---------------------------------------------------------------------

    def _unreferenced(self) -> None:
        """Static functions and variables that only dropped text referred to."""
        context = self.context
        for file in context.files():
            candidates = {item.name: item for item in context.outline(file).declarations
                          if item.kind in ("function", "variable") and item.static and item.name
                          and item.name not in self.names}
            if not candidates:
                continue
            live: set[str] = set()
            lost: dict[str, str] = {}
            for token in self._words(file):
                found = candidates.get(token.text)
                if found is None or (isinstance(token.ref, Ref) and token.ref.kind in ("member", "param")):
                    continue
                start, end = file.tokens[found.first].start, file.tokens[found.last - 1].end
                if start <= token.start < end or self._is_declarator(file, token):
                    continue
                why = self.inside(file, token.start)
                if why:
                    lost.setdefault(token.text, why)
                else:
                    live.add(token.text)
            for name, why in lost.items():
                if name not in live:
                    self.names[name] = why

    @staticmethod
    def _words(file: SourceFile) -> Iterator[Token]:
        for token in file.lexed.raw_identifiers:
            if not token.skipped:
                yield token

    def _is_declarator(self, file: SourceFile, token: Token) -> bool:
        """Whether the word is where something is declared, not where it is used."""
        return any(item.name_token >= 0 and file.tokens[item.name_token] is token
                   for item in self.context.outline(file).declarations)

    # -- taking out ------------------------------------------------------------------------------------------

    def _drop_declaration(self, file: SourceFile, item: Declaration, why: str, what: str) -> None:
        self.gone.add((file.path, item.first))
        tokens = file.tokens
        self.take(file, tokens[item.first].start, tokens[item.last - 1].end, why, what)

    def take(self, file: SourceFile, start: int, end: int, why: str, what: str, comment: bool = True,
             quiet: bool = False, stays: str = "") -> None:
        """Take out bytes, with the `comment` above them; `quiet` ones say nothing in the report.

        `stays`: what comes in their place.
        """
        if comment:
            start = self._with_comment(file, start)
        context = self.context
        if quiet:
            if end - start > 1:
                start, end = whole_lines(file.text, start, end)
            context.edit(file, start, end, [], "drops", "native")
            return
        if stays:
            context.dropped.append(Dropped(file.path, file.line(start), what, why))
            context.edit(file, start, end, [stays], "drops", "dropped", why=why, what=what)
        else:
            context.remove(file, start, end, "drops", "dropped", why, what)
        edit: Edit = context.edits[file.path][-1]
        self.spans.setdefault(file.path, []).append((edit.start, edit.end))
        # What lay inside is part of this now.
        inside = [other for other in context.edits[file.path][:-1]
                  if other.rule == "drops" and edit.start <= other.start and other.end <= edit.end]
        for other in inside:
            context.edits[file.path].remove(other)

    def _with_comment(self, file: SourceFile, start: int) -> int:
        """Start of the comment that stands right above, on lines of its own, and belongs to what goes."""
        line = file.text.rfind("\n", 0, start) + 1
        if file.text[line:start].strip():
            return start
        for first, last in file.lexed.comments:
            if last <= start and file.text[last:start].strip(" \t") == "\n":
                comment_line = file.text.rfind("\n", 0, first) + 1
                if not file.text[comment_line:first].strip() and "Copyright" not in file.text[first:last]:
                    return first
        return start

    def inside(self, file: SourceFile, offset: int) -> str:
        """The reason if an offset lies in text that is taken out."""
        for first, last in self.spans.get(file.path, ()):
            if first <= offset < last:
                edit = next(edit for edit in self.context.edits[file.path] if edit.start <= offset < edit.end
                            and edit.rule == "drops")
                return edit.why
        return ""
