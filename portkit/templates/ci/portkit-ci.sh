#!/bin/sh
#
# Brings a port new upstream: portkit diff, compile, boot, report and patch, one after the other.
# Run it at the top of the port's repository; docs/ci.md of portkit has all of it.
#
#   PORTKIT_UPSTREAM        FreeBSD's git repository, URL or path
#   PORTKIT_UPSTREAM_REV    branch, tag or commit of it (HEAD)
#   PORTKIT_UPSTREAM_SINCE  a date: no history before it is fetched (all of it)
#   PORTKIT_GATE            the gate's git repository, URL or path
#   PORTKIT_GATE_REV        branch, tag or commit of it (HEAD)
#   PORTKIT_OUT             the port, a folder of this repository (drivers-out)
#   PORTKIT_BOOT            options for portkit boot, such as "--scenario boot"
#   PORTKIT_CC              compiler (gcc)
#   PORTKIT_ALWAYS          yes: go all the way, even if upstream has nothing new
#   PORTKIT_RESULTS         folder for what comes out; it must not be there yet (portkit-results)
#   PORTKIT_CACHE           clones, kept from one run to the next (~/.cache/portkit-ci)
#   PORTKIT_SOURCE          portkit's git repository: used where there is no command portkit
#   PORTKIT_SOURCE_REV      branch, tag or commit of it (HEAD)
#
# Exit status: 0 done, nothing left; 1 done, something left to a person (summary.md says what); 2 it could not be done.

set -u

fail() {
	echo "portkit-ci: $1" >&2
	exit 2
}

# -- what is asked for

upstream=${PORTKIT_UPSTREAM:-}
gate=${PORTKIT_GATE:-}
out=${PORTKIT_OUT:-drivers-out}
out=${out%/}
cc=${PORTKIT_CC:-gcc}
results=${PORTKIT_RESULTS:-portkit-results}
cache=${PORTKIT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/portkit-ci}

[ -n "$upstream" ] || fail "PORTKIT_UPSTREAM is not set (give it FreeBSD's git repository)"
[ -n "$gate" ] || fail "PORTKIT_GATE is not set (give it the git repository of the illumos gate that the series is for)"
command -v git >/dev/null || fail "git is not installed (install it)"
[ -f "$out/portkit.json" ] || fail "$out: holds no port (name its folder in PORTKIT_OUT)"
top=$(git rev-parse --show-toplevel 2>/dev/null) ||
    fail "this is no git repository (run it at the top of the port's repository)"
[ "$(cd "$out" && pwd -P)" != "$(cd "$top" && pwd -P)" ] ||
    fail "$out: is the repository's top, and portkit exchanges the port's folder as a whole (move the port into a folder)"
[ -z "$(git status --porcelain -- "$out")" ] ||
    fail "$out: has changes that are not committed (commit them, or put them aside)"
[ ! -e "$results" ] || fail "$results: is there already (remove it, or name another folder in PORTKIT_RESULTS)"
mkdir -p "$results" "$cache" || exit 2
results=$(cd "$results" && pwd -P)
cache=$(cd "$cache" && pwd -P)
case $results/ in
"$(cd "$out" && pwd -P)"/*)
	rmdir "$results"
	fail "$results: lies in the port (name another folder in PORTKIT_RESULTS)"
	;;
esac
work=$(mktemp -d "${TMPDIR:-/tmp}/portkit-ci.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# -- what is said of it

status=0
summary=$results/summary.md

say() {
	echo "portkit-ci: $1"
	echo "- $1" >>"$summary"
}

# The worst of all steps counts; what is neither 0 nor 1 could not be done.
worse() {
	case $1 in
	0) ;;
	1) [ "$status" -eq 2 ] || status=1 ;;
	*) status=2 ;;
	esac
}

# run NAME WHAT COMMAND...: what it says goes to NAME.txt, and into the summary where something is left.
run() {
	name=$1
	what=$2
	shift 2
	"$@" >"$results/$name.txt" 2>&1
	code=$?
	cat "$results/$name.txt"
	case $code in
	0) say "$what: done" ;;
	1) say "$what: done, and something is left to a person" ;;
	*) say "$what: could not be done" ;;
	esac
	if [ "$code" -ne 0 ]; then
		{
			echo
			tail -n 60 "$results/$name.txt" | sed 's/^/        /'
			echo
		} >>"$summary"
	fi
	worse "$code"
	return "$code"
}

finish() {
	sed 's/^/    /' "$summary"
	exit "$status"
}

# The port as it was.  It was clean, so all that git does not know in it is ours.
restore() {
	git checkout --quiet -- "$out" && git clean -fdq -- "$out"
}

# What a person would see change: the drivers and the ledger.
state() {
	(cd "$out" && find usr portkit-sync.toml -type f -exec cksum {} + 2>/dev/null | LC_ALL=C sort)
}

# fetch FOLDER REPOSITORY REVISION OPTION...: the revision becomes refs/portkit/now of a repository of ours.
fetch() {
	folder=$1
	from=$2
	revision=$3
	shift 3
	[ -d "$from" ] && from=$(cd "$from" && pwd -P)
	git -C "$folder" fetch --quiet --no-tags --force "$@" "$from" "$revision:refs/portkit/now" ||
	    fail "$from: cannot fetch $revision (give its repository and a branch, a tag or a whole commit of it)"
}

echo "# Resync of $out" >"$summary"
echo >>"$summary"

# -- portkit

if [ -n "${PORTKIT_SOURCE:-}" ] && ! command -v portkit >/dev/null; then
	[ -d "$cache/portkit/.git" ] || git init --quiet "$cache/portkit" || exit 2
	fetch "$cache/portkit" "$PORTKIT_SOURCE" "${PORTKIT_SOURCE_REV:-HEAD}" --depth 1
	git -C "$cache/portkit" checkout --quiet --force --detach refs/portkit/now || exit 2
	python3 -m venv "$work/venv" &&
	    "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$cache/portkit" ||
	    fail "portkit cannot be installed (it needs Python 3.11 or later, with venv and pip)"
	PATH=$work/venv/bin:$PATH
fi
command -v portkit >/dev/null ||
    fail "there is no command portkit (install it, or give its git repository in PORTKIT_SOURCE)"

# -- new upstream

[ -d "$cache/upstream.git" ] || git init --quiet --bare "$cache/upstream.git" || exit 2
if [ -n "${PORTKIT_UPSTREAM_SINCE:-}" ]; then
	fetch "$cache/upstream.git" "$upstream" "${PORTKIT_UPSTREAM_REV:-HEAD}" "--shallow-since=$PORTKIT_UPSTREAM_SINCE"
else
	fetch "$cache/upstream.git" "$upstream" "${PORTKIT_UPSTREAM_REV:-HEAD}"
fi
commit=$(git -C "$cache/upstream.git" rev-parse --verify 'refs/portkit/now^{commit}') || exit 2
echo "$commit" >"$results/upstream"

mkdir "$work/before"
for part in usr .portkit portkit.json portkit.map.json portkit-sync.toml; do
	[ ! -e "$out/$part" ] || cp -Rp "$out/$part" "$work/before/" || exit 2
done
state >"$work/state"
run diff "diff to upstream's $commit" portkit diff --to "$cache/upstream.git" --rev "$commit" -o "$out" \
    --json "$results/diff.json"
[ $? -le 1 ] || finish

if state | cmp -s - "$work/state"; then
	say "upstream has nothing new for this port"
	if [ "${PORTKIT_ALWAYS:-}" != yes ]; then
		restore
		finish
	fi
	new=no
else
	new=yes
fi

# -- does it compile and boot?

port=$out
if [ -n "$(find "$out/usr" -type f -exec grep -l '^<<<<<<< port' {} +)" ]; then
	say "not compiled and not booted: conflicts come first"
	say "the series is that of the port as it was before"
	port=$work/before
elif run compile "compile" portkit compile "$out" --cc "$cc" --json "$results/compile.json"; then
	# The options are words.
	# shellcheck disable=SC2086
	run boot "boot" portkit boot "$out" --cc "$cc" --json "$results/boot.json" ${PORTKIT_BOOT:-}
else
	say "not booted: it does not compile"
fi

# -- the report, the series, the change of this repository

run report "report (report.html)" portkit report "$out" -o "$results/report.html"

[ -d "$cache/gate/.git" ] || git init --quiet "$cache/gate" || exit 2
fetch "$cache/gate" "$gate" "${PORTKIT_GATE_REV:-HEAD}" --depth 1
git -C "$cache/gate" am --abort 2>/dev/null
git -C "$cache/gate" checkout --quiet --force --detach refs/portkit/now &&
    git -C "$cache/gate" clean -fdxq || exit 2
git -C "$cache/gate" config user.name >/dev/null || git -C "$cache/gate" config user.name "$(git log -1 --format=%an)"
git -C "$cache/gate" config user.email >/dev/null || git -C "$cache/gate" config user.email "$(git log -1 --format=%ae)"

run patch "series for the gate at $(git -C "$cache/gate" rev-parse --short refs/portkit/now)" portkit patch "$port" \
    --gate "$cache/gate" --series "$results/series" --upstream "$cache/upstream.git" \
    --json "$results/patch.json"
if [ $? -le 1 ] && run am "git am of the series" git -C "$cache/gate" am --quiet "$results"/series/*.patch &&
    [ -f "$results/compile.json" ]; then
	# A gate that has headers of its own is compiled with them.
	if [ -f "$cache/gate/usr/src/uts/common/sys/sunddi.h" ]; then
		set -- --gate "$cache/gate"
	else
		set --
	fi
	run gate "compile in the gate" portkit compile --source "$cache/gate" --modules "$results/series/modules.toml" \
	    --cc "$cc" "$@" --json "$results/gate.json"
fi

if [ "$new" = yes ]; then
	GIT_INDEX_FILE=$work/index
	export GIT_INDEX_FILE
	git read-tree HEAD && git add --all -- "$out" &&
	    git diff --cached --binary --full-index HEAD -- "$out" >"$results/port.diff"
	unset GIT_INDEX_FILE
	say "git apply --index port.diff brings it into the port's repository"
else
	restore
fi
finish
