"""Members of FreeBSD's structures that illumos keeps elsewhere: the [[member]] rows of the tables.

A row says what a member becomes, with `$o` for a pointer to the structure that holds it: `ccb_hdr.target_id` is
`$o->ap->a_target`.  What is written depends on how the author got there: from `x->m` the pointer is `x`, from `x.m` it
is `&x`, and where a row says that a member is the object itself (`$o`), the chain goes on from that object.  So
`ccb->ccb_h.target_id` gives `ccb->ap->a_target`, and `&ccb->ccb_h` gives `ccb`.

An edit takes no more of the text than it has to: rules that match the expression around it see it as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from portkit.frontend.lexer import Token
from portkit.frontend.unit import Ref
from portkit.rewrite.context import Context, Region
from portkit.rewrite.dataflow import ASSIGNMENTS, Facts, is_prefix
from portkit.rewrite.edit import Kept, Part
from portkit.rules.loader import MemberRow
from portkit.rules.pattern import matching_open, postfix_start, split_arguments

_OPERATORS = ("->", ".")
_STEPS = ("++", "--")


def run(context: Context) -> None:
    rules = context.rules
    if not rules.members:
        return
    names = {name for _, name in rules.members}
    facts = Facts.of(context)
    for file in context.files():
        for region in context.regions(file):
            work = _Work(context, facts, region)
            for at, token in enumerate(region.tokens):
                if token.kind == "i" and token.text in names and not token.skipped:
                    work.member(at)


@dataclass(frozen=True)
class _Use:
    """One use of a member that a row is on."""

    row: MemberRow
    at: int                     # its token
    start: int                  # first token of the expression to the left of its operator; -1: there is none
    operator: str               # what reaches it once the chain before it is rewritten: -> or .


class _Work:
    def __init__(self, context: Context, facts: Facts, region: Region) -> None:
        self.context = context
        self.facts = facts
        self.region = region
        self.tokens = region.tokens
        self._uses: dict[int, _Use | None] = {}

    # -- which row -------------------------------------------------------------------------------------------

    def use(self, at: int) -> _Use | None:
        """The row on the member that a token names, and how it is reached."""
        if at not in self._uses:
            self._uses[at] = None
            self._uses[at] = self._find(at)
        return self._uses[at]

    def _find(self, at: int) -> _Use | None:
        tokens = self.tokens
        token = tokens[at]
        ref = token.ref
        dotted = at > 0 and tokens[at - 1].text in _OPERATORS
        if isinstance(ref, Ref):
            if not ref.external or ref.kind not in ("member", "macro"):
                return None
        elif self.region.directive is None or token.text in self.context.program.own_names:
            return None
        if not dotted:
            # The body of `#define scb_ptr spriv_ptr0`, or the argument of a macro, `LIST_NEXT(x, links.le)`: what is
            # written in front of it stands elsewhere.
            if self.region.directive is None:
                owner = ref.owner if isinstance(ref, Ref) and ref.kind == "member" else ""
                row = self.context.rules.members.get((owner, token.text))
            else:
                row = self._only_row(token.text) if at == 0 else None
            return None if row is None else _Use(row, at, -1, "")
        row = self._row(at)
        if row is None:
            return None
        start = postfix_start(tokens, at - 1)
        before = self.use(at - 2) if tokens[at - 2].kind == "i" else None
        operator = tokens[at - 1].text
        if before is not None and before.row.pointer:
            operator = before.operator if before.row.emit == "$o" else "->"
        return _Use(row, at, start, operator)

    def _row(self, at: int) -> MemberRow | None:
        members = self.context.rules.members
        name = self.tokens[at].text
        ref = self.tokens[at].ref
        owner = ref.owner if isinstance(ref, Ref) and ref.kind == "member" else ""
        if owner and "(" not in owner:
            return members.get((owner, name))
        before = self._before(at)
        inside = self.use(before) if before >= 0 else None
        if inside is not None:
            return members.get((inside.row.type or f"{inside.row.of}.{self.tokens[before].text}", name))
        start = postfix_start(self.tokens, at - 1)
        if self.region.directive is not None and not owner:
            return members.get((self._argument_tag(start, at - 1), name)) or self._only_row(name)
        if start < 0:
            return None
        tag = self.facts.tag(self.facts.type_of(self.region.file, (start, at - 1)))
        return members.get((tag, name))

    def _argument_tag(self, first: int, last: int) -> str:
        """The structure that a macro's parameter points at, by the arguments that the driver gives it."""
        directive = self.region.directive
        names = [token.text for token in self.tokens[max(first, 0):last] if token.text not in ("(", ")")]
        params = list(directive.params or ()) if directive is not None else []
        if directive is None or len(names) != 1 or names[0] not in params:
            return ""
        number = params.index(names[0])
        tags = set()
        for file, at in self.facts.index.get(directive.macro or "", ()):
            if at + 1 < len(file.tokens) and file.tokens[at + 1].text == "(":
                arguments = split_arguments(file.tokens, at + 1)
                if number < len(arguments):
                    tags.add(self.facts.tag(self.facts.type_of(file, arguments[number])))
        return tags.pop() if len(tags) == 1 else ""

    def _before(self, at: int) -> int:
        """The member to the left of a member's operator, subscripts left out; -1 when there is none."""
        number = at - 2
        while number > 0 and self.tokens[number].text == "]":
            number = matching_open(self.tokens, number) - 1
        return number if number >= 0 and self.tokens[number].kind == "i" else -1

    def _only_row(self, name: str) -> MemberRow | None:
        """The row of a member's name where no type tells which: all rows on that name must be of one mind."""
        rows = [row for (_, one), row in self.context.rules.members.items() if one == name]
        alike = {(row.emit, row.pointer, row.kind == "residue") for row in rows}
        return rows[0] if len(alike) == 1 else None

    # -- what is written -------------------------------------------------------------------------------------

    def member(self, at: int) -> None:
        tokens = self.tokens
        use = self.use(at)
        if use is None:
            return
        hint = self._unfit(use)
        if hint:
            self._left(at, hint)
            return
        row = use.row
        if row.emit is None:
            self._edit(use, tokens[at].start, tokens[at].end, [Kept(tokens[at].start, tokens[at].end, raw=True)])
            self._follow(at)
        elif use.start < 0:
            self._leading(use)
        elif self._comparison(use):
            return
        elif row.emit == "$o":
            self._itself(use)
        elif row.emit.startswith("$o->"):
            text = row.emit[2:] if use.operator == "->" else "." + row.emit[4:]
            if row.pointer or row.array:
                self._address_of(use)
            self._edit(use, tokens[at - 1].start, tokens[at].end, [text])
        else:
            self._around(use, row.emit)

    def _unfit(self, use: _Use) -> str:
        """Why a use cannot be written with the row; '' when it can."""
        row, tokens, at = use.row, self.tokens, use.at
        if row.kind == "residue":
            return row.hint
        if use.start < 0 and use.operator:
            return (f"{tokens[at].text} is named without an object (an initialiser, offsetof): illumos keeps it "
                    "elsewhere, see the [[member]] row")
        if row.emit is None:
            return ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if not row.lvalue and use.start >= 0:
            before = tokens[use.start - 1].text if use.start else ""
            if after in ASSIGNMENTS or after in _STEPS or before in _STEPS or self._ampersand(use) >= 0:
                return row.hint or f"{tokens[at].text} cannot be stored to: {row.emit.replace('$o', 'x')} is worked out"
        if row.array and use.start > 1 and after == ")" and tokens[use.start - 2].text == "sizeof":
            return f"{tokens[at].text} has no size of its own in illumos: it is a pointer"
        return ""

    def _left(self, at: int, hint: str) -> None:
        token = self.tokens[at]
        self.context.edit(self.region.file, token.start, token.end, [Kept(token.start, token.end, raw=True)],
                          "members", "residue", hint=hint)

    def _edit(self, use: _Use, start: int, end: int, parts: list[Part]) -> None:
        row = use.row
        self.context.edit(self.region.file, start, end, parts, f"{row.of}.{self.tokens[use.at].text}", row.kind,
                          why=row.why, headers=row.headers, support=row.support)

    def _itself(self, use: _Use) -> None:
        """A member that is the object: it goes, with its operator."""
        tokens, at = self.tokens, use.at
        self._edit(use, tokens[at - 1].start, tokens[at].end, [])
        if self._continues(at):
            self._follow(at)
        elif use.operator == "->" and not self._address_of(use):        # the `&` of `&x.m` is that of `&x`
            self.context.insert(self.region.file, tokens[use.start].start, "*", "members")

    def _continues(self, at: int) -> bool:
        return at + 2 < len(self.tokens) and self.tokens[at + 1].text in _OPERATORS

    def _follow(self, at: int) -> None:
        """The operator behind a rewritten member, where the member behind that has no row to write it."""
        tokens = self.tokens
        use = self.use(at)
        if use is None or not self._continues(at):
            return
        following = self.use(at + 2)
        if following is not None and following.row.emit is not None:
            return
        wanted = tokens[at + 1].text
        if use.row.pointer:
            wanted = use.operator if use.row.emit == "$o" else "->"
        if wanted != tokens[at + 1].text:
            self._edit(use, tokens[at + 1].start, tokens[at + 1].end, [wanted])

    def _leading(self, use: _Use) -> None:
        """The first word of a macro's body."""
        tokens, at = self.tokens, use.at
        emit = use.row.emit or ""
        if emit == "$o" and self._continues(at):
            self._edit(use, tokens[at].start, tokens[at + 1].end, [])
        elif self.region.directive is None:
            self._left(at, f"{tokens[at].text} is named without an object (a macro's argument, offsetof): illumos "
                           f"has {emit.replace('$o', 'x')}")
        elif emit.startswith("$o->"):
            self._edit(use, tokens[at].start, tokens[at].end, [emit[4:]])
        else:
            self._left(at, f"the macro stands for a member that illumos keeps elsewhere: "
                           f"{emit.replace('$o', 'x')} instead of x->{tokens[at].text}")

    def _around(self, use: _Use, emit: str) -> None:
        """New text that has the object in its middle."""
        tokens, at = self.tokens, use.at
        head, tail = emit.split("$o")
        first = tokens[use.start].start
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if head == "*":
            ampersand = self._ampersand(use)
            if ampersand >= 0:
                head, first = "", tokens[ampersand].start
            elif after in _STEPS:
                head, tail = "(*", tail + ")"
        elif head == "(" and tail.endswith(")") and tokens[use.start - 1].text == "(" and after == ")":
            head, tail = "", tail[:-1]
        elif use.row.pointer or use.row.array:
            self._address_of(use)
        self._edit(use, first, tokens[at].end, [*self._object(use, head, tail)])
        if self._continues(at):
            self._follow(at)

    def _object(self, use: _Use, head: str, tail: str) -> list[Part]:
        """`head`, the object and `tail`, the `->` between the last two as the object needs it."""
        base = Kept(self.tokens[use.start].start, self.tokens[use.at - 1].start)
        if use.operator == ".":
            return [head, base, "." + tail[2:]] if tail.startswith("->") else [head + "&", base, tail]
        return [head, base, tail]

    def _comparison(self, use: _Use) -> bool:
        """`x->m == WORD` where a row says what that asks for."""
        tokens, at = self.tokens, use.at
        if at + 2 >= len(tokens) or tokens[at + 1].text not in ("==", "!="):
            return False
        pair = use.row.compared.get(tokens[at + 2].text)
        if pair is None:
            return False
        head, tail = pair[0].split("$o")
        self._edit(use, tokens[use.start].start, tokens[at + 2].end,
                   [*self._object(use, head, tail), f" {tokens[at + 1].text} {pair[1]}"])
        return True

    def _ampersand(self, use: _Use) -> int:
        """The token of the `&` that takes a member's address; -1 when none does."""
        tokens = self.tokens
        if use.start < 1 or (use.at + 1 < len(tokens) and tokens[use.at + 1].text in ("[", "(", *_OPERATORS)):
            return -1
        first, last = use.start - 1, use.at + 1
        while first > 0 and tokens[first].text == "(" and last < len(tokens) and tokens[last].text == ")" \
                and not _is_call(tokens[first - 1]):
            first, last = first - 1, last + 1
        return first if tokens[first].text == "&" and (first == 0 or is_prefix(tokens, first)) else -1

    def _address_of(self, use: _Use) -> bool:
        """Take away the `&` in front of what is a pointer now."""
        ampersand = self._ampersand(use)
        if ampersand < 0:
            return False
        token = self.tokens[ampersand]
        self._edit(use, token.start, token.end, [])
        return True


def _is_call(token: Token) -> bool:
    return token.kind == "i" or token.text in (")", "]")
