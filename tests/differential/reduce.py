# SPDX-License-Identifier: BSD-2-Clause
"""The smallest zones that still show a fault: records go as long as the answers differ."""
import copy
import tempfile

import peers

TRIALS_MOST = 60  # each starts four servers


def kept(zones, records):
    """Copies of the zones with only these (origin, owner, type)."""
    some = []
    for zone in zones:
        mine = {(owner, kind) for origin, owner, kind in records if origin == zone.origin}
        if not mine:
            continue
        other = copy.copy(zone)
        other.sets = {owner: {k: r for k, r in sets.items() if (owner, k) in mine}
                      for owner, sets in zone.sets.items()}
        other.sets.setdefault((), {}).setdefault("NS", ["ns.other.example."])
        some.append(other)
    return some


def differs(zones, question, folder, asker_class, judge_class):
    try:
        with peers.Servers(zones, tempfile.mkdtemp(dir=folder)) as servers:
            asker = asker_class(servers, zones)
            try:
                return judge_class(asker, zones).judge(question)[1] is not None
            finally:
                asker.close()
    except (RuntimeError, OSError):
        return False


def near(zones, question):
    """The zone that is asked, those above and below it, and those that it points to."""
    name = "." + question.name.lower()
    first = [z for z in zones if z.origin == "." or name.endswith("." + z.origin.lower())]
    others = {o for z in first for o in z.others}
    return first + [z for z in zones if z not in first and z.origin in others]


def reduced(zones, question, folder, asker_class, judge_class):
    trials = [0]

    def test(records):
        trials[0] += 1
        return records and differs(kept(zones, records), question, folder, asker_class, judge_class)

    zones = [z for z in near(zones, question)]
    records = [(z.origin, owner, kind) for z in zones for owner, kind, _ in z.records()]
    if not test(records):
        return zones[:1]  # it takes more than these: the first is as good as any
    size = max(1, len(records) // 2)
    while size > 0 and trials[0] < TRIALS_MOST:
        at = 0
        while at < len(records) and trials[0] < TRIALS_MOST:
            fewer = records[:at] + records[at + size:]
            if test(fewer):
                records = fewer
            else:
                at += size
        size //= 2
    return kept(zones, records)
