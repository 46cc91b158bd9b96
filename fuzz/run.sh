#!/usr/bin/env bash
# Runs each fuzz target in turn for a given time, with seeds from sample-reports and the tests, and prints what each did.
#
#     fuzz/run.sh [SECONDS] [TARGET...]
#
# SECONDS is 600, the targets are all of fuzz/Cargo.toml. Needs cargo-fuzz (`cargo install cargo-fuzz`); on a stable
# toolchain RUSTC_BOOTSTRAP lets it use the sanitizers. A finding ends the script with its status; the input that caused
# it is in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
shift || true
export RUSTC_BOOTSTRAP=1
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

# seeds TARGET: small pieces of the sample reports; what a target does not understand it drops by itself.
seeds() {
    local folder=fuzz/corpus/$1 file
    mkdir -p "$folder"
    while IFS= read -r file; do
        head -c 32768 "$file" >"$folder/sample-$(echo "$file" | cksum | cut -d ' ' -f 1)"
    done < <(find sample-reports -type f -size -2M; find src -path '*logs/*' -type f)
}

for target in "${targets[@]}"; do
    seeds "$target"
    log=fuzz/artifacts/$target.log
    mkdir -p fuzz/artifacts
    cargo fuzz run "$target" -- -max_total_time="$seconds" -max_len=65536 -print_final_stats=1 -timeout=30 >"$log" 2>&1 || {
        tail -n 30 "$log"
        echo "$target: a finding, see fuzz/artifacts/$target"
        exit 1
    }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
    echo "$target: $runs executions in $seconds s, ${coverage:-no coverage}, no finding"
done
