"""The CI job, run as a CI system runs it: the script in a port's repository, with an upstream, a gate and portkit in
repositories of their own.

What the workflow does beyond it is run here as well: its steps are shell, and gh is one of ours that notes what it is
asked.
"""
# ruff: noqa: E101  (C is indented with tabs)

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import PROJECT
from patch_kit import commit, git, made_gate
from resync_kit import PORT, Repository, Upstream, edit, source, step, upstream
from test_patch import LICENCE

from portkit.cli import main
from portkit.demo import SAMPLES
from portkit.upstream.sample_headers import assemble, kernel_headers

TEMPLATES = PROJECT / "portkit/templates/ci"
SCRIPT = TEMPLATES / "portkit-ci.sh"
WORKFLOW = TEMPLATES / "portkit.yml"


# -- a port's repository ---------------------------------------------------------------------------------------

@dataclass
class Job:
    """A port's repository with the script in it, and where its upstream and its gate are."""

    root: Path
    gate: Path
    upstream: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def port(self) -> Path:
        return self.root / "drivers-out"

    @property
    def results(self) -> Path:
        return self.root / "portkit-results"

    @property
    def summary(self) -> str:
        return (self.results / "summary.md").read_text()

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of the machine's but what programs need to be found."""
        commands = self.root.parent / "bin"
        if not commands.exists():
            commands.mkdir()
            command = commands / "portkit"
            command.write_text(f'#!/bin/sh\nexec {sys.executable} -m portkit "$@"\n')
            command.chmod(0o755)
        return {"PATH": f"{commands}:{os.environ['PATH']}", "HOME": str(self.root.parent / "home"),
                "PYTHONPATH": str(PROJECT), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "COLUMNS": "120",
                "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
                "PORTKIT_CACHE": str(self.root.parent / "cache"), "PORTKIT_UPSTREAM": str(self.upstream),
                "PORTKIT_GATE": str(self.gate), "PORTKIT_CC": "gcc", **self.settings, **more}

    def run(self, **more: str) -> subprocess.CompletedProcess[str]:
        shutil.rmtree(self.results, ignore_errors=True)
        done = subprocess.run(["sh", "./portkit-ci.sh"], cwd=self.root, env=self.environment(**more),
                              capture_output=True, text=True, check=False, timeout=900)
        print(done.stdout + done.stderr)
        return done

    def commit(self, message: str) -> None:
        git(self.root, "add", "--all", "--", ".", ":!portkit-results")
        commit(self.root, message)

    def patches(self) -> list[str]:
        return sorted(path.name for path in (self.results / "series").glob("*.patch"))

    def steps(self) -> list[str]:
        """What the script ran, by the files that the steps left."""
        return [name for name in ("diff", "compile", "boot", "report", "patch", "am", "gate")
                if (self.results / f"{name}.txt").exists()]


def portkit(*words: str | Path) -> None:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code in (0, 1), done.output


def job(place: Path, tree: Path, gate: Path, translate: list[str | Path], **settings: str) -> Job:
    made = Job(place / "port", gate, tree, settings)
    made.root.mkdir()
    git(made.root, "init", "--quiet", "-b", "main")
    git(made.root, "config", "user.name", "A Porter")
    git(made.root, "config", "user.email", "porter@example.org")
    (made.root / ".gitignore").write_text("portkit-results/\n")
    portkit("translate", tree, "--rev", "HEAD", "-o", made.port, *translate)
    portkit("ci", made.root)
    commit(made.root, "the port")
    return made


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A FreeBSD repository with one driver, gizmo."""
    made = upstream(tmp_path / "freebsd")
    texts = dict(made.texts)
    made.put(**{name.replace(".", "_"): LICENCE + text for name, text in texts.items()})
    found = Repository(made)
    found.commit("gizmo: the driver")
    return found


@pytest.fixture
def gizmo(repository: Repository, tmp_path: Path) -> Job:
    made = job(tmp_path, repository.root, made_gate(tmp_path / "gate", 2022), ["-m", "gizmo"],
               PORTKIT_BOOT="--scenario module --cpus 1 -j 1")
    (made.port / PORT / "gizmo.conf").write_text('name="gizmo" parent="pseudo" instance=0;\n')
    made.commit("where a gizmo is")
    return made


def change(made: Upstream, before: str, after: str) -> None:
    made.edit("steps.c", before, after)


# -- what the script does ------------------------------------------------------------------------------------

def test_nothing_new_upstream(gizmo: Job, repository: Repository) -> None:
    (repository.root / "README").write_text("Nothing of a driver.\n")
    repository.commit("README: say something")
    done = gizmo.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert gizmo.steps() == ["diff"] and "upstream has nothing new for this port" in gizmo.summary
    assert not (gizmo.results / "port.diff").exists() and not (gizmo.results / "series").exists()
    assert git(gizmo.root, "status", "--porcelain") == ""
    # Asked to go all the way, it does, and leaves the repository as it is.
    done = gizmo.run(PORTKIT_ALWAYS="yes")
    assert done.returncode == 0, done.stdout
    assert gizmo.steps() == ["diff", "compile", "boot", "report", "patch", "am", "gate"], done.stdout
    assert not (gizmo.results / "port.diff").exists() and git(gizmo.root, "status", "--porcelain") == ""


def test_new_commits(gizmo: Job, repository: Repository) -> None:
    edit(gizmo.port / PORT / "steps.c", "Step 1 of the gizmo_step family.", "Step 1 of the family; our own words.")
    gizmo.commit("a hand edit")
    change(repository.upstream, "value + 3;", "value + 33;")
    repository.commit("gizmo: third step is longer")
    change(repository.upstream, "value + 5;", "value + 55;")
    newest = repository.commit("gizmo: fifth step, too")
    done = gizmo.run()
    assert gizmo.steps() == ["diff", "compile", "boot", "report", "patch", "am", "gate"], done.stdout
    assert done.returncode == 0 and "left" not in gizmo.summary, done.stdout
    assert (gizmo.results / "upstream").read_text().strip() == newest
    [first, second, third] = gizmo.patches()
    assert "import" in first and "third-step" in second and "fifth-step" in third
    assert json.loads((gizmo.results / "compile.json").read_text())["modules"][0]["errors"] == []
    page = (gizmo.results / "report.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "fifth step, too" in page and "our own words" in page

    # The gate is only read, and the series goes onto it from the artifact as it stands.
    assert git(gizmo.gate, "log", "--format=%s").split("\n")[0] == "the gate"
    git(gizmo.gate, "am", *[str(gizmo.results / "series" / name) for name in gizmo.patches()])
    text = (gizmo.gate / PORT / "steps.c").read_text("latin-1")
    assert "value + 33;" in text and "value + 55;" in text and "our own words" in text

    # port.diff brings a fresh checkout to what the script left in the work tree.
    other = gizmo.root.parent / "other"
    git(gizmo.root.parent, "clone", "--quiet", str(gizmo.root), str(other))
    git(other, "apply", "--index", str(gizmo.results / "port.diff"))
    for path in sorted(gizmo.port.rglob("*")):
        if path.is_file():
            assert (other / path.relative_to(gizmo.root)).read_bytes() == path.read_bytes()
    assert git(gizmo.root, "diff", "--cached", "--name-only") == ""

    # Once that is taken, the next run has nothing to do; and before it is, none starts.
    assert "not committed" in gizmo.run().stderr
    gizmo.commit("resync")
    assert gizmo.run().returncode == 0 and gizmo.steps() == ["diff"]


def test_a_conflict(gizmo: Job, repository: Repository) -> None:
    edit(gizmo.port / PORT / "steps.c", "value + 3;", "value + 4;")
    gizmo.commit("a hand edit")
    change(repository.upstream, "value + 3;", "value + 33;")
    repository.commit("gizmo: third step is longer")
    done = gizmo.run()
    assert done.returncode == 1, done.stdout + done.stderr
    # It is said where and why, nothing is tried on what has markers in it, and the rest is still made.
    assert gizmo.steps() == ["diff", "report", "patch", "am"]
    assert f"{PORT}/steps.c" in gizmo.summary and "gizmo: third step is longer" in gizmo.summary
    assert "conflicts come first" in gizmo.summary and "as it was before" in gizmo.summary
    assert len(gizmo.patches()) == 1
    assert "value + 4;" in (gizmo.results / "series" / gizmo.patches()[0]).read_text("latin-1")
    assert (gizmo.results / "report.html").exists()
    assert re.search(r"^\+<<<<<<< port$", (gizmo.results / "port.diff").read_text("latin-1"), re.M)


def test_it_does_not_compile(gizmo: Job, repository: Repository) -> None:
    # A hand edit calls what upstream takes away.
    edit(gizmo.port / PORT / "gizmo.c", "	turns = ++sc->turns;", "	sc->turns = gizmo_step_2(sc, 1);\n"
         "	turns = ++sc->turns;")
    edit(gizmo.port / PORT / "gizmo.h", "struct gizmo_softc {", "struct gizmo_softc;\n"
         "uint32_t gizmo_step_2(struct gizmo_softc *, uint32_t);\n\nstruct gizmo_softc {")
    gizmo.commit("a hand edit")
    repository.upstream.put(steps_c=source("Steps of a gizmo.", *(step(number) for number in (0, 1, 3, 4, 5))))
    repository.commit("gizmo: without its second step")
    done = gizmo.run()
    assert done.returncode == 1, done.stdout + done.stderr
    assert gizmo.steps() == ["diff", "compile", "report", "patch", "am", "gate"]
    assert "not booted: it does not compile" in gizmo.summary and "gizmo_step_2" in gizmo.summary
    assert len(gizmo.patches()) == 2 and (gizmo.results / "port.diff").exists()
    assert "gizmo_step_2" in (gizmo.results / "report.html").read_text()


@pytest.mark.skipif(kernel_headers() is None, reason="no FreeBSD headers: pip install 'portkit[samples]'")
def test_the_sample_drivers_all_the_way(tmp_path: Path) -> None:
    assembled = tmp_path / "assembled"
    assembled.mkdir()
    tree = tmp_path / "freebsd"
    shutil.copytree(assemble(SAMPLES / "sample", assembled), tree)         # headers that are links become files
    commit_all(tree, "the sample drivers")
    made = job(tmp_path, tree, made_gate(tmp_path / "gate", 2018), ["--port", SAMPLES / "sample.toml"],
               PORTKIT_BOOT="--scenario boot --cpus 1 --host 2016 -j 2")
    path = tree / "sys/dev/hvsample/heartbeat/hvs_heartbeat.c"
    text = path.read_text("latin-1")
    path.write_text(text + "\n/*\n * The end of the heartbeat.\n */\n", "latin-1")
    commit_all(tree, "hvsample: say where the heartbeat ends")
    done = made.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert made.steps() == ["diff", "compile", "boot", "report", "patch", "am", "gate"]
    assert [re.sub(r"^\d+-|\.patch$", "", name) for name in made.patches()][1:] == [
        "hvsample-say-where-the-heartbeat-ends"]
    assert all(stage["ok"] for stage in json.loads((made.results / "boot.json").read_text())["milestones"])


def commit_all(tree: Path, message: str) -> None:
    if not (tree / ".git").exists():
        git(tree, "init", "--quiet", "-b", "main")
        git(tree, "config", "user.name", "Ada Writer")
        git(tree, "config", "user.email", "ada@example.org")
    commit(tree, message)


# -- what it refuses -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("settings", "words"), [
    ({"PORTKIT_UPSTREAM": ""}, "PORTKIT_UPSTREAM is not set"),
    ({"PORTKIT_GATE": ""}, "PORTKIT_GATE is not set"),
    ({"PORTKIT_OUT": "elsewhere"}, "elsewhere: holds no port"),
    ({"PORTKIT_UPSTREAM": "no-such-repository"}, "cannot fetch HEAD"),
    ({"PORTKIT_UPSTREAM_REV": "no-such-branch"}, "cannot fetch no-such-branch"),
    ({"PORTKIT_RESULTS": "drivers-out/results"}, "lies in the port"),
    ({"PORTKIT_RESULTS": "drivers-out"}, "is there already"),
])
def test_refused_with_one_line(settings: dict[str, str], words: str, gizmo: Job) -> None:
    before = git(gizmo.root, "rev-parse", "HEAD"), sorted(gizmo.port.rglob("*"))
    done = gizmo.run(**settings)
    assert done.returncode == 2
    [line] = [line for line in done.stderr.splitlines() if line.startswith("portkit-ci: ")]
    assert words in line and line.endswith(")"), line
    assert (git(gizmo.root, "rev-parse", "HEAD"), sorted(gizmo.port.rglob("*"))) == before
    assert git(gizmo.root, "status", "--porcelain") == ""


def test_a_port_at_the_top_of_its_repository_is_refused(gizmo: Job) -> None:
    shutil.copytree(gizmo.port, gizmo.root, dirs_exist_ok=True)
    gizmo.commit("at the top")
    done = gizmo.run(PORTKIT_OUT=".")
    assert done.returncode == 2 and "is the repository's top" in done.stderr


def test_upstream_older_than_the_base(gizmo: Job, repository: Repository) -> None:
    base = git(repository.root, "rev-parse", "HEAD").strip()
    repository.git("checkout", "-q", "--orphan", "old")
    repository.upstream.version(1200000, "12.0")
    repository.commit("an older release")
    done = gizmo.run()
    assert done.returncode == 2 and gizmo.steps() == ["diff"], done.stdout
    assert "could not be done" in gizmo.summary and git(gizmo.root, "status", "--porcelain") == ""
    assert base not in (gizmo.results / "upstream").read_text()


def test_a_gate_that_has_the_port_already(gizmo: Job, repository: Repository) -> None:
    change(repository.upstream, "value + 3;", "value + 33;")
    repository.commit("gizmo: third step is longer")
    shutil.copytree(gizmo.port / "usr", gizmo.gate / "usr", dirs_exist_ok=True)
    commit(gizmo.gate, "it has a port")
    done = gizmo.run()
    # What needs no gate is there all the same.
    assert done.returncode == 2 and "the gate has a port of these modules" in gizmo.summary
    assert (gizmo.results / "report.html").exists() and (gizmo.results / "port.diff").exists()
    assert gizmo.patches() == []


def test_without_a_command_portkit_it_wants_its_repository(gizmo: Job) -> None:
    gizmo.environment()
    (gizmo.root.parent / "bin/portkit").unlink()
    done = gizmo.run(PATH=":".join(place for place in (f"{gizmo.root.parent / 'bin'}:{os.environ['PATH']}").split(":")
                                   if not (Path(place) / "portkit").exists()))
    assert done.returncode == 2 and "PORTKIT_SOURCE" in done.stderr


# -- portkit ci ----------------------------------------------------------------------------------------------

def test_ci_writes_both_files_and_no_other(gizmo: Job) -> None:
    script, workflow = gizmo.root / "portkit-ci.sh", gizmo.root / ".github/workflows/portkit.yml"
    assert script.read_bytes() == SCRIPT.read_bytes() and workflow.read_bytes() == WORKFLOW.read_bytes()
    assert script.stat().st_mode & stat.S_IXUSR
    again = CliRunner().invoke(main, ["ci", str(gizmo.root)])
    assert again.exit_code == 0 and str(workflow) in again.output
    script.write_text("echo ours\n")
    workflow.unlink()
    refused = CliRunner().invoke(main, ["ci", str(gizmo.root)])
    assert refused.exit_code == 2 and "portkit-ci.sh: is there already" in refused.output
    assert script.read_text() == "echo ours\n" and not workflow.exists()


def test_ci_wants_the_top_of_a_repository(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["ci", str(tmp_path)])
    assert refused.exit_code == 2 and "top of a git repository" in refused.output and not list(tmp_path.iterdir())


# -- the workflow --------------------------------------------------------------------------------------------

def parse(text: str) -> Any:
    """As much of YAML as a workflow needs: mappings, sequences, literal blocks, plain and quoted scalars.  What is
    none of these is a ValueError."""
    rows = [(len(line) - len(line.lstrip()), line.strip(), line) for line in text.split("\n")]
    at = 0

    def skip() -> None:
        nonlocal at
        while at < len(rows) and (not rows[at][1] or rows[at][1].startswith("#")):
            at += 1

    def scalar(words: str) -> Any:
        if words[:1] in ("'", '"'):
            found = re.fullmatch(r"'([^']*)'|\"([^\"\\]*)\"", words)
            if found is None:
                raise ValueError(f"bad quotes: {words}")
            return found[1] if found[1] is not None else found[2]
        if words[:1] in tuple("{[&*!%@`>|") or ": " in words or " #" in words or words.endswith(":"):
            raise ValueError(f"not a plain scalar: {words}")
        return {"true": True, "false": False}.get(words, words)

    def literal(indent: int) -> str:
        nonlocal at
        taken = []
        while at < len(rows) and (not rows[at][1] or rows[at][0] > indent):
            taken.append(rows[at][2])
            at += 1
        depth = min(len(line) - len(line.lstrip()) for line in taken if line.strip())
        return "\n".join(line[depth:] for line in taken).rstrip("\n") + "\n"

    def block(indent: int) -> Any:
        nonlocal at
        skip()
        if rows[at][1].startswith("- "):
            items = []
            while skip() or (at < len(rows) and rows[at][0] == indent and rows[at][1].startswith("- ")):
                rest = rows[at][1][2:]
                if re.match(r"[\w-]+:(\s|$)", rest):
                    rows[at] = (indent + 2, rest, " " * (indent + 2) + rest)
                    items.append(block(indent + 2))
                else:
                    at += 1
                    items.append(scalar(rest))
            return items
        made: dict[str, Any] = {}
        while skip() or (at < len(rows) and rows[at][0] == indent):
            found = re.fullmatch(r"([\w-]+):(?:\s+(.*))?", rows[at][1])
            if found is None or found[1] in made:
                raise ValueError(f"line {at + 1}: {rows[at][1]}")
            at += 1
            if found[2] == "|":
                made[found[1]] = literal(indent)
            elif found[2]:
                made[found[1]] = scalar(found[2])
            else:
                skip()
                deeper = at < len(rows) and rows[at][0] > indent
                made[found[1]] = block(rows[at][0]) if deeper else None
        if at < len(rows) and rows[at][0] > indent:
            raise ValueError(f"line {at + 1}: strange indentation")
        return made

    whole = block(0)
    if at < len(rows):
        raise ValueError(f"line {at + 1}: {rows[at][1]}")
    return whole


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    return parse(WORKFLOW.read_text())


def each_step(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in workflow["jobs"].values():
        yield from one["steps"]


def test_the_reader_of_workflows_finds_errors() -> None:
    assert parse("a:\n  - b: c\n    d: |\n      x\n       y\n  - 'e'\nf: true\n") == {
        "a": [{"b": "c", "d": "x\n y\n"}, "e"], "f": True}
    for text in ("a: b\na: c\n", "a: b: c\n", "a:\n  b: c\n   d: e\n", "a: 'b\n", "a b\n", "a: {b\n", "a: b\n  c: d\n"):
        with pytest.raises(ValueError):
            parse(text)


def test_the_workflow_is_one(workflow: dict[str, Any]) -> None:
    assert set(workflow) == {"name", "on", "permissions", "concurrency", "jobs"}
    [times] = workflow["on"]["schedule"]
    minute, hour, day, month, weekday = times["cron"].split()
    assert minute.isdigit() and hour.isdigit() and (day, month) == ("*", "*") and weekday in "0123456"
    assert "workflow_dispatch" in workflow["on"]
    for name, one in workflow["jobs"].items():
        assert one["runs-on"] == "ubuntu-latest" and one["steps"], name
        assert set(one) <= {"runs-on", "timeout-minutes", "outputs", "needs", "if", "permissions", "steps"}
    for words in each_step(workflow):
        assert ("uses" in words) != ("run" in words)
        assert set(words) <= {"name", "id", "if", "uses", "with", "env", "run"}
        assert re.fullmatch(r"actions/[\w-]+@v\d+", words.get("uses", "actions/x@v1"))
        # What comes from outside is not pasted into a script, where it would be run.
        assert "${{" not in words.get("run", "")
    # Inputs, outputs, steps and jobs that are spoken of exist.
    text = WORKFLOW.read_text()
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(workflow["on"]["workflow_dispatch"]["inputs"])
    ids = {words["id"]: words for words in each_step(workflow) if "id" in words}
    for name, key in re.findall(r"steps\.(\w+)\.outputs\.(\w+)", text):
        assert f'echo "{key}=' in ids[name]["run"]
    for name, key in re.findall(r"needs\.(\w+)\.outputs\.(\w+)", text):
        assert key in workflow["jobs"][name]["outputs"] and workflow["jobs"]["propose"]["needs"] == name


def test_the_workflow_calls_the_script_with_settings_that_it_has(workflow: dict[str, Any]) -> None:
    [calls] = [words for words in each_step(workflow) if words.get("id") == "portkit"]
    assert "sh ./portkit-ci.sh" in calls["run"]
    known = set(re.findall(r"^#   (PORTKIT_\w+) ", SCRIPT.read_text(), re.M))
    assert set(calls["env"]) <= known and {*calls["env"], "PORTKIT_RESULTS", "PORTKIT_CACHE"} == known
    used = set(re.findall(r"\$\{?(PORTKIT_\w+)", SCRIPT.read_text()))
    assert used == known


def test_what_runs_upstream_can_write_nothing(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    runs = workflow["jobs"]["resync"]
    assert "permissions" not in runs and runs["steps"][0]["with"]["persist-credentials"] is False
    writes = workflow["jobs"]["propose"]
    assert writes["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert "portkit-ci.sh" not in "".join(words.get("run", "") for words in writes["steps"])
    upload = [number for number, words in enumerate(runs["steps"]) if "upload-artifact" in words.get("uses", "")]
    assert runs["steps"][upload[0]]["if"] == "always()"


def test_no_place_of_a_machine_or_a_registry() -> None:
    for path in (SCRIPT, WORKFLOW, PROJECT / "docs/ci.md"):
        text = path.read_text()
        assert not re.search(r"/(?:work|root)/|pypi|https?://|\b(?:\d{1,3}\.){3}\d{1,3}\b", text), path


def test_the_script_is_posix_shell() -> None:
    shells = [shell for shell in ("dash", "sh", "bash") if shutil.which(shell)]
    for shell in shells:
        words = ["bash", "--posix"] if shell == "bash" else [shell]
        done = subprocess.run([*words, "-n", str(SCRIPT)], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr
    text = re.sub(r"(?m)^\s*#.*$", "", SCRIPT.read_text())
    for word in (r"\[\[", r"\blocal\b", r"\bfunction\b", r"<<<", r"\bpipefail\b", r"(?m)^\s*source\b", r"grep -r",
                 r"\$'", r"<\(", r"\becho -[ne]"):
        assert not re.search(word, text.replace("'^<<<<<<< port'", "")), word


# -- the workflow's steps ------------------------------------------------------------------------------------

def shell(text: str, place: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """As the runner does it: bash -e."""
    done = subprocess.run(["bash", "-e", "-c", text], cwd=place, env=env, capture_output=True, text=True, check=False,
                          timeout=900)
    print(done.stdout + done.stderr)
    return done


def test_the_steps_of_the_workflow(gizmo: Job, repository: Repository, workflow: dict[str, Any]) -> None:
    here = gizmo.root.parent
    origin = here / "origin.git"
    git(here, "clone", "--quiet", "--bare", str(gizmo.root), str(origin))
    git(gizmo.root, "remote", "add", "origin", str(origin))
    change(repository.upstream, "value + 3;", "value + 33;")
    newest = repository.commit("gizmo: third step is longer")
    env = {**gizmo.environment(), "GITHUB_OUTPUT": str(here / "output"), "GITHUB_STEP_SUMMARY": str(here / "shown")}
    resync = workflow["jobs"]["resync"]["steps"]
    [main_step] = [words for words in resync if words.get("id") == "portkit"]
    assert shell(main_step["run"], gizmo.root, env).returncode == 0
    outputs = dict(line.split("=", 1) for line in (here / "output").read_text().splitlines())
    assert outputs == {"status": "0", "proposal": "yes"}
    assert "compile: done" in (here / "shown").read_text()
    [verdict] = [words for words in resync if "STATUS" in words.get("env", {})]
    for status, result, words in (("0", 0, "nothing is left"), ("1", 1, "left to a person"), ("2", 1, "not be done"),
                                  ("", 1, "not be done")):
        done = shell(verdict["run"], here, {**env, "STATUS": status})
        assert done.returncode == result and words in done.stdout

    # The other job, on a checkout of its own.
    checkout = here / "checkout"
    git(here, "clone", "--quiet", str(origin), str(checkout))
    gh = here / "bin/gh"
    gh.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >>"$GH_SAID"\n')
    gh.chmod(0o755)
    shutil.copytree(gizmo.results, here / "artifact")
    proposing = {**env, "RESULTS": str(here / "artifact"), "OUT": "drivers-out", "BASE": "main", "RUN": "the run",
                 "GH_SAID": str(here / "said"), "GH_TOKEN": "none"}
    [propose] = [words for words in workflow["jobs"]["propose"]["steps"] if "run" in words]
    assert set(propose["env"]) == {"GH_TOKEN", "RESULTS", "OUT", "BASE", "RUN"}
    assert shell(propose["run"], checkout, proposing).returncode == 0
    branch = f"portkit/{newest[:12]}"
    said = (here / "said").read_text().splitlines()
    assert said[:2] == ["pr", "create"] and said[said.index("--head") + 1] == branch
    assert said[said.index("--base") + 1] == "main"
    body = Path(said[said.index("--body-file") + 1]).read_text()
    assert "compile: done" in body and "the run" in body
    changed = git(origin, "diff", "--name-only", "main", branch).split()
    assert f"drivers-out/{PORT}/steps.c" in changed and "drivers-out/portkit-sync.toml" in changed
    assert all(name.startswith("drivers-out/") for name in changed)
    assert "value + 33;" in git(origin, "show", f"{branch}:drivers-out/{PORT}/steps.c")
    # A branch that is there already is somebody's.
    there = git(origin, "rev-parse", branch)
    other = here / "again"
    git(here, "clone", "--quiet", str(origin), str(other))
    done = shell(propose["run"], other, proposing)
    assert done.returncode == 0 and "left alone" in done.stdout and git(origin, "rev-parse", branch) == there
    assert (here / "said").read_text().splitlines() == said
