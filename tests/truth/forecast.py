#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Holds the forecast against populations whose truth is known.

Each case is a population of a family: its past is given to the forecast, its future is kept. Of those that
decline, the 80 % intervals must hold the truth in 75 to 85 % of the cases (wider by what chance allows where
there are fewer cases); of those that don't, fewer than 5 % may be called declining. A naive fit, of a line to
log(count + 1), is shown beside.

usage: forecast.py [--slice] [--cases N] [--seed N] [FAMILY...]"""
import argparse
import math
import os
import pathlib
import random
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("WINDSOCK_BUILD", TOP / "build")) / "tests/truth/forecast_fit"
TODAY = 20000
FUTURE = 3650
DECLINES = 3


def poisson(dice, mean):
    if mean > 500:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def week(dice):
    factors = [math.exp(dice.gauss(0, 0.3)) for _ in range(7)]
    mean = sum(factors) / 7
    return [f / mean for f in factors]


class Case:
    """A past, and what comes: the level's end (below one) and the first silent day, in days from today."""

    def __init__(self, past, under_one=None, silent=None):
        self.past, self.under_one, self.silent = past, under_one, silent


def declining(dice, keep=1.0, factors=None, spread=0.0, days=None):
    """A level that halves in HALF days, and counts that are Poisson's about it, on some of the days."""
    factors = factors or [1] * 7
    half, now, days = dice.uniform(15, 60), 10 ** dice.uniform(0.8, 2.5), days or dice.randint(40, 150)

    def count(day):
        mean = now * 2 ** (-(day - TODAY) / half) * factors[day % 7]
        if spread:
            mean *= dice.gammavariate(1 / spread, spread)
        return poisson(dice, mean)

    past = [(day, count(day)) for day in range(TODAY - days, TODAY) if dice.random() < keep]
    silent = next((d for d in range(FUTURE) if count(TODAY + d) == 0), FUTURE)
    return Case(past, half * math.log2(now), silent)


def dying(dice, asks=1.0):
    """Networks of which each leaves one day for good, and asks on each day before with the chance ASKS."""
    half, now, days = dice.uniform(15, 60), 10 ** dice.uniform(0.8, 2.5), dice.randint(40, 150)
    stays = 2 ** (-1 / half)
    alive, past = round(now / asks * 2 ** (days / half)), []

    def step():
        nonlocal alive
        alive = sum(dice.random() < stays for _ in range(alive))
        return alive if asks == 1 else sum(dice.random() < asks for _ in range(alive))

    for day in range(TODAY - days, TODAY):
        past.append((day, step()))
    under = half * math.log2(alive * asks) if alive > 0 else 0
    silent = next((d for d in range(FUTURE) if step() == 0), FUTURE)
    return Case(past, under, silent)


def about(dice, level, days=None):
    days = days or dice.randint(40, 150)
    return Case([(day, poisson(dice, level(day))) for day in range(TODAY - days, TODAY)])


def level_of(dice):
    return 10 ** dice.uniform(0.8, 2.8)


def flat(dice):
    level = level_of(dice)
    return about(dice, lambda day: level)


def stepped(dice):
    level, lower = level_of(dice), dice.uniform(0.2, 0.8)
    days = dice.randint(60, 150)
    when = TODAY - dice.randint(20, days - 20)
    return about(dice, lambda day: level * (lower if day >= when else 1), days)


def seasonal(dice):
    level, factors = level_of(dice), week(dice)
    length, size, phase = dice.uniform(20, 45), dice.uniform(0.1, 0.4), dice.uniform(0, 7)
    return about(dice, lambda day: level * factors[day % 7] * (1 + size * math.sin(phase + day * 2 * math.pi / length)))


def yearly(dice):
    """A season of a year, of which thirteen months are known."""
    level, size, phase = level_of(dice), dice.uniform(0.1, 0.5), dice.uniform(0, 7)
    return about(dice, lambda day: level * (1 + size * math.sin(phase + day * 2 * math.pi / 365.25)), 399)


def autocorrelated(dice):
    level, near, size = level_of(dice), dice.uniform(0.3, 0.95), dice.uniform(0.05, 0.4)
    state = {"x": dice.gauss(0, size)}

    def at(day):
        state["x"] = near * state["x"] + dice.gauss(0, size * math.sqrt(1 - near * near))
        return level * math.exp(state["x"])
    return about(dice, at)


FAMILIES = {
    "exponential": declining,
    "half of the days": lambda dice: declining(dice, keep=0.5),
    "weekly": lambda dice: declining(dice, factors=week(dice)),
    "overdispersed": lambda dice: declining(dice, spread=0.05),
    "dying out": dying,
    "dying out, asking at times": lambda dice: dying(dice, asks=0.4),
    "flat": flat,
    "stepped": stepped,
    "seasonal": seasonal,
    "yearly": yearly,
    "autocorrelated": autocorrelated,
}


def naive(past):
    """A line through log(count + 1), and where it meets log 2."""
    xs, ys = [day - TODAY for day, _ in past], [math.log(count + 1) for _, count in past]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    slope = sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)
    return x + (math.log(2) - y) / slope if slope < 0 else FUTURE


class Interval:
    def __init__(self, words):
        likely, early, late = (math.inf if word == "-" else int(word) for word in words)
        self.likely, self.early, self.late = likely, early, late

    def holds(self, truth):
        return self.early <= truth <= self.late


def forecasts(cases):
    lines = "".join(f"{TODAY} " + " ".join(f"{day} {count}" for day, count in case.past) + "\n" for case in cases)
    done = subprocess.run([PROGRAM], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    for line in done.stdout.splitlines():
        words = line.split()
        yield int(words[0]), Interval(words[1:4]), Interval(words[4:7])


def median(values):
    return sorted(values)[len(values) // 2] if values else math.nan


def judge(name, cases, results):
    """Whether the family is told truly; prints its row."""
    called = [(c, under, silent) for c, (verdict, under, silent) in zip(cases, results) if verdict == DECLINES]
    share = len(called) / len(cases)
    if cases[0].under_one is None:
        most = 0.05 + 2.3 * math.sqrt(0.05 * 0.95 / len(cases))
        print(f"{name:28} called declining {100 * share:5.1f} % (5 at most)")
        return share < (0.05 if len(cases) >= 2000 else most)
    slack = 0.05 + (0 if len(cases) >= 2000 else 2.6 * math.sqrt(0.8 * 0.2 / len(called)))
    under = sum(u.holds(max(0, c.under_one)) for c, u, _ in called) / len(called)
    silent = sum(s.holds(c.silent) for c, _, s in called) / len(called)
    off = median([abs(u.likely - c.under_one) / max(1, c.under_one) for c, u, _ in called])
    naive_off = median([abs(naive(c.past) - c.under_one) / max(1, c.under_one) for c, _, _ in called])
    bias = median([(u.likely - c.under_one) / max(1, c.under_one) for c, u, _ in called])
    naive_bias = median([(naive(c.past) - c.under_one) / max(1, c.under_one) for c, _, _ in called])
    print(f"{name:28} called declining {100 * share:5.1f} %; below one held {100 * under:4.1f} %, silent {100 * silent:4.1f} %; "
          f"off by {100 * off:.0f} % (naive {100 * naive_off:.0f} %), bias {100 * bias:+.0f} % (naive {100 * naive_bias:+.0f} %)")
    return abs(under - 0.8) <= slack and abs(silent - 0.8) <= slack


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", action="store_true", help="few cases, for CI")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("families", nargs="*", default=list(FAMILIES))
    options = parser.parse_args()
    if options.slice:
        options.cases = min(options.cases, 100)
    wrong = []
    for name in options.families or FAMILIES:
        dice = random.Random(f"{options.seed} {name}")
        cases = [FAMILIES[name](dice) for _ in range(options.cases)]
        if not judge(name, cases, forecasts(cases)):
            wrong.append(name)
    print(f"{len(options.families or FAMILIES) - len(wrong)} families as promised" + (f"; not true of: {', '.join(wrong)}" if wrong else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
