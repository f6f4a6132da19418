#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints user-space instructions an answer, by callgrind: exact, whatever else the machine does.
# usage: instructions.sh PROGRAM        the built tests/bench/instructions
set -eu
program=$1 count=10000 out=$(mktemp)
trap 'rm -f "$out"' EXIT
printf '%-6s %-10s %10s %12s\n' zones question hosts instructions
for zones in plain rich; do
for question in host static pool hands signed nxdomain nodata apex; do
	for hosts in 10 100000; do
		valgrind --tool=callgrind --toggle-collect=respond --callgrind-out-file="$out" \
			"$program" "$zones" "$question" "$hosts" "$count" >/dev/null 2>&1
		total=$(sed -n 's/^\(summary\|totals\): //p' "$out" | head -n 1)
		printf '%-6s %-10s %10d %12d\n' "$zones" "$question" "$hosts" $((total / count))
	done
done
done
