"""Reads make's own language, as kernel module Makefiles use it (make(1); no command is ever run).

Assignments, conditionals, loops, inclusion, search paths and rules are understood; a rule's commands are
kept as text.  `!=` takes a value from a command, so such a variable is empty here and is listed in
`Makefile.not_run`.  Files of the build system itself (sys/conf/*.mk) are read leniently: what they do with
tools that portkit has no use for must not stop it.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import PortkitError
from .makeconditions import ConditionParser
from .makelines import (
    ELIFS,
    IFS,
    Line,
    closing,
    directive,
    end_of_loop,
    logical_lines,
    split_assignment,
    split_top,
    strip_comment,
    substitute_loop,
    top_level,
)
from .makemodifiers import (
    PER_WORD,
    WHOLE,
    join_modifiers,
    pick_words,
    replace_suffix,
    split_escaped,
    substitute,
)

MAX_DEPTH = 64          # of nested variables, loops and inclusions: deeper means that they run in a circle


@dataclass(frozen=True)
class Assignment:
    name: str
    line: Line


@dataclass
class Rule:
    targets: tuple[str, ...]
    prerequisites: str              # not expanded
    line: Line
    recipe: list[str] = field(default_factory=list)     # not expanded


@dataclass(frozen=True)
class Condition:
    text: str
    answer: bool
    line: Line

    def __str__(self) -> str:
        return f"{self.line.file.name}:{self.line.number}: {self.text}: {'yes' if self.answer else 'no'}"


class Makefile:
    """The state that make has after it read a Makefile and all that it includes."""

    def __init__(self, file: Path, preset: dict[str, str], *, search: tuple[Path, ...] = (),
                 builtin: Callable[[Makefile, str], bool] | None = None,
                 fallback: Callable[[str], str | None] | None = None,
                 ignored: frozenset[str] = frozenset()) -> None:
        """Reads `file`.

        preset: variables that make has from outside.
        search: folders of `.include "x"` besides the includer's own.
        builtin: asked first about every inclusion; True says that it did what that file would do.
        fallback: the value of a variable that nothing sets (None: empty).
        ignored: variables that lenient files may not change.
        """
        self.file = file
        self.variables: dict[str, str] = dict(preset)
        self.rules: list[Rule] = []
        self.path: list[str] = []
        self.assignments: list[Assignment] = []
        self.conditions: list[Condition] = []
        self.not_run: list[str] = []
        self.included: list[Path] = []
        self.ignored = ignored
        self.lenient = False
        self._search = search
        self._builtin = builtin
        self._fallback = fallback
        self._depth = 0
        self._rule: Rule | None = None
        self.read(file)

    # -- reading ---------------------------------------------------------------------------------------

    def read(self, file: Path, lenient: bool = False) -> None:
        """Read one file into this state, as `.include` does."""
        was = self.lenient, self.variables.get(".PARSEDIR"), self.variables.get(".PARSEFILE")
        self.lenient = lenient or self.lenient
        self.included.append(file)
        self.variables[".PARSEDIR"], self.variables[".PARSEFILE"] = str(file.parent), file.name
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PortkitError("includes itself without end", file=file)
        self._run(logical_lines(file, self.lenient))
        self._depth -= 1
        self._rule = None
        self.lenient = was[0]
        for name, value in ((".PARSEDIR", was[1]), (".PARSEFILE", was[2])):
            if value is not None:
                self.variables[name] = value

    def _run(self, lines: list[Line]) -> None:
        # One entry for each open .if: [its line, is this branch read, was any branch read, saw .else]
        open_ifs: list[list] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            at += 1
            word, rest = directive(line.text)
            reading = all(entry[1] for entry in open_ifs)
            if word in IFS:
                answer = reading and self._condition(word, rest, line)
                open_ifs.append([line, answer, answer or not reading, False])
            elif word in ELIFS or word == "else":
                if not open_ifs:
                    raise self.error(f".{word} without .if", line)
                entry = open_ifs[-1]
                if entry[3]:
                    raise self.error(f".{word} after .else", line)
                outer = all(e[1] for e in open_ifs[:-1])
                entry[3] = word == "else"
                if entry[2] or not outer:
                    entry[1] = False
                else:
                    entry[1] = entry[2] = word == "else" or self._condition(word, rest, line)
            elif word == "endif":
                if not open_ifs:
                    raise self.error(".endif without .if", line)
                open_ifs.pop()
            elif word == "for":
                end = end_of_loop(lines, at)
                if end is None:
                    raise self.error(".for without .endfor", line)
                if reading:
                    self._loop(rest, line, lines[at:end])
                at = end + 1
            elif word == "endfor":
                raise self.error(".endfor without .for", line)
            elif reading:
                self._line(word, rest, line)
        if open_ifs:
            raise self.error(".if without .endif", open_ifs[-1][0], hint="the file may be truncated")

    def _loop(self, rest: str, line: Line, body: list[Line]) -> None:
        match = re.match(r"(.*?\S)\s+in(?:\s+(.*))?$", strip_comment(rest).strip())
        if not match:
            raise self.error(".for needs: .for NAME in WORDS", line)
        loop_names = match.group(1).split()
        words = self.expand(match.group(2) or "", line).split()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.error(".for nested too deeply", line)
        for i in range(0, len(words), len(loop_names)):
            values = dict(zip(loop_names, words[i:i + len(loop_names)], strict=False))
            self._run([replace(inner, text=substitute_loop(inner.text, values)) for inner in body])
        self._depth -= 1

    def _line(self, word: str, rest: str, line: Line) -> None:
        text = line.text
        if text.startswith("\t") and text.strip():
            if self._rule is not None:
                self._rule.recipe.append(text.strip())
                return
            if split_assignment(strip_comment(text).strip()) is None and not self.lenient:
                if not strip_comment(text).strip():
                    return
                raise self.error("a command that belongs to no rule", line)
        if word in ("include", "sinclude", "-include", "dinclude"):
            self._include(word, strip_comment(rest).strip(), line)
            return
        if word == "undef":
            for name in self.expand(strip_comment(rest), line).split():
                self.variables.pop(name, None)
            return
        if word == "error":
            if not self.lenient:
                raise self.error(f".error {self.expand(rest, line)}", line)
            return
        if word in ("warning", "info", "export", "unexport", "export-env", "export-literal", "unexport-env",
                    "export-all", "poison"):
            return
        text = strip_comment(text).strip()
        if not text:
            return
        assignment = split_assignment(text)
        if assignment is not None:
            self._assign(*assignment, line)
            return
        self._start_rule(text, line)

    def _assign(self, name: str, operator: str, value: str, line: Line) -> None:
        name = self.expand(name, line)
        self._rule = None
        if self.lenient and name in self.ignored:
            return
        old = self.variables.get(name)
        if operator == "+" and old is not None:
            self.variables[name] = f"{old} {value}" if old else value
        elif operator == "?":
            self.variables.setdefault(name, value)
        elif operator == ":":
            self.variables[name] = self.expand(value, line)
        elif operator == "!":
            self.variables[name] = ""
            if not self.lenient:
                self.not_run.append(f"{line.file.name}:{line.number}: {name}!= {value}")
        else:
            self.variables[name] = value
        self.assignments.append(Assignment(name, line))

    def _start_rule(self, text: str, line: Line) -> None:
        at = top_level(text, ":!")
        if at is None:
            if self.lenient:
                return
            raise self.error("neither an assignment, nor a rule, nor a directive that make knows", line)
        targets, rest = text[:at], text[at + 1:].lstrip(":!")
        rest, semicolon, command = rest.partition(";")
        names = tuple(self.expand(targets, line).split())
        if names and names[0].startswith(".PATH"):
            words = self.expand(rest, line).split()
            if not words and names[0] == ".PATH":
                self.path.clear()
            self.path.extend(words)
            self._rule = None
            return
        self._rule = Rule(names, rest.strip(), line)
        if semicolon and command.strip():
            self._rule.recipe.append(command.strip())
        self.rules.append(self._rule)

    def _include(self, word: str, argument: str, line: Line) -> None:
        self._rule = None
        argument = self.expand(argument, line)
        match = re.fullmatch(r'"([^"]*)"|<([^>]*)>', argument)
        if not match:
            if self.lenient:
                return
            raise self.error(f'.{word} needs "FILE" or <FILE>', line)
        system = match.group(2) is not None
        name = match.group(2) if system else match.group(1)
        if self._builtin is not None and self._builtin(self, name) or system:
            return
        for folder in (line.file.parent, *self._search):
            candidate = Path(os.path.normpath(folder / name))
            if candidate.is_file():
                self.read(candidate)
                return
        if word == "include" and not self.lenient:
            raise self.error(f'includes "{name}", which does not exist', line)

    # -- conditions ------------------------------------------------------------------------------------

    def _condition(self, word: str, text: str, line: Line) -> bool:
        text = " ".join(strip_comment(text).split())
        try:
            answer = ConditionParser(self, text, line, "make" if "make" in word else "defined").parse()
        except PortkitError:
            if not self.lenient:
                raise
            answer = False
        if word.removeprefix("el").startswith("ifn"):
            answer = not answer
        if not self.lenient:
            self.conditions.append(Condition(f".{word} {text}", answer, line))
        return answer

    # -- variables -------------------------------------------------------------------------------------

    def lookup(self, name: str) -> str | None:
        """The unexpanded value of a variable, or None where nothing sets it."""
        value = self.variables.get(name)
        if value is None and self._fallback is not None:
            return self._fallback(name)
        return value

    def value(self, name: str) -> str:
        """The expanded value of a variable; empty where nothing sets it."""
        return self.expand(self.lookup(name) or "", None)

    def words(self, name: str) -> list[str]:
        return self.value(name).split()

    def line_of(self, names: tuple[str, ...], word: str) -> int | None:
        """The line on which an assignment to one of `names` spells `word`, or else that of the last one."""
        last = None
        for assignment in self.assignments:
            if assignment.name in names and assignment.line.file == self.file:
                last = assignment.line.number
                for offset, row in enumerate(assignment.line.physical):
                    if re.search(rf"(?<![\w./-]){re.escape(word)}(?![\w.-])", row):
                        return assignment.line.number + offset
        return last

    def expand(self, text: str, line: Line | None, depth: int = 0) -> str:
        """Replace every `${NAME:modifiers}`, `$(NAME)`, `$N` and `$$`."""
        if "$" not in text:
            return text
        if depth > MAX_DEPTH:
            raise self.error("a variable that refers to itself", line)
        out = []
        at = 0
        while at < len(text):
            dollar = text.find("$", at)
            if dollar < 0 or dollar + 1 >= len(text):
                out.append(text[at:])
                break
            out.append(text[at:dollar])
            opener = text[dollar + 1]
            if opener == "$":
                out.append("$")
                at = dollar + 2
            elif opener in "{(":
                end = closing(text, dollar + 1)
                if end is None:
                    if not self.lenient:
                        raise self.error(f"`{text[dollar:dollar + 20]}' has no closing bracket", line)
                    end = len(text)
                out.append(self.variable(text[dollar + 2:end], line, depth))
                at = end + 1
            else:
                value = self.lookup(opener) or ""
                out.append(self.expand(value, line, depth + 1))
                at = dollar + 2
        return "".join(out)

    def variable(self, inside: str, line: Line | None, depth: int) -> str:
        parts = split_top(inside, ":")
        name = self.expand(parts[0], line, depth + 1)
        raw = self.lookup(name)
        value = self.expand(raw, line, depth + 1) if raw is not None else ""
        defined = raw is not None
        modifiers = join_modifiers(parts[1:])
        for modifier in modifiers:
            value, defined = self._modify(name, value, defined, modifier, line, depth)
        return value

    def _modify(self, name: str, value: str, defined: bool, modifier: str, line: Line | None,
                depth: int) -> tuple[str, bool]:
        def inner(text: str) -> str:
            return self.expand(text, line, depth + 1)

        words = value.split()
        if modifier in PER_WORD:
            return " ".join(PER_WORD[modifier](w) for w in words), defined
        if modifier in WHOLE:
            return WHOLE[modifier](value), defined
        kind, rest = modifier[:1], modifier[1:]
        if kind in ("M", "N"):
            pattern = inner(rest).replace("\\:", ":")
            return " ".join(w for w in words if fnmatch.fnmatchcase(w, pattern) == (kind == "M")), defined
        if kind == "U":
            return (value, True) if defined else (inner(rest), True)
        if kind == "D":
            return (inner(rest), True) if defined else ("", False)
        if kind in ("S", "C") and len(rest) > 1:
            pieces = split_escaped(rest[1:], rest[0])
            if len(pieces) == 3:
                old, new, flags = (inner(p) for p in pieces)
                return substitute(kind, words, value, old, new, flags), defined
        if kind == "@" and rest.count("@") >= 2:
            loop, body, _ = rest.split("@", 2)
            return " ".join(filter(None, (self._with(loop, w, body, line, depth) for w in words))), defined
        if kind == "?":
            yes, _, no = rest.partition(":")
            answer = ConditionParser(self, name, line, "defined").parse()
            return inner(yes if answer else no), True
        if kind == "[":
            return pick_words(words, inner(rest).rstrip("]")), defined
        if modifier.startswith(("sh", "!", "range", "gmtime", "localtime", "hash", "_")):
            return "", defined
        if "=" in modifier:
            old, _, new = modifier.partition("=")
            old, new = inner(old), inner(new)
            return " ".join(replace_suffix(w, old, new) for w in words), defined
        if self.lenient:
            return value, defined
        raise self.error(f"portkit does not know the modifier `:{modifier}' of ${{{name}}}", line)

    def _with(self, loop: str, word: str, body: str, line: Line | None, depth: int) -> str:
        saved = self.variables.get(loop)
        self.variables[loop] = word
        result = self.expand(body, line, depth + 1)
        if saved is None:
            del self.variables[loop]
        else:
            self.variables[loop] = saved
        return result

    def exists(self, name: str) -> bool:
        """make's exists(): a relative name is looked up in the module's folder, then over .PATH."""
        folders = [self.file.parent, *(self.file.parent / p for p in self.path)]
        return bool(name) and any(os.path.exists(folder / name) for folder in folders)

    def error(self, message: str, line: Line | None, hint: str | None = None) -> PortkitError:
        if line is None:
            return PortkitError(message, file=self.file, hint=hint)
        return PortkitError(message, file=line.file, line=line.number, hint=hint)
