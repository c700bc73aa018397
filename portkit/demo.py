"""`portkit demo`: the whole way on the sample drivers, from translation to boot and report, with neither a FreeBSD
tree nor an illumos gate.

Their own source stands in drivers-in/sample; FreeBSD's headers come from the optional package that
portkit.upstream.sample_headers reads.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from portkit.boot import command
from portkit.boot.plan import open_port
from portkit.errors import PortkitError
from portkit.illumos.compile import compile_port, find_compilers, modules_from_portkit_json
from portkit.output import check_writable, install
from portkit.report.html import write_report
from portkit.report.record import MAP, port_record
from portkit.report.results import keep, small_boot
from portkit.report.terminal import print_compile, print_port
from portkit.resync.resync import check_ledger, fresh_port
from portkit.translate import translate
from portkit.upstream import Tree
from portkit.upstream.sample_headers import assemble

SAMPLES = Path(__file__).resolve().parent.parent / "drivers-in"


def run_demo(out: Path, cc: str) -> int:
    """Translate the sample drivers into `out`, compile them with `cc` (and with clang where it is installed), and boot
    them once, and write the page for a reviewer.

    Returns 0, or 1 where something is left to a person, or does not compile, or does not boot clean.  PortkitError
    (status 2) where FreeBSD's headers or the compiler are missing, or `out` cannot be written.
    """
    if not (SAMPLES / "sample.toml").is_file():
        raise PortkitError("holds no sample drivers: they come with portkit's source, not with the package",
                           file=SAMPLES, hint="run the demo from a checkout: make demo")
    compilers = find_compilers(_compilers(cc))
    check_writable(out)
    check_ledger(out)
    with tempfile.TemporaryDirectory(prefix="portkit-sample-") as folder:
        with Tree.open(assemble(SAMPLES / "sample", Path(folder))) as tree:
            click.echo(f"Translating the sample drivers, written for FreeBSD {tree.revision}, to illumos.\n")
            result = translate(tree, (), port_file=SAMPLES / "sample.toml")
            install(out, fresh_port(result, port_file=SAMPLES / "sample.toml"))
        print_port(port_record(result), out)
    ok = not result.residue
    for compiler in compilers:
        click.echo()
        built = compile_port(out, modules_from_portkit_json(out), cc=compiler.command, jobs=2,
                             source_map=out / MAP)
        print_compile(built)
        if compiler is compilers[0]:
            keep(out, "compile", built.compiler.version, built.to_json())
        built.close()
        ok = ok and built.ok
    if not ok:
        write_report(out)
        return 1
    click.echo("\nBooting them on a simulated kernel, under a simulated Hyper-V host.\n")
    booted = command.boot(open_port(out), cc, command.Options(scenarios=("boot",)))
    command.print_boot(booted)
    keep(out, "boot", booted.compiler.version, small_boot(command.boot_json(booted)))
    click.echo(f"\nUpstream and port side by side, for a reviewer: {write_report(out)}")
    return 0 if booted.ok else 1


def _compilers(cc: str) -> list[str]:
    """The compiler that was asked for, and clang beside it where it is installed."""
    return [cc] if cc == "clang" or shutil.which("clang") is None else [cc, "clang"]
