"""A small driver sent through some passes and all rows of the tables: text, residue and what counts as helper code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from portkit.frontend.unit import Program
from portkit.rewrite.context import Context
from portkit.rewrite.engine import render_all
from portkit.rules.loader import load_rules


class Result:
    def __init__(self, context: Context) -> None:
        self.context = context
        translation = render_all(context)
        self.text = {path.name: "".join(chunk.text for chunk in rendered.chunks)
                     for path, rendered in translation.rendered.items()}
        self.residue = [one.symbol for emitted in translation.files.values() for one in emitted.residue]
        self.hints = {one.symbol: one.hint for emitted in translation.files.values() for one in emitted.residue}
        self.uses: Counter[str] = Counter()
        for emitted in translation.files.values():
            self.uses.update(emitted.uses)

    def function(self, name: str, file: str = "x.c") -> str:
        """A function from its name to its closing brace, white space folded."""
        text = self.text[file]
        start = text.index(f"\n{name}(") + 1
        return " ".join(text[start:text.index("\n}", start) + 2].split())


def translate(folder: Path, kernel: str, passes: list[Callable[[Context], None]], **files: str) -> Result:
    """`kernel` stands for FreeBSD's headers; `x_c`, `x_h` ... are sys/dev/x/x.c ..., which include it first."""
    own = folder / "sys/dev/x"
    own.mkdir(parents=True)
    (folder / "sys/sys").mkdir()
    (folder / "sys/sys/kernel.h").write_text("#ifndef KERNEL_H\n#define KERNEL_H\n" + kernel + "#endif\n")
    sources = []
    for key, text in files.items():
        name = key.replace("_", ".")
        (own / name).write_text("#include <sys/kernel.h>\n" + text)
        if name.endswith(".c"):
            sources.append(Path("sys/dev/x") / name)
    program = Program(folder, [Path("sys/dev/x")], ["-nostdinc", f"-I{folder}/sys", "-ffreestanding"])
    program.parse(sources)
    context = Context(program, load_rules())
    for one in passes:
        one(context)
    return Result(context)
