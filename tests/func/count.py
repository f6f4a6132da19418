# SPDX-License-Identifier: BSD-2-Clause
"""Prints how many tests passed, failed and were skipped, by pytest's JUnit file."""
import sys
import xml.etree.ElementTree

good = bad = skipped = 0
for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"):
    faults = {child.tag for child in case} & {"failure", "error", "skipped"}
    if faults & {"failure", "error"}:
        bad += 1
    elif faults:
        skipped += 1
    else:
        good += 1
print(good, bad, skipped)
