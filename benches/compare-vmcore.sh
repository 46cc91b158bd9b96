#!/usr/bin/env bash
# Compares the kernel log that three programs print from memory dumps, and the CPU time they take for it.
#
#   benches/compare-vmcore.sh [-n RUNS] DUMP…
#
#   taintrace dmesg             $TAINTRACE, else target/release/taintrace
#   makedumpfile --dump-dmesg   Debian: makedumpfile
#   crash --log                 Debian: crash; without a vmlinux it knows no log of 5.10 and later
#   crash, command log          with the vmlinux named by $VMLINUX, which must be of the dump's kernel
#
# A dump packed with gz, xz or zst is unpacked first: the others cannot read it packed. Each program runs ten times (crash
# with a vmlinux once), RUNS times over (3); the least user and system time counts. Outputs are compared without
# whitespace and without the caller that kernels with CONFIG_PRINTK_CALLER print (`[    T1]`).
set -euo pipefail
export LC_ALL=C

runs=3
if [ "${1:-}" = -n ]; then
  runs=$2
  shift 2
fi
if [ $# = 0 ]; then
  sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
taintrace=${TAINTRACE:-target/release/taintrace}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a program BATCH times, RUNS times over. Its output goes to $work/NAME, its least CPU seconds to $work/NAME.time; false
# where it fails or says nothing.
measure() {
  local name=$1 batch=$2 run
  shift 2
  rm -f "$work/$name" "$work/$name.all"
  for run in $(seq "$runs"); do
    TIMEFORMAT='%U %S'
    if ! { time repeat "$batch" "$name" "$@"; } 2>> "$work/$name.all"; then
      return 1
    fi
  done
  # makedumpfile writes a file of its own.
  [ ! -f "$work/$name.dumped" ] || mv "$work/$name.dumped" "$work/$name"
  awk -v batch="$batch" '{ took = ($1 + $2) / batch } NR == 1 || took < least { least = took } END { print least }' \
    "$work/$name.all" > "$work/$name.time"
  [ -s "$work/$name" ]
}

repeat() {
  local batch=$1 name=$2 number
  shift 2
  for number in $(seq "$batch"); do
    rm -f "$work/$name.dumped"
    "$@" > "$work/$name" 2> "$work/$name.err" <<< log || return 1
  done
}

# crash with a vmlinux: it ends with an error where any of its tables was filtered out of the dump, and prints the log all
# the same.
crash_log() {
  crash -s "$1" "$2" || true
}

# A log without what its printers differ in, and without what crash says of itself.
bare() {
  sed -E -e '/^(crash|WARNING): /d' -e 's/^(\[ *[0-9]+\.[0-9]+\]) *\[ *[TC][0-9]+\]/\1/; s/[[:space:]]+//g' "$1" | sed '/^$/d'
}

# Lines that only one of two logs has: 0 where they are equal.
difference() {
  diff <(bare "$1") <(bare "$2") | grep -c '^[<>]' || true
}

compare() {
  local name=$1 batch=$2
  shift 2
  if ! command -v "$1" > /dev/null; then
    printf '  %-14s not installed\n' "$name"
  elif ! measure "$name" "$batch" "$@"; then
    printf '  %-14s cannot: %s\n' "$name" "$(cat "$work/$name.err" "$work/$name" 2> /dev/null | tr -s '\n' ' ' | cut -c1-100)"
  else
    local different
    different=$(difference "$work/taintrace" "$work/$name")
    printf '  %-14s %8.4f s   %6.2f times   %s\n' "$name" "$(cat "$work/$name.time")" \
      "$(awk -v a="$(cat "$work/taintrace.time")" -v b="$(cat "$work/$name.time")" 'BEGIN { print b / (a > 0.0001 ? a : 0.0001) }')" \
      "$([ "$different" = 0 ] && echo 'the same log' || echo "$different lines differ")"
  fi
}

for dump in "$@"; do
  plain=$dump
  case $dump in
    *.zst) plain=$work/dump; zstd -dcq "$dump" > "$plain" ;;
    *.xz) plain=$work/dump; xz -dc "$dump" > "$plain" ;;
    *.gz) plain=$work/dump; gzip -dc "$dump" > "$plain" ;;
  esac
  printf '%s (%d MiB)\n' "$(basename "$dump")" $(($(stat -c %s "$plain") >> 20))
  if ! measure taintrace 10 "$taintrace" dmesg --quiet "$plain"; then
    printf '  %-14s cannot: %s\n' taintrace "$(head -c 100 "$work/taintrace.err")"
    continue
  fi
  printf '  %-14s %8.4f s   %d lines\n' taintrace "$(cat "$work/taintrace.time")" "$(wc -l < "$work/taintrace")"
  compare makedumpfile 10 makedumpfile --dump-dmesg -f "$plain" "$work/makedumpfile.dumped"
  compare crash 10 crash --log "$plain"
  if [ -n "${VMLINUX:-}" ] && command -v crash > /dev/null; then
    compare crash+vmlinux 1 crash_log "$VMLINUX" "$plain"
  fi
done
