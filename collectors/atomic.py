"""Small files of our own that are whole at any moment, whatever happens to process or machine."""

import os


def write_atomically(path: str, data: bytes, *, sync: bool = True) -> None:
    """Put `data` in the place of the file at `path`: temporary file, fsync, rename, fsync of the folder. Raises OSError.

    Without `sync` a crash of the machine may bring the older file back, a crash of the process does not.
    """
    temporary = f"{path}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, data)
            if sync:
                os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        if os.path.lexists(temporary):
            os.unlink(temporary)  # on a full disk, its blocks are what others wait for
        raise
    os.rename(temporary, path)
    if sync:
        sync_folder(os.path.dirname(path) or ".")


def sync_folder(folder: str) -> None:
    """Make names in `folder` safe. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it; the operating system may take it in pieces. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
