#!/usr/bin/env bash
# Times whole commands in turn, taintrace against what is used for the same questions today, and prints medians and ratios.
#
#     benches/compare.sh [FOLDER] [RUNS]
#
# FOLDER holds the inputs, made once by `cargo run --release --example make_bench_reports` (1 GB there and twice that while
# they are made). RUNS is 5. Needs xz, tar, python3; uses ripgrep, insights-core and hotsos (both from PyPI, in an
# environment of its own below FOLDER) where they are or can be had, and says so where not.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-${TMPDIR:-/tmp}/taintrace-compare}
runs=${2:-5}

cargo build --release --locked --quiet
cargo build --release --locked --quiet --example make_bench_reports --example decode_xz
[ -d "$folder/batch" ] || target/release/examples/make_bench_reports "$folder"
taintrace=$PWD/target/release/taintrace
results=$folder/results.tsv
: >"$results"

# The texts that taintrace itself looks for before it reads a line (src/kernel_log/prefilter.rs), and those of a person.
sed -n '/^const \(CAPITALS\|OF_MODULES\|OF_STORAGE\):/,/^];/s/^    "\([^"]*\)",.*$/\1/p; s/^const OFFSET: .*"\(.*\)";$/\1/p' src/kernel_log/prefilter.rs >"$folder/starters"
printf '%s\n' 'BUG: ' 'Oops' 'Kernel panic' 'Call Trace' 'Modules linked in' 'Tainted: ' 'taints kernel' >"$folder/few"

have() { command -v "$1" >/dev/null; }

# seconds NAME COMMAND: one run, wall seconds and peak KiB appended to the results. The status of the command does not matter.
seconds() {
    local name=$1 from to peak=0
    shift
    from=$(date +%s.%N)
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -o "$folder/peak" -f %M bash -c "$*" >/dev/null 2>&1 || true
        peak=$(tail -n 1 "$folder/peak")
    else
        bash -c "$*" >/dev/null 2>&1 || true
    fi
    to=$(date +%s.%N)
    printf '%s\t%s\t%s\n' "$name" "$(echo "$to $from" | awk '{print $1 - $2}')" "$peak" >>"$results"
}

# compare TITLE NAME COMMAND [NAME COMMAND]...: each in turn, RUNS times; the first is what the others are measured by.
compare() {
    local title=$1 run pair
    shift
    : >"$results"
    for run in $(seq "$runs"); do
        for ((pair = 1; pair <= $#; pair += 2)); do
            local command=$((pair + 1))
            seconds "${!pair}" "${!command}"
        done
    done
    printf '\n## %s\n\n| command | median s | least s | peak MiB | taintrace is |\n|---|---:|---:|---:|---:|\n' "$title"
    python3 - "$results" <<'PYTHON'
import statistics, sys
rows = {}
for line in open(sys.argv[1]):
    name, seconds, peak = line.rstrip("\n").split("\t")
    rows.setdefault(name, []).append((float(seconds), int(peak or 0)))
own = None
for name, runs in rows.items():
    median = statistics.median(s for s, _ in runs)
    own = own or median
    print(f"| {name} | {median:.3f} | {min(s for s, _ in runs):.3f} | {max(p for _, p in runs) / 1024:.0f} | {median / own:.2f} x as fast |")
PYTHON
}

printf '# %s runs each, in turn, on %s\n\n' "$runs" "$(uname -sm), $(nproc) cores"
"$taintrace" --version
xz --version | head -n 1
have rg && rg --version | head -n 1
rustc --version

scan="$taintrace scan --format json"
large=$folder/large.tar.xz
compare "One report of 300 MB, tar.xz in one block" \
    "taintrace scan" "$scan $large" \
    "liblzma of taintrace, decoding alone" "target/release/examples/decode_xz $large" \
    "xz -dc" "xz -dc $large" \
    "tar xf + rg" "rm -rf $folder/out; mkdir $folder/out; tar xf $large -C $folder/out; rg -c -F -f $folder/starters $folder/out"
compare "The same in blocks of 24 MiB" \
    "taintrace scan" "$scan $folder/blocks.tar.xz" \
    "xz -dc" "xz -dc $folder/blocks.tar.xz" \
    "xz -T2 -dc" "xz -T2 -dc $folder/blocks.tar.xz"
compare "Forty reports of 20 MB" \
    "taintrace scan, all cores" "$scan $folder/batch" \
    "taintrace scan on one core" "taskset -c 0 $scan $folder/batch" \
    "xz -dc, one after the other" "for f in $folder/batch/*; do xz -dc \$f; done"
if have rg; then
    compare "A directory of 300 MB in the page cache" \
        "taintrace scan" "$scan $folder/large" \
        "rg -c, the same starters" "rg -c -F -f $folder/starters $folder/large" \
        "rg -c, one thread" "rg -j 1 -c -F -f $folder/starters $folder/large" \
        "rg -c, seven starters" "rg -c -F -f $folder/few $folder/large"
else
    echo "ripgrep is not installed: the directory is not measured"
fi

# Programs that triage reports. One report of the batch, for they take their time.
peers=$folder/peers
if [ ! -x "$peers/bin/insights-run" ]; then
    python3 -m venv "$peers" && "$peers/bin/pip" install --quiet insights-core hotsos setuptools || true
fi
if [ ! -x "$peers/bin/insights-run" ] || [ ! -x "$peers/bin/hotsos" ]; then
    echo "insights-core and hotsos could not be installed: not measured"
    exit 0
fi
"$peers/bin/pip" list 2>/dev/null | grep -iE "^(insights-core|hotsos) "
mkdir -p "$folder/rule"
cat >"$folder/rule/unsigned_modules.py" <<'RULE'
from insights import make_info, rule
from insights.parsers.dmesg import DmesgLineList
from insights.parsers.lsmod import LsMod


@rule([DmesgLineList, LsMod])
def unsigned(dmesg, lsmod):
    said = dmesg.get("module verification failed") if dmesg else []
    return make_info("UNSIGNED", lines=[line["raw_message"] for line in said], loaded=len(lsmod.data) if lsmod else 0)
RULE
one=$(ls "$folder"/batch/* | head -n 1)
compare "One report of 20 MB" \
    "taintrace scan" "$scan $one" \
    "insights-core, one rule" "PYTHONPATH=$folder/rule $peers/bin/insights-run -p unsigned_modules $one" \
    "tar xf + hotsos --kernel" "rm -rf $folder/out; mkdir $folder/out; tar xf $one -C $folder/out; $peers/bin/hotsos --kernel $folder/out/*"

# The same question of reports that are unpacked already, several in a row.
if [ ! -d "$folder/unpacked" ]; then
    mkdir "$folder/unpacked"
    for archive in $(ls "$folder"/batch/* | head -n 8); do
        mkdir "$folder/unpacked/$(basename "$archive" .tar.xz)"
        tar xf "$archive" -C "$folder/unpacked/$(basename "$archive" .tar.xz)" --strip-components 1
    done
fi
each() { echo "for report in $folder/unpacked/*; do $1 \$report; done"; }
compare "Eight unpacked reports of 20 MB" \
    "taintrace scan" "$scan $folder/unpacked" \
    "insights-core, one rule" "$(each "PYTHONPATH=$folder/rule $peers/bin/insights-run -p unsigned_modules")" \
    "hotsos --kernel" "$(each "$peers/bin/hotsos --kernel")"
