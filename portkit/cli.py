"""The command line: parse arguments, call one function, print with rich.

Exit status: 0 done; 1 done, with something left to a person; 2 bad usage or bad input, nothing written.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from portkit import __version__
from portkit.boot.scenarios import LIMIT, MAX_CPUS, RELEASES
from portkit.errors import PortkitError

if TYPE_CHECKING:
    from portkit.resync.foreign import Foreign
    from portkit.resync.resync import Resync

PATH = click.Path(path_type=Path)


class Cli(click.Group):
    """Bad input ends with one line on standard error and status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PortkitError as error:
            fail(str(error))
        except KeyboardInterrupt:
            fail("interrupted: no file is half written (run the command again)")
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(1)


def ignore_interrupts() -> None:
    """From here to the process's end: what is put in place now is also reported, with its own exit status.

    Python gives SIGINT its default action back while it ends, unless it is ignored.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def fail(message: str) -> NoReturn:
    click.echo(f"portkit: {message}", err=True)
    sys.exit(2)


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="portkit")
def main() -> None:
    """Translate FreeBSD driver source into illumos drivers that compile, link, boot and follow upstream."""


@contextmanager
def steps(title: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """Progress: a bar on a terminal, plain lines elsewhere (on standard error, so that output stays clean)."""
    from rich.console import Console
    console = Console(stderr=True, emoji=False)
    if not console.is_terminal:
        click.echo(title, err=True)
        yield lambda text: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
                  TextColumn("[dim]{task.fields[what]}"), console=console, transient=True) as bar:
        task = bar.add_task(title, total=total, what="")
        yield lambda text: bar.update(task, advance=1, what=text)


def write_json(target: str, data: Any) -> None:
    text = json.dumps(data, indent=1) + "\n"
    if target == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PortkitError(f"cannot write: {error.strerror}", file=target, hint="name another file") from error


def check_json(target: str | None) -> None:
    """Before any work: PortkitError where the file could not be written afterwards."""
    if target and target != "-" and not Path(target).absolute().parent.is_dir():
        raise PortkitError("no such folder", file=Path(target).parent / Path(target).name,
                           hint="name a file in a folder that exists with --json")


# -- translate -----------------------------------------------------------------------------------------------

@main.command()
@click.argument("tree", type=PATH)
@click.option("-m", "--module", "modules", multiple=True, metavar="MODULE",
              help="FreeBSD kernel module (hv_vmbus, ...); all of the port file's without one.")
@click.option("-o", "--out", type=PATH, default=Path("drivers-out"), show_default=True,
              help="Folder that the port is written to.")
@click.option("--gate", type=PATH, help="illumos source tree whose cstyle.pl checks the result.")
@click.option("--rules", "rule_files", type=PATH, multiple=True, help="More rule rows; they win over built-in ones.")
@click.option("--port", "port_file", type=PATH, help="Port file of the family (found in drivers-in/ otherwise).")
@click.option("--rev", help="Revision, when TREE is a git repository.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=1, help="Jobs at once.")
@click.option("--json", "json_file", metavar="FILE", help="Write the record here, too (- for standard output).")
def translate(tree: Path, modules: tuple[str, ...], out: Path, gate: Path | None, rule_files: tuple[Path, ...],
              port_file: Path | None, rev: str | None, jobs: int, json_file: str | None) -> None:
    """Translate kernel modules of a FreeBSD TREE into illumos modules."""
    from portkit.output import check_writable, install
    from portkit.report.record import port_record
    from portkit.report.terminal import print_port
    from portkit.resync.resync import check_ledger, fresh_port
    from portkit.translate import translate as run
    from portkit.upstream import Tree
    check_writable(out)
    check_ledger(out)
    check_json(json_file)
    if gate is not None:
        from portkit.illumos.gate import open_gate
        open_gate(gate)
    if rev is None and tree.resolve() in (out.resolve(), *out.resolve().parents):
        raise PortkitError("lies inside the FreeBSD tree, which is never written to", file=out,
                           hint="name a folder elsewhere with -o")
    with Tree.open(tree, rev) as opened:
        with steps(f"translating {' '.join(modules) or 'all modules'} of {opened.revision}") as step:
            result = run(opened, modules, rule_files=rule_files, port_file=port_file, progress=step)
        files, record = fresh_port(result, rule_files, port_file), port_record(result)
        ignore_interrupts()
        install(out, files)
    if json_file:
        write_json(json_file, record)
    if json_file != "-":
        print_port(record, out)
    complaints: list[str] = []
    if gate is not None:
        from portkit.illumos.check_gate import run_cstyle
        complaints = run_cstyle(gate, [out / path for path in sorted(result.files) if path.suffix in (".c", ".h")])
        for line in complaints:
            click.echo(line)
    sys.exit(1 if result.residue or complaints else 0)


# -- diff ----------------------------------------------------------------------------------------------------

@main.command()
@click.option("--to", "tree", type=PATH, required=True, metavar="TREE",
              help="The new upstream: a FreeBSD checkout, or a git repository.")
@click.option("-o", "--out", type=PATH, default=Path("drivers-out"), show_default=True, help="The port's folder.")
@click.option("--rev", help="Revision, when TREE is a git repository.")
@click.option("--commit", metavar="SHA", help="Bring this commit of TREE alone.")
@click.option("-m", "--module", "modules", multiple=True, metavar="MODULE",
              help="FreeBSD kernel module; those that the port has without one.")
@click.option("--rules", "rule_files", type=PATH, multiple=True,
              help="More rule rows; those that the port was made with without one.")
@click.option("--from", "old_tree", type=PATH, metavar="OLD_TREE",
              help="For a port that portkit did not make: the FreeBSD tree that it was made from.")
@click.option("--port", "port_file", type=PATH, help="Port file of the family; with --from, the port's folder.")
@click.option("--dry-run", is_flag=True, help="Change nothing: print what would change as a unified diff.")
@click.option("--json", "json_file", metavar="FILE", help="Write the report here, too (- for standard output).")
@click.pass_context
def diff(ctx: click.Context, tree: Path, out: Path, rev: str | None, commit: str | None, modules: tuple[str, ...],
         rule_files: tuple[Path, ...], old_tree: Path | None, port_file: Path | None, dry_run: bool,
         json_file: str | None) -> None:
    """Carry what changed upstream into a port; every hand edit stays, or is in a conflict that says why.

    With --from OLD_TREE --port DIR, into a port in DIR that somebody wrote by hand, whatever its files are called.
    """
    from portkit.output import check_place, recover
    from portkit.report.resync_view import print_resync
    from portkit.resync.resync import resync
    check_json(json_file)
    if dry_run and json_file == "-":
        raise PortkitError("--dry-run prints the diff on standard output", hint="name a file with --json")
    if old_tree is not None:
        if ctx.get_parameter_source("out") is click.core.ParameterSource.COMMANDLINE or rev or commit:
            raise PortkitError("--from is for a port that portkit did not make: -o, --rev and --commit do not go with "
                               "it", hint="name the port's folder with --port")
        if port_file is None:
            raise PortkitError("--from needs the port's folder", hint="name it with --port")
        _diff_foreign(old_tree, tree, port_file, modules, rule_files, dry_run, json_file)
    if not dry_run:
        check_place(out)
        recover(out)
    with steps(f"resyncing {out} with {rev or commit or tree}") as step:
        result = resync(out, tree, rev=rev, commit=commit, modules=modules, rule_files=rule_files,
                        port_file=port_file, progress=step)
    _deliver(result, print_resync, dry_run, json_file)
    sys.exit(0 if result.clean else 1)


def _diff_foreign(old: Path, new: Path, port: Path, modules: tuple[str, ...], rule_files: tuple[Path, ...],
                  dry_run: bool, json_file: str | None) -> NoReturn:
    from portkit.report.foreign_view import print_foreign
    from portkit.resync.foreign import carry
    with steps(f"comparing {port} with {old} and {new}") as step:
        result = carry(port, old, new, modules=modules, rule_files=rule_files, write=not dry_run, progress=step)
    _deliver(result, print_foreign, dry_run, json_file)
    sys.exit(1 if result.open else 0)


def _deliver(result: Resync | Foreign, show: Callable[..., None], dry_run: bool, json_file: str | None) -> None:
    """Print what would change, or change it; then the report."""
    if dry_run:
        click.echo(result.patch(), nl=False)
    else:
        ignore_interrupts()
        result.install()
    if json_file:
        write_json(json_file, result.to_json())
    if json_file != "-":
        show(result, error=dry_run)

# -- compile -------------------------------------------------------------------------------------------------

@main.command("compile")
@click.argument("out", type=PATH, default=Path("drivers-out"))
@click.option("--source", type=PATH, help="Any illumos driver source, instead of OUT; with --modules.")
@click.option("--modules", "modules_file", type=PATH, help="TOML file that describes the modules below --source.")
@click.option("--gate", type=PATH, help="Use a real illumos tree's headers instead of the embedded ones.")
@click.option("--cc", default="gcc", show_default=True, help="Compiler (gcc, clang, ...).")
@click.option("--work", type=PATH, help="Keep the objects here.")
@click.option("-j", "--jobs", type=click.IntRange(1), default=2, show_default=True, help="Jobs at once.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result here, too (- for standard output).")
def compile_command(out: Path, source: Path | None, modules_file: Path | None, gate: Path | None, cc: str,
                    work: Path | None, jobs: int, json_file: str | None) -> None:
    """Build each module as the kernel would load it, and resolve every symbol."""
    from portkit.illumos.compile import compile_port, load_modules_toml, modules_from_portkit_json
    from portkit.report.results import keep
    from portkit.report.terminal import print_compile
    if (source is None) != (modules_file is None):
        raise PortkitError("--source and --modules go together", hint="give both, or a port's folder")
    if source is not None and modules_file is not None:
        folder, specs, source_map = source, load_modules_toml(modules_file), None
    else:
        folder, specs, source_map = out, modules_from_portkit_json(out), out / "portkit.map.json"
    total = sum(len(spec.sources) for spec in specs)
    with steps(f"compiling {len(specs)} modules with {cc}", total) as step:
        result = compile_port(folder, specs, gate=gate, cc=cc, work=work, jobs=jobs, source_map=source_map,
                              progress=lambda done, count, what: step(what))
    shown = result.to_json()
    if source is None:
        keep(out, "compile", result.compiler.version + (", headers of a gate" if gate else ""), shown)
    if json_file:
        write_json(json_file, shown)
    if json_file != "-":
        print_compile(result)
    result.close()
    sys.exit(0 if result.ok else 1)


# -- boot ----------------------------------------------------------------------------------------------------

@main.command()
@click.argument("out", type=PATH, default=Path("drivers-out"))
@click.option("--source", type=PATH, help="Any illumos driver source, instead of OUT; with --modules.")
@click.option("--modules", "modules_file", type=PATH, help="TOML file that describes the modules below --source.")
@click.option("--gate", type=PATH, help="Use a real illumos tree's headers instead of the embedded ones.")
@click.option("--cc", default="gcc", show_default=True, help="Compiler (gcc, clang, ...).")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only this scenario; all without one.")
@click.option("--cpus", type=click.IntRange(1, MAX_CPUS), help="Number of simulated CPUs, in every run.")
@click.option("--host", type=click.Choice(RELEASES), help="The host's release, in every run.")
@click.option("--sanitize", "sanitize", multiple=True, metavar="LIST", help="address,undefined or thread: build and "
              "run with the compiler's sanitizers.  Given again, everything is built and run once more.")
@click.option("--fail-alloc", "fail_alloc", metavar="N|all", help="Only the runs in which the Nth allocation fails.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True, help="Of the schedule: who "
              "runs when.")
@click.option("--disk", "disks", type=PATH, multiple=True, metavar="FILE", help="A disk image: a disk behind the SCSI "
              "adapter of the scenarios about disks.  One that is not blank is only read.")
@click.option("--limit", type=click.FloatRange(1), default=LIMIT, show_default=True, help="Seconds of processor time "
              "for a run; three times as many by the clock.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Jobs at once; as many as CPUs without it.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result here, too (- for standard output).")
@click.option("--list", "list_only", is_flag=True, help="Only list the scenarios.")
@click.option("-v", "--verbose", is_flag=True, help="The console of every run, not of the first alone.")
@click.option("--explain", type=PATH, metavar="FILE", help="Boot nothing: resolve the panic in a console capture of a "
              "real machine against these modules.")
def boot(out: Path, source: Path | None, modules_file: Path | None, gate: Path | None, cc: str,
         scenarios: tuple[str, ...], cpus: int | None, host: str | None, sanitize: tuple[str, ...],
         fail_alloc: str | None, seed: int, disks: tuple[Path, ...], limit: float, jobs: int | None,
         json_file: str | None, list_only: bool, verbose: bool, explain: Path | None) -> None:
    """Boot the modules on a simulated kernel and a simulated Hyper-V host, and say what they did."""
    from portkit.boot import command
    from portkit.boot.plan import open_port
    from portkit.report.results import keep, small_boot
    check_json(json_file)
    options = command.Options(scenarios, cpus, host, sanitize, fail_alloc, seed, disks, limit, jobs)
    options.check()
    if explain is not None:
        sys.exit(command.explain(explain, lambda: open_port(out, source, modules_file, gate), cc, options, json_file,
                                 write_json))
    if list_only:
        sys.exit(command.list_scenarios(gate, cc, options, json_file, write_json))
    port = open_port(out, source, modules_file, gate)
    names = " ".join(spec.name for spec in port.modules)
    with steps(f"booting {names} (compiled with {cc})") as step:
        result = command.boot(port, cc, options, step)
    shown = command.boot_json(result)
    if source is None and result.builds:
        keep(out, "boot", result.compiler.version + (", headers of a gate" if gate else ""), small_boot(shown))
    if json_file:
        write_json(json_file, shown)
    if json_file != "-":
        command.print_boot(result, verbose)
    sys.exit(0 if result.ok else 1)


# -- patch ---------------------------------------------------------------------------------------------------

@main.command()
@click.argument("out", type=PATH, default=Path("drivers-out"))
@click.option("--gate", type=PATH, required=True, help="The illumos gate that it is for: a clean git checkout.")
@click.option("--series", type=PATH, default=Path("series"), show_default=True, help="Folder that it goes into.")
@click.option("--upstream", type=PATH, help="Git repository of the ledger's commits: commits that `portkit diff` "
              "brought at once get a patch each.")
@click.option("--json", "json_file", metavar="FILE", help="Write what was made here, too (- for standard output).")
def patch(out: Path, gate: Path, series: Path, upstream: Path | None, json_file: str | None) -> None:
    """Make a patch series that `git am` takes on the gate: the import, then a patch for each upstream commit."""
    from portkit.resync.series import make_series
    check_json(json_file)
    with steps(f"making a series of {out} for {gate}") as step:
        made = make_series(out, gate, series, upstream, step)
    ignore_interrupts()
    if json_file:
        write_json(json_file, {"series": str(series), "patches": made.patches, "left": made.left})
    if json_file != "-":
        for name in made.patches:
            click.echo(series / name)
        for line in made.left:
            click.echo(f"left: {line}")
        click.echo(f"git -C {gate} am {series.absolute()}/*.patch")
    sys.exit(1 if made.left else 0)


# -- report --------------------------------------------------------------------------------------------------

@main.command()
@click.argument("out", type=PATH, default=Path("drivers-out"))
@click.option("-o", "--output", type=PATH, help="File for the page; OUT/portkit.html without it.")
def report(out: Path, output: Path | None) -> None:
    """Write one HTML page for a reviewer: upstream and port side by side, and all that is known of the port."""
    from portkit.report.html import write_report
    click.echo(write_report(out, output))


# -- ci ------------------------------------------------------------------------------------------------------

@main.command()
@click.argument("top", type=PATH, default=Path("."), metavar="[DIR]")
def ci(top: Path) -> None:
    """Write the CI job into a port's repository: a workflow, and the script that it runs."""
    from portkit.ci import write_ci
    for path in write_ci(top):
        click.echo(path)


# -- rules ---------------------------------------------------------------------------------------------------

@main.group(cls=Cli)
def rules() -> None:
    """Look at the rule tables, and check them."""


RULES = click.option("--rules", "rule_files", type=PATH, multiple=True, help="More rule rows, as for translate.")


@rules.command("list")
@click.argument("pattern", required=False)
@RULES
@click.option("--json", "json_file", metavar="FILE", help="Write the list here (- for standard output).")
def rules_list(pattern: str | None, rule_files: tuple[Path, ...], json_file: str | None) -> None:
    """List the rows, or those whose id, text or subsystem has PATTERN in it."""
    from portkit.report.rules_view import list_rules, print_list
    rows = list_rules(pattern, rule_files)
    if json_file:
        write_json(json_file, rows)
    if json_file != "-":
        print_list(rows)


@rules.command("show")
@click.argument("rule_id")
@RULES
def rules_show(rule_id: str, rule_files: tuple[Path, ...]) -> None:
    """Show one row: what it matches, what it emits, why, and its examples."""
    from portkit.report.rules_view import print_rule
    print_rule(rule_id, rule_files)


@rules.command("test")
@click.argument("pattern", required=False)
@RULES
@click.option("--port", "port_file", type=PATH, help="A port file, whose rows are tested, too.")
def rules_test(pattern: str | None, rule_files: tuple[Path, ...], port_file: Path | None) -> None:
    """Run the before/after examples of the rows through the engine."""
    from portkit.port import load_port
    from portkit.rules.selftest import run_examples
    failed = count = 0
    rows = load_port(port_file).rows if port_file is not None else None
    with steps("running the examples"):
        for outcome in run_examples(pattern, rule_files, rows):
            count += 1
            if not outcome.ok:
                failed += 1
                click.echo(outcome.report())
    click.echo(f"{count - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


@rules.command("gate")
@click.argument("gate", type=PATH)
@click.option("--json", "json_file", metavar="FILE", help="Write the differences here (- for standard output).")
def rules_gate(gate: Path, json_file: str | None) -> None:
    """Compare the embedded DDI headers with a real gate."""
    from portkit.illumos.check_gate import compare
    with steps(f"comparing the embedded headers with {gate}"):
        found = compare(gate)
    if json_file:
        write_json(json_file, [vars(item) for item in found])
    if json_file != "-":
        for item in found:
            click.echo(str(item))
        click.echo(f"{len(found)} differences")
    sys.exit(1 if found else 0)


@rules.command("guide")
@click.option("-o", "--out", type=PATH, help="Write the porting guide here (standard output without it).")
@click.option("--check", is_flag=True, help="Only say whether the file is up to date.")
def rules_guide(out: Path | None, check: bool) -> None:
    """Write docs/porting-guide.md from the tables."""
    from portkit.report.guide import porting_guide
    text = porting_guide()
    if out is None:
        click.echo(text, nl=False)
    elif check:
        current = out.read_text(encoding="utf-8") if out.exists() else ""
        if current != text:
            click.echo(f"{out} is out of date: portkit rules guide -o {out}")
            sys.exit(1)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise PortkitError(f"cannot write: {error.strerror}", file=out, hint="name another file with -o") from error


# -- demo ----------------------------------------------------------------------------------------------------

@main.command()
@click.option("-o", "--out", type=PATH, default=Path("drivers-out/sample"), show_default=True)
@click.option("--cc", default="gcc", show_default=True)
def demo(out: Path, cc: str) -> None:
    """The whole way on the sample drivers."""
    from portkit.demo import run_demo
    sys.exit(run_demo(out, cc))


if __name__ == "__main__":
    main()
