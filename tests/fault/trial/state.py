# SPDX-License-Identifier: BSD-2-Clause
"""What a registry holds, and whether it is whole: SQLite's own checks, and the change log beside the rows."""
import collections
import json
import sqlite3

# Dates and secrets are others each time.
PASSING = {"id", "act", "at", "heard", "expires", "updated", "since", "token", "secret", "sign", "digest"}
LOGGED = ("zone", "relay", "release", "pool", "rule", "account", "host", "tsig", "secondary")


def connect(path):
    connection = sqlite3.connect(path, timeout=10)
    connection.row_factory = sqlite3.Row
    return connection


def rows_of(connection, table):
    """By key, as the log writes it."""
    keys = [row["name"] for row in sorted(connection.execute(f"PRAGMA table_info({table})"), key=lambda row: row["pk"])
            if row["pk"] > 0]
    return {" ".join(str(row[key]) for key in keys): dict(row) for row in connection.execute(f"SELECT * FROM {table}")}


def disagreements(connection, table):
    """Where the last change of an object is not what the row holds."""
    rows = rows_of(connection, table)
    last = {row["key"]: row["new"] for row in
            connection.execute("SELECT key, new FROM change WHERE kind = ? ORDER BY id", (table,))}
    for key in rows.keys() | last.keys():
        new = last.get(key)
        if (new is None) != (key not in rows):
            yield f"{table} {key}: the log says {new}, the row {rows.get(key)}"
        elif new is not None:
            told = json.loads(new)
            held = {field: rows[key][field] for field in told if told[field] not in ("kept", "new")}
            if any(told[field] != held[field] for field in held):
                yield f"{table} {key}: the log says {told}, the row {held}"


def record_disagreements(connection):
    count = collections.Counter(row["zone"] for row in connection.execute("SELECT zone FROM record"))
    for row in connection.execute("SELECT key, old, new FROM change WHERE kind = 'record'"):
        count[row["key"]] += (row["old"] is not None) - (row["new"] is not None)
    return [f"records of zone {zone}: {difference} more than the log says" for zone, difference in count.items() if difference]


def unwell(path):
    """What is wrong with a registry; nothing, if the log was not pruned."""
    connection = connect(path)
    try:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        found += [str(tuple(row)) for row in connection.execute("PRAGMA foreign_key_check")]
        there = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in (table for table in LOGGED if table in there):
            found += disagreements(connection, table)
        return found + (record_disagreements(connection) if "record" in there else [])
    except sqlite3.DatabaseError as trouble:
        return [str(trouble)]
    finally:
        connection.close()


def content(path):
    """All tables and the log, without what passes; to be compared."""
    connection = connect(path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' "
                                                       "AND name NOT LIKE 'sqlite%' AND name NOT IN ('meta', 'act', 'acting')")]
        return {table: sorted(str([value for column, value in dict(row).items() if column not in PASSING])
                              for row in connection.execute(f"SELECT * FROM {table}")) for table in tables}
    finally:
        connection.close()
