"""A driver of a few lines, translated: what the pass tests share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portkit.frontend.unit import Program
from portkit.rewrite.context import Context
from portkit.rewrite.edit import Renderer
from portkit.rewrite.engine import Translation, compose_all, render_all
from portkit.rewrite.filters import FILTERS
from portkit.rules.loader import RuleSet, load_rules

FOLDER = Path("sys/dev/demo")
ARGS = ["-target", "x86_64-unknown-freebsd13", "-std=gnu99", "-ffreestanding", "-nostdinc", "-D_KERNEL", "-w",
        "-Wno-implicit-function-declaration", "-Wno-implicit-int"]


def program(root: Path, source: str, given: str = "", headers: dict[str, str] | None = None,
            defines: tuple[str, ...] = ()) -> Program:
    """Parse `source` as sys/dev/demo/demo.c; `given` stands for FreeBSD's headers."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    outside = root / "sys/given.h"
    outside.write_text(given, encoding="latin-1")
    for name, text in (headers or {}).items():
        (folder / name).write_text(text, encoding="latin-1")
    (folder / "demo.c").write_text(source, encoding="latin-1")
    parsed = Program(root, [FOLDER], [*ARGS, f"-I{root / 'sys'}", "-include", str(outside), *defines])
    parsed.strict = False
    parsed.freebsd_version = 1201000
    parsed.parse([FOLDER / "demo.c"])
    return parsed


def context(root: Path, source: str, given: str = "", headers: dict[str, str] | None = None,
            defines: tuple[str, ...] = (), rules: RuleSet | None = None) -> Context:
    made = Context(program(root, source, given, headers, defines), rules or load_rules())
    made.driver_scope = dict(made.rules.driver_scope)
    made.folder = FOLDER
    made.prefix = "demo"
    made.driver_name = "demo"
    return made


def after_pass(made: Context, run: Callable[[Context], None], name: str = "demo.c") -> str:
    """The text of a file after one pass alone, no rows."""
    run(made)
    file = made.program.files[FOLDER / name]
    rendered = Renderer(file, made.edits.get(file.path, ()), FILTERS).render()
    return "".join(chunk.text for chunk in rendered.chunks)


def translated(made: Context) -> Translation:
    """All rows, headers and style on top of what the passes wanted."""
    translation = render_all(made)
    compose_all(translation)
    return translation
