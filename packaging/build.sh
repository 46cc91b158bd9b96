#!/usr/bin/env bash
# Builds the .deb and the .rpm into target/debian and target/generate-rpm. Needs cargo-deb and cargo-generate-rpm
# (cargo install cargo-deb cargo-generate-rpm). What goes into them is listed in Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked
manual=target/manual
rm -rf "$manual"
mkdir -p "$manual"
target/release/taintrace man --out "$manual/man1"
gzip -9 -n "$manual"/man1/*.1
for shell in bash zsh fish; do
    target/release/taintrace completions "$shell" >"$manual/taintrace.$shell"
done
cargo deb --no-build --locked
cargo generate-rpm
ls -l target/debian/*.deb target/generate-rpm/*.rpm
