"""What the tests of resync share: a made-up driver that upstream changes, ports of it, and git repositories of it."""
# ruff: noqa: E101  (the driver below is C: it is indented with tabs)

from __future__ import annotations

import os
import random
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result
from conftest import GIZMO_C, GIZMO_H, FakeTree

from portkit.cli import main
from portkit.resync.textmerge import lines

PORT = "usr/src/uts/intel/io/gizmo"
SOURCE = "sys/dev/gizmo"
MAKEFILE = "sys/modules/gizmo/Makefile"
MAKE = """.PATH: ${{SRCTOP}}/sys/dev/gizmo
KMOD= gizmo
SRCS= {sources} device_if.h bus_if.h
.include <bsd.kmod.mk>
"""
HEAD = """/*-
 * {title}
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/bus.h>
#include <sys/lock.h>
#include <sys/mutex.h>

#include <dev/gizmo/gizmo.h>

"""


def step(number: int, name: str = "gizmo_step", amount: int | None = None, static: bool = False) -> str:
    """A function of its own text."""
    return f"""/*
 * Step {number} of the {name} family.
 */
{"static " if static else ""}uint32_t
{name}_{number}(struct gizmo_softc *sc, uint32_t value)
{{
	uint32_t total_{number};

	mtx_lock(&sc->lock);
	total_{number} = value + {amount if amount is not None else number};
	sc->table[{number} % GIZMO_SLOTS] += total_{number};
	if (total_{number} > {number * 7 + 100})
		sc->turns++;
	mtx_unlock(&sc->lock);
	return (total_{number});
}}

"""


def source(title: str, *functions: str) -> str:
    return (HEAD.format(title=title) + "".join(functions)).rstrip("\n") + "\n"


@dataclass
class Upstream:
    """A FreeBSD tree whose one driver a test changes."""

    tree: FakeTree
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.tree.root

    def put(self, **texts: str | None) -> None:
        """Files of the driver (`steps_c` is steps.c); None takes one away.  The Makefile lists what is there."""
        for key, text in texts.items():
            name = ".".join(key.rsplit("_", 1))
            if text is None:
                del self.texts[name]
                (self.root / SOURCE / name).unlink()
            else:
                self.texts[name] = text
        self.tree.write({f"{SOURCE}/{name}": text for name, text in self.texts.items()})
        names = " ".join(sorted(name for name in self.texts if name.endswith(".c")))
        self.tree.write({MAKEFILE: MAKE.format(sources=names)})

    def edit(self, name: str, before: str, after: str) -> None:
        text = self.texts[name]
        assert text.count(before) == 1, (before, text.count(before))
        self.put(**{"_".join(name.rsplit(".", 1)): text.replace(before, after)})

    def version(self, number: int, revision: str) -> None:
        self.tree.write({"sys/conf/newvers.sh": f'REVISION="{revision}"\nBRANCH="RELEASE"\n'})
        param = self.root / "sys/sys/param.h"
        param.write_text(re.sub(r"__FreeBSD_version \d+", f"__FreeBSD_version {number}", param.read_text()))


def upstream(root: Path, steps: int = 6) -> Upstream:
    """The gizmo driver in two files."""
    tree = FakeTree(root)
    made = Upstream(tree)
    made.tree.write({"sys/kern/bus_if.m": "#include <sys/bus.h>\nINTERFACE bus;\n"})
    made.put(gizmo_c=GIZMO_C, gizmo_h=GIZMO_H,
             steps_c=source("Steps of a gizmo.", *(step(number) for number in range(steps))))
    return made


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def translate(tree: Path, out: Path, *more: str | Path) -> Result:
    result = run("translate", tree, "-m", "gizmo", "-o", out, *more)
    assert result.exit_code in (0, 1), result.output
    return result


def resync(tree: Path, out: Path, *more: str | Path, status: int | None = 0) -> Result:
    result = run("diff", "--to", tree, "-o", out, *more)
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exc_info
    if status is not None:
        assert result.exit_code == status, result.output
    return result


def port_files(out: Path) -> dict[str, bytes]:
    """All that a port holds, less what says how it came to be."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*"))
            if path.is_file() and path.name not in ("portkit-sync.toml", "lock.json") and path.parent.name != "steps"}


def edit(path: Path, before: str, after: str) -> None:
    """One hand edit."""
    text = path.read_bytes().decode("latin-1")
    assert text.count(before) == 1, (before, text.count(before))
    path.write_bytes(text.replace(before, after).encode("latin-1"))


# -- git -----------------------------------------------------------------------------------------------------

class Repository:
    """A git repository of an Upstream's tree."""

    def __init__(self, made: Upstream) -> None:
        self.upstream = made
        self.count = 0
        self.git("init", "-q", "-b", "main")

    @property
    def root(self) -> Path:
        return self.upstream.root

    def git(self, *words: str) -> str:
        env = {**os.environ, "GIT_AUTHOR_NAME": "Ada Writer", "GIT_AUTHOR_EMAIL": "ada@example.org",
               "GIT_COMMITTER_NAME": "Ada Writer", "GIT_COMMITTER_EMAIL": "ada@example.org",
               "GIT_AUTHOR_DATE": f"2020-01-{1 + self.count % 28:02d}T12:00:00Z",
               "GIT_COMMITTER_DATE": f"2020-01-{1 + self.count % 28:02d}T12:00:00Z", "GIT_CONFIG_GLOBAL": "/dev/null"}
        done = subprocess.run(["git", "-C", str(self.root), *words], capture_output=True, text=True, env=env,
                              check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, title: str) -> str:
        self.count += 1
        self.git("add", "-A")
        self.git("commit", "-q", "-m", title)
        return self.git("rev-parse", "HEAD")


# -- random hand edits ---------------------------------------------------------------------------------------

@dataclass
class HandEdit:
    """One edit: the lines of the emitted text that it touches, and what must be found of it afterwards."""

    number: int
    kind: str
    file: str
    touched: set[int] = field(default_factory=set)
    gaps: set[int] = field(default_factory=set)         # between line n - 1 and line n
    added: list[bytes] = field(default_factory=list)
    gone: list[bytes] = field(default_factory=list)     # lines that stand once in the text


KINDS = ("change", "add", "delete", "move", "function body", "function added", "function deleted")


def hand_edits(files: dict[str, bytes], later: dict[str, bytes], count: int, seed: int) -> tuple[list[HandEdit],
                                                                                                dict[str, bytes]]:
    """`count` random edits of emitted text, a third of them close to what `later` changes; no two touch the same
    lines.  Returns them with the edited files."""
    rng = random.Random(seed)
    texts = {name: lines(data) for name, data in files.items() if name.endswith((".c", ".h"))}
    close = {name: sorted(line for line in changed_lines(text, lines(later.get(name, b"")))[0])
            for name, text in texts.items() if name in later}
    weights = [len(texts[name]) for name in texts]
    busy: dict[str, set[int]] = {name: set() for name in texts}
    edits: list[HandEdit] = []
    removed: dict[str, set[int]] = {name: set() for name in texts}
    put: dict[str, dict[int, list[bytes]]] = {name: {} for name in texts}        # gap -> lines
    swap: dict[str, dict[int, list[bytes]]] = {name: {} for name in texts}       # line -> lines

    def free(name: str, span: range) -> bool:
        near = set(range(span.start - 1, span.stop + 1))
        return span.start >= 0 and span.stop <= len(texts[name]) and not busy[name] & near

    while len(edits) < count:
        name = rng.choices(list(texts), weights)[0]
        text = texts[name]
        if rng.random() < 0.33 and any(close.values()):
            name = rng.choice([key for key in close if close[key]])
            text = texts[name]
            at = rng.choice(close[name]) + rng.randrange(-2, 3)
        else:
            at = rng.randrange(len(text))
        kind = rng.choices(KINDS, (30, 25, 18, 12, 6, 5, 4))[0]
        new = HandEdit(len(edits), kind, name)
        tag = b"/* hand edit %d */\n" % new.number
        if kind.startswith("function"):
            found = [(start, end) for start, end in functions(text) if start <= at < end]
            if not found:
                continue
            start, end = found[0]
            if kind == "function added":
                if not free(name, range(end - 1, end)):
                    continue
                busy[name].add(end - 1)
                new.gaps, new.added = {end}, [b"\n", b"static int\n", b"hand_%d(void)\n" % new.number, b"{\n", tag,
                                             b"}\n"]
                put[name].setdefault(end, []).extend(new.added)
            else:
                if not free(name, range(start, end)) or end - start > 60:
                    continue
                busy[name] |= set(range(start, end))
                if kind == "function body":
                    brace = text.index(b"{\n", start)
                    new.touched = set(range(brace + 1, end - 1))
                    if not new.touched:
                        continue
                    new.added = [tag]
                    swap[name][brace + 1] = [tag]
                else:
                    new.touched = set(range(start, end))
                removed[name] |= new.touched
                new.gone = [text[line] for line in sorted(new.touched) if text.count(text[line]) == 1]
        elif not free(name, range(at, at + 1)):
            continue
        elif kind == "add":
            busy[name].add(at)
            new.gaps, new.added = {at + 1}, [tag] * 1
            put[name].setdefault(at + 1, []).extend(new.added)
        elif kind == "change":
            busy[name].add(at)
            new.touched, new.added = {at}, [text[at].rstrip(b"\n") + b" " + tag]
            swap[name][at] = new.added
            removed[name].add(at)
        else:
            if text.count(text[at]) != 1 or len(text[at].strip()) < 4:
                continue
            if kind == "delete":
                busy[name].add(at)
                new.gone = [text[at]]
            else:
                target = rng.randrange(len(text))
                if abs(target - at) < 3 or not free(name, range(target, target + 1)):
                    continue
                busy[name] |= {at, target}
                new.gaps, new.added = {target + 1}, [text[at]]
                put[name].setdefault(target + 1, []).extend(new.added)
            new.touched = {at}
            removed[name].add(at)
        edits.append(new)
    out = dict(files)
    for name, text in texts.items():
        made: list[bytes] = []
        for line in range(len(text) + 1):
            made += put[name].get(line, [])
            made += swap[name].get(line, [])
            if line < len(text) and line not in removed[name]:
                made.append(text[line])
        out[name] = b"".join(made)
    return edits, out


def functions(text: list[bytes]) -> list[tuple[int, int]]:
    """Spans of function definitions, from the line of the type to the closing brace."""
    out = []
    for line, words in enumerate(text):
        if words == b"{\n" and line >= 2 and re.match(rb"[a-z_]\w*\(", text[line - 1]):
            end = next((number for number in range(line, len(text)) if text[number] == b"}\n"), None)
            if end is not None:
                out.append((line - 2, end + 1))
    return out


def changed_lines(old: list[bytes], new: list[bytes]) -> tuple[set[int], set[int]]:
    """(lines, gaps) of the old text that diff(1) says were changed; a gap inside changed lines counts, one at their
    edge does not."""
    import difflib
    touched: set[int] = set()
    gaps: set[int] = set()
    for tag, a0, a1, _, _ in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            touched |= set(range(a0, a1))
            gaps |= set(range(a0 + 1, a1)) if a1 > a0 else {a0}
    return touched, gaps


@dataclass
class Verdict:
    """What became of hand edits in a resync."""

    there: int = 0
    in_conflict: int = 0
    lost: list[HandEdit] = field(default_factory=list)
    conflicts: int = 0
    needless: list[str] = field(default_factory=list)      # conflicts where the sides touched different lines
    upstream_lost: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (f"{self.there + self.in_conflict + len(self.lost)} hand edits: {self.there} there, {self.in_conflict} "
                f"in a conflict, {len(self.lost)} lost; {self.conflicts} conflicts, {len(self.needless)} of them "
                "needless")


def judge(edits: list[HandEdit], before: dict[str, bytes], later: dict[str, bytes],
          result: dict[str, bytes]) -> Verdict:
    """Look for every edit in the result, knowing nothing of how it was merged."""
    verdict = Verdict()
    for name in sorted({one.file for one in edits}):
        old, new, made = (lines(texts[name]) for texts in (before, later, result))
        touched, gaps = changed_lines(old, new)
        plain, conflicts = cut(made)
        mine = [line for conflict in conflicts for line in conflict[0]]
        bases = [line for conflict in conflicts for line in conflict[1]]
        own = [one for one in edits if one.file == name]
        for one in own:
            outside = all(line in plain for line in one.added) and \
                not any(line in plain and line not in one.added for line in one.gone if line in new)
            inside = any(line in mine for line in one.added) or any(line in bases for line in one.gone) or \
                (one.kind == "move" and one.added[0] in bases)
            if one.kind == "move" and outside and plain.count(one.added[0]) != 1:
                outside = False
            if inside:
                verdict.in_conflict += 1
            elif outside:
                verdict.there += 1
            else:
                verdict.lost.append(one)
        verdict.conflicts += len(conflicts)
        everything = Counter(plain) + Counter(line for conflict in conflicts for line in conflict[2])
        verdict.upstream_lost += [f"{name}: {line!r}" for line, count in (Counter(new) - Counter(old)).items()
                                  if line.strip() and everything[line] < count]
        for ours, base, _ in conflicts:
            blamed = [one for one in own if any(line in ours for line in one.added if b"hand" in line
                                               or one.kind == "move") or any(line in base for line in one.gone)
                      or (one.kind == "move" and one.added[0] in base)]
            if not any(one.touched & touched or one.gaps & gaps
                       or any({gap - 1, gap} <= one.touched for gap in gaps) for one in blamed):
                verdict.needless.append(f"{name}: {blamed} {ours} {base}")
    return verdict


def cut(text: list[bytes]) -> tuple[list[bytes], list[tuple[list[bytes], list[bytes], list[bytes]]]]:
    """The lines outside conflicts, and each conflict's three parts."""
    plain: list[bytes] = []
    found: list[tuple[list[bytes], list[bytes], list[bytes]]] = []
    part = -1
    for line in text:
        if line.startswith(b"<<<<<<< port"):
            found.append(([], [], []))
            part = 0
        elif line.startswith(b"||||||| upstream "):
            part = 1
        elif part >= 0 and line == b"=======\n":
            part = 2
        elif line.startswith(b">>>>>>> upstream "):
            part = -1
        else:
            (plain if part < 0 else found[-1][part]).append(line)
    return plain, found
