"""The tables of the store, how an older file becomes a newer one, and what a row's id means.

A row's id is its time: microseconds since 1970, ten bits to the left, and in these bits a mark of its part (see
`stratoscope.store.parts`). So the newest events are the highest ids, in the tables as in the full-text indexes, and a time
range is a range of ids. It reaches from 1685 to 2255. Events of one moment in one part stand a microsecond apart; one whose
text has no time stands directly after the one before it in its file.
"""

import os
import sqlite3
from pathlib import Path

from stratoscope.errors import StratoscopeError

APPLICATION_ID = 0x53545253
"""`STRS`, in the header of the file (SQLite's magic.txt knows no such)."""
SLOT_BITS = 10
BUSY_MS = 10_000
"""How long SQLite waits for another process that writes."""
_PAGE_SIZE = 8192
"""Of a new file. Against SQLite's 4,096 it stores a tenth more events per second in a fifteenth less space."""
_WAL_KEPT = 64 << 20
"""Bytes that the write-ahead log keeps of its size once it was larger."""
_MOST = 2**63 - 1
LEAST = -(2**63)
"""Below every row id."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        identity TEXT NOT NULL UNIQUE,     -- the file, whatever it is called now
        path TEXT NOT NULL,                -- the name under which it was first seen
        offset INTEGER NOT NULL,           -- all before this byte is in the store
        line INTEGER NOT NULL,             -- the number of the line at `offset`
        newest INTEGER NOT NULL            -- row id of its last event, for those without a time
    );
    CREATE TABLE event (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source(id),
        offset INTEGER NOT NULL,           -- of the event's first byte
        part INTEGER NOT NULL,             -- checksum: one torn line can hold the beginnings of two events
        event BLOB NOT NULL                -- JSON; deflated if its first byte is not a brace
    );
    CREATE UNIQUE INDEX event_once ON event(source, offset, part);
    CREATE VIRTUAL TABLE event_text USING fts5(
        text, tags, content='', columnsize=0, detail=full, tokenize='unicode61 remove_diacritics 2'
    );
    CREATE TABLE tally (
        service TEXT NOT NULL,
        severity INTEGER NOT NULL,         -- OpenTelemetry number of the level's first: 1 5 9 13 17 21, 0 for none
        count INTEGER NOT NULL,
        oldest INTEGER NOT NULL,           -- row ids
        newest INTEGER NOT NULL,
        PRIMARY KEY (service, severity)
    ) WITHOUT ROWID;
    CREATE TABLE problem (
        fingerprint TEXT NOT NULL,
        service TEXT NOT NULL,
        severity INTEGER NOT NULL,         -- the worst one seen
        template TEXT NOT NULL,
        exception TEXT NOT NULL,
        dependency TEXT NOT NULL,
        count INTEGER NOT NULL,
        oldest INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        PRIMARY KEY (fingerprint, service)
    ) WITHOUT ROWID;
    CREATE TABLE retention (events_dropped INTEGER NOT NULL);
    INSERT INTO retention VALUES (0);
    """,
    """
    CREATE TABLE part (
        number INTEGER PRIMARY KEY,        -- its tables are event_NUMBER and text_NUMBER; 0 holds what version 1 wrote
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL,            -- that they take, about
        oldest INTEGER NOT NULL,           -- row ids
        newest INTEGER NOT NULL
    );
    INSERT INTO part SELECT 0, count(*), 0, coalesce(min(id), 0), coalesce(max(id), 0) FROM event;
    ALTER TABLE event RENAME TO event_0;
    ALTER TABLE event_text RENAME TO text_0;
    ALTER TABLE source ADD COLUMN furthest INTEGER NOT NULL DEFAULT 9223372036854775807;
    ALTER TABLE tally RENAME TO tally_1;
    CREATE TABLE tally (
        part INTEGER NOT NULL,
        service TEXT NOT NULL,
        severity INTEGER NOT NULL,         -- OpenTelemetry number of the level's first: 1 5 9 13 17 21, 0 for none
        count INTEGER NOT NULL,
        oldest INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        PRIMARY KEY (part, service, severity)
    ) WITHOUT ROWID;
    INSERT INTO tally SELECT 0, service, severity, count, oldest, newest FROM tally_1;
    DROP TABLE tally_1;
    ALTER TABLE problem RENAME TO problem_1;
    CREATE TABLE problem (
        part INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        service TEXT NOT NULL,
        severity INTEGER NOT NULL,
        template TEXT NOT NULL,
        exception TEXT NOT NULL,
        dependency TEXT NOT NULL,
        count INTEGER NOT NULL,
        oldest INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        PRIMARY KEY (part, fingerprint, service)
    ) WITHOUT ROWID;
    INSERT INTO problem SELECT 0, fingerprint, service, severity, template, exception, dependency, count, oldest, newest
        FROM problem_1;
    DROP TABLE problem_1;
    CREATE TABLE minute (
        part INTEGER NOT NULL,
        minute INTEGER NOT NULL,           -- since 1970
        service TEXT NOT NULL,
        severity INTEGER NOT NULL,         -- OpenTelemetry number, 0 for none
        count INTEGER NOT NULL,
        PRIMARY KEY (part, minute, service, severity)
    ) WITHOUT ROWID;
    CREATE TABLE problem_minute (
        part INTEGER NOT NULL,
        minute INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        service TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (part, minute, fingerprint, service)
    ) WITHOUT ROWID;
    CREATE TABLE problem_host (
        part INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        host TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (part, fingerprint, host)
    ) WITHOUT ROWID;
    CREATE TABLE blame (
        part INTEGER NOT NULL,
        minute INTEGER NOT NULL,
        dependency TEXT NOT NULL,
        service TEXT NOT NULL,
        count INTEGER NOT NULL,
        newest INTEGER NOT NULL,
        PRIMARY KEY (part, minute, dependency, service)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE arrival (
        number INTEGER PRIMARY KEY,        -- events that had come in with the last one of these
        rows BLOB NOT NULL                 -- row ids, 8 bytes each, in the order of time
    );
    """,
)
"""Each script takes the file one version up; scripts are never changed once released, only added."""

PART = """
    CREATE TABLE event_{0} (
        id INTEGER PRIMARY KEY, source INTEGER NOT NULL, offset INTEGER NOT NULL, part INTEGER NOT NULL, event BLOB NOT NULL
    );
    CREATE UNIQUE INDEX event_once_{0} ON event_{0}(source, offset, part);
    CREATE VIRTUAL TABLE text_{0} USING fts5(
        text, tags, content='', columnsize=0, detail=full, tokenize='unicode61 remove_diacritics 2'
    );
    INSERT INTO text_{0} (text_{0}, rank) VALUES ('hashsize', 33554432);
    INSERT INTO text_{0} (text_{0}, rank) VALUES ('automerge', 0)
    """
"""The tables of one part, as in version 1.

A batch becomes one piece of the index, as its words wait in 32 MB instead of 1 MB. Pieces are joined when there are 16 of one
size, not with each batch: a third of the time of indexing, for at most some dozens of pieces in a part.
"""
OF_PARTS = ("tally", "problem", "minute", "problem_minute", "problem_host", "blame")
"""The tables with sums; each row is of one part and goes with it."""
MINUTE = 60_000_000 << SLOT_BITS
"""Row ids in a minute."""


class StoreError(StratoscopeError):
    """The store cannot be used: what, where and what to do."""


def default_path() -> Path:
    """`events.db` in the user's state directory (XDG base directory specification)."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".local" / "state") / "stratoscope" / "events.db"


def row_of(time: float) -> int:
    """The lowest row id of a moment (epoch seconds), held inside what SQLite can count."""
    return row_of_us(round(max(-1e13, min(1e13, time)) * 1_000_000))


def row_of_us(microseconds: int) -> int:
    """The lowest row id of a moment (epoch microseconds)."""
    return max(LEAST, min(_MOST - (1 << 32), microseconds << SLOT_BITS))


def time_of(row: int) -> float:
    """Epoch seconds of a row id."""
    return (row >> SLOT_BITS) / 1_000_000


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection to the store at `path`, its tables brought up to date. Raises StoreError."""
    if create:
        _make_folder(path)
    elif not path.exists():
        raise StoreError(f"there is no store at {path}; `stratoscope run` makes one, --store names another")
    try:
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False)
        try:
            _check_owner(db, path)
            db.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = OFF")
            db.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT}")
            _migrate(db, path)
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be used as a store: {error}; remove it or name another with --store") from error
    return db


def _check_owner(db: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's database."""
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if owner != APPLICATION_ID and tables:
        raise StoreError(f"{path} is a database of another program; name another file with --store")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}; name another place with --store") from error


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StoreError(f"{path} was written by a newer stratoscope (version {version}); update, or use another --store")
    if version == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    (version,) = db.execute("PRAGMA user_version").fetchone()  # another process may have been quicker
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        for command in script.split(";\n"):
            db.execute(command)
        db.execute(f"PRAGMA user_version = {number}")
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("COMMIT")
