"""Replace a file by a pipe, a folder, a link, a link to a device, or a socket."""

import contextlib
import os
import socket

from imdb_core import paths


def pipe(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path):
    path.unlink(missing_ok=True)
    path.mkdir()


def link(path):
    """A link to the file "elsewhere" beside the folder of runs."""
    path.unlink(missing_ok=True)
    path.symlink_to(elsewhere())


def elsewhere():
    return paths.runs_folder().parent / "elsewhere"


def endless(path):
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")


def unix_socket(path):
    path.unlink(missing_ok=True)
    # The path of a socket must be short, so it is relative.
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)


ODD = (pipe, folder, link, endless, unix_socket)
