# SPDX-License-Identifier: BSD-2-Clause
"""A disk as it is written to (recorder.c), and what it may hold after a power cut at any moment.

What a file was written since it was last made durable may be there, or not, or in part: in any order, and torn between
sectors of 512 octets. A name that was made, changed or removed may be as before, unless its directory was made durable
since; changes of one name stay in their order."""
import collections
import os
import pathlib
import struct

HEAD = struct.Struct("4I2Q")
CREATED, WROTE, CUT, SYNCED, SYNCED_DIRECTORY, RENAMED, REMOVED, MADE_DIRECTORY = range(1, 9)
SECTOR = 512

Operation = collections.namedtuple("Operation", "what path other octets inode at end")


def read_log(path):
    """All operations; `end` is where each ends in the log."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        what, path_size, other_size, size, inode, offset = HEAD.unpack_from(data, at)
        at += HEAD.size
        first, second = at + path_size, at + path_size + other_size
        end = second + size
        found.append(Operation(what, data[at:first].decode(), data[first:second].decode(), data[second:end], inode, offset, end))
        at = end
    return found


def put(content, operation, octets=None, at=None):
    if operation.what == CUT:
        del content[operation.at:]
        content.extend(bytes(operation.at - len(content)))
        return
    octets, at = (operation.octets, operation.at) if octets is None else (octets, at)
    content.extend(bytes(max(0, at + len(octets) - len(content))))
    content[at:at + len(octets)] = octets


def put_torn(content, operation, dice):
    """Some of a write's sectors."""
    if operation.what == CUT:
        put(content, operation)
        return
    at, end = operation.at, operation.at + len(operation.octets)
    while at < end:
        border = min(end, (at // SECTOR + 1) * SECTOR)
        if dice.random() < 0.5:
            put(content, operation, operation.octets[at - operation.at:border - operation.at], at)
        at = border


class Disk:
    """Begins with what stands in a directory, all of it durable."""

    def __init__(self, directory, lies=()):
        self.directory, self.lies = str(directory), lies  # endings of files whose syncs are lies
        self.names, self.contents, self.directories = {}, {}, set()
        self.pending = collections.defaultdict(list)   # by inode: writes and cuts
        self.changes = []                               # of names
        self.paths = {}                                 # inode: its path, as it was made
        for path in pathlib.Path(directory).rglob("*"):
            if path.is_dir():
                self.directories.add(str(path))
            elif path.is_file():
                inode = path.stat().st_ino
                self.names[str(path)], self.contents[inode] = inode, bytearray(path.read_bytes())
                self.paths[inode] = str(path)

    def take(self, operation):
        if operation.what == CREATED:
            self.contents[operation.inode] = bytearray()
            self.pending.pop(operation.inode, None)
            self.paths[operation.inode] = operation.path
            self.changes.append(operation)
        elif operation.what in (WROTE, CUT):
            self.pending[operation.inode].append(operation)
        elif operation.what == SYNCED:
            if self.paths.get(operation.inode, "").endswith(self.lies or ("\0",)):
                return
            for write in self.pending.pop(operation.inode, ()):
                put(self.contents[operation.inode], write)
        elif operation.what == SYNCED_DIRECTORY:
            within = [change for change in self.changes if os.path.dirname(change.path) == operation.path]
            for change in within:
                self.rename(self.names, change)
            self.changes = [change for change in self.changes if change not in within]
        else:
            self.changes.append(operation)

    def rename(self, names, change):
        if change.what == CREATED:
            names[change.path] = change.inode
        elif change.what == REMOVED:
            names.pop(change.path, None)
        elif change.what == RENAMED and change.path in names:
            names[change.other] = names.pop(change.path)

    def image(self, how, dice):
        """Files by name. HOW: all that was written, none that was not made durable, or some, torn and in any order."""
        names = dict(self.names)
        lost = set()  # names whose changes did not come through from here on
        for change in self.changes:
            if how == "none" or (how == "some" and dice.random() < 0.3):
                lost |= {change.path, change.other}
            if change.path not in lost and change.other not in lost - {""}:
                self.rename(names, change)
            else:
                lost |= {change.path, change.other}
        return {name: self.content(inode, how, dice) for name, inode in names.items()}

    def content(self, inode, how, dice):
        content, pending = bytearray(self.contents.get(inode, b"")), self.pending.get(inode, ())
        if how == "all":
            chosen = pending
        elif how == "none":
            chosen = ()
        else:
            until = dice.randint(0, len(pending))
            chosen = pending[:until] if dice.random() < 0.5 else [w for w in pending if dice.random() < 0.5]
        for write in chosen:
            if how == "some" and (write is chosen[-1] or dice.random() < 0.2):
                put_torn(content, write, dice)
            else:
                put(content, write)
        return content

    def write(self, image, to):
        for name, content in image.items():
            path = pathlib.Path(str(to) + name[len(self.directory):])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(0o600)
