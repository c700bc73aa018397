"""Run the before/after examples of the tables through the real engine.

Each example is a small driver of its own: `given` stands for FreeBSD's headers (outside the family's
folder), `before` is the driver's text. What is not declared counts as FreeBSD's, as it does in a driver's
own macros.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from portkit.errors import PortkitError
from portkit.frontend.unit import Program
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Renderer
from portkit.rewrite.filters import FILTERS
from portkit.rewrite.match import match_file
from portkit.rules.loader import Example, MemberRow, Rule, RuleSet, load_rules

_FOLDER = Path("sys/dev/example")
_ARGS = ("-target", "x86_64-unknown-freebsd13", "-std=gnu99", "-ffreestanding", "-nostdinc", "-D_KERNEL", "-w",
         "-Wno-implicit-function-declaration", "-Wno-implicit-int", "-ferror-limit=0")


@dataclass(frozen=True)
class Outcome:
    rule: Rule | MemberRow
    example: Example
    got: str
    applied: bool           # the rule itself took part
    error: str = ""

    @property
    def ok(self) -> bool:
        return not self.error and self.applied and fold(self.got) == fold(self.example.after)

    def report(self) -> str:
        place = f"{self.rule.file}:{self.rule.line}: rule {self.rule.id}"
        if self.error:
            return f"{place}: {self.error}"
        if not self.applied:
            return f"{place}: the example does not make the rule match; the text came out as\n{self.got}"
        return f"{place}: the example came out as\n{self.got}\nand not as\n{self.example.after}"


def fold(text: str) -> str:
    """Text with every run of white space as one blank."""
    return " ".join(text.split())


def run_examples(pattern: str | None = None, user_files: Sequence[Path] = (),
                 port_file: Path | None = None) -> Iterator[Outcome]:
    """All examples, or those of rows whose id or table has `pattern` in it."""
    rules = load_rules(user_files, port_file, examples=True)
    with tempfile.TemporaryDirectory(prefix="portkit-rules-") as folder:
        root = Path(folder)
        (root / _FOLDER).mkdir(parents=True)
        number = 0
        for rule in rules.with_examples():
            if pattern and pattern not in rule.id and pattern not in rule.file:
                continue
            for example in rule.examples:
                number += 1
                yield run_example(rules, rule, example, root, number)


def run_example(rules: RuleSet, rule: Rule | MemberRow, example: Example, root: Path, number: int) -> Outcome:
    header = root / f"sys/given{number}.h"
    header.write_text(example.given + "\n", encoding="latin-1")
    source = _FOLDER / f"example{number}.c"
    (root / source).write_text(example.before.strip("\n") + "\n", encoding="latin-1")
    program = Program(root, [_FOLDER], [*_ARGS, "-include", str(header)])
    program.strict = False
    program.freebsd_version = _version(rule)
    program.outside_tags = set(rules.by_anchor) | set(rules.nocounterpart) | {tag for tag, _ in rules.members}
    context = Context(program, rules)
    try:
        program.parse([source])
        file = program.files[source]
        _roles(context, rule)
        for one in _passes():
            one(context)
        edits = list(context.edits.get(source, ()))
        for region in context.regions(file):
            edits.extend(match_file(context, region))
        rendered = Renderer(file, edits, FILTERS).render()
    except PortkitError as error:
        return Outcome(rule, example, "", False, str(error))
    text = "".join(chunk.text for chunk in rendered.chunks)
    names = rule.ids if isinstance(rule, MemberRow) else (rule.id,)
    applied = any(edit.rule in names for edit in rendered.applied)
    return Outcome(rule, example, text, applied)


def _version(rule: Rule | MemberRow) -> int:
    """A release that the rule's guard admits."""
    digits = "".join(character for character in rule.release if character.isdigit())
    if not digits:
        return 1201000
    return int(digits) - 1 if "<" in rule.release and "=" not in rule.release else int(digits) + (
        1 if ">" in rule.release and "=" not in rule.release else 0)


def _roles(context: Context, rule: Rule | MemberRow) -> None:
    """The functions of an example serve as whatever its rule asks for, and as its tables say."""
    from portkit.rewrite.passes import cdevsw, newbus
    newbus.collect(context)
    cdevsw.collect(context)
    role = rule.within.get("role")
    for _, function in context.functions():
        roles = [role] if isinstance(role, str) else role or []
        context.roles.setdefault(function.name, set()).update(roles)


def _passes() -> list:
    from portkit.rewrite.passes import busdma, giant, members, memory, sleep, sysctl
    return [sysctl.run, busdma.run, members.run, memory.run, sleep.run, giant.run]
