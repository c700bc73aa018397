"""The checks of `portkit compile`, before anything is booted; what compiles is remembered by content."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portkit import illumos
from portkit.boot.cache import Cache, digest, read_dependencies
from portkit.boot.plan import Port
from portkit.illumos.compile import Compiler, compile_port


@dataclass(frozen=True)
class Check:
    """What the compiler and the module loader's rules have to say about the modules."""

    messages: list[str]             # one a line, with emitted and upstream place
    report: dict[str, Any]          # as `portkit compile --json` writes it
    compiled: bool                  # there is a module to load for each; warnings may be among the messages

    @property
    def ok(self) -> bool:
        return self.compiled and not self.messages


def check_modules(port: Port, compiler: Compiler, cache: Cache, jobs: int,
                  progress: Callable[[str], None] = lambda what: None) -> Check:
    """Compile the port's modules as the kernel would load them, and resolve their symbols."""
    command = digest("check", compiler.version, *(repr(spec) for spec in port.modules), str(port.gate))
    # What judges belongs to the judgement, and so does what turns its lines into upstream's.
    engine = Path(illumos.__file__).resolve().parent
    judges = [*engine.glob("*.py"), engine / "exports.toml", port.folder / "portkit.map.json"]
    found = cache.find(command, port.folder, ("messages", "report"))
    if found is not None:
        return Check(found.facts["messages"], found.facts["report"], True)
    began = time.time_ns()
    result = compile_port(port.folder, port.modules, gate=port.gate, cc=compiler.command, jobs=jobs,
                          source_map=port.source_map, extra_flags=("-MD",),
                          progress=lambda done, total, what: progress(what))
    try:
        messages = [str(message) for module in result.modules for message in [*module.errors, *module.warnings]]
        messages += [f"{module.spec.path}: undefined symbol {symbol}" for module in result.modules
                     for symbol in module.undefined]
        compiled = all(module.object is not None and not module.errors and not module.undefined
                       for module in result.modules)
        check = Check(messages, result.to_json(), compiled)
        if compiled:
            files = {str(path) for path in judges if path.is_file()}
            for rule in (result.work / "obj").rglob("*.d"):
                files |= set(read_dependencies(rule.read_text(encoding="utf-8", errors="surrogateescape")))
            # Headers that were made for this one compilation come from the gate, which is in the key.
            files = {name for name in files if not name.startswith(str(result.work))}
            cache.store(command, port.folder, files, began, None, {"messages": messages, "report": check.report})
        return check
    finally:
        result.close()
