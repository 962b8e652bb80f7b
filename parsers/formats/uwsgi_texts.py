"""What uWSGI says outside of request lines: the beginnings of its sentences, as patterns, one a line.

Source: the `uwsgi_log("...")` texts of core/ and plugins/python (uWSGI 2.0 and 2.1), those that a service's log can show.
"""

import re

CTIME = rb"[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}"

FRAME = rb".{1,300}\(.{0,300}\) \[0x[0-9a-f]+\]$"
"""A line of a backtrace of glibc."""

UNMISTAKABLE = (
    CTIME + rb" - ",
    rb"\*\*\* Starting uWSGI ",
    rb"\*\*\* Operational MODE: ",
    rb"\*\*\* uWSGI ",
    rb"\*\*\* WARNING: you are running uWSGI as root ",
    rb"\*\*\* Python threads support is disabled\.",
    rb"\*\*\* Stats server enabled on ",
    rb"\*\*\* no app loaded\.",
    rb"\*\*\* HARAKIRI ON ",
    rb"\*\*\* EVIL RELOAD ON WORKER ",
    rb"\*\*\* backtrace of [0-9]+ \*\*\*$",
    rb"!!! uWSGI process [0-9]+ got ",
    rb"\.\.\.(?:brutally|gracefully) killing workers\.\.\.",
    rb"\.\.\.The work of process [0-9]+ is done",
    rb"--- no python application found, ",
    rb"DAMN ! worker [0-9]+ \(pid: ",
    rb"Gracefully killing worker [0-9]+ \(pid: ",
    rb"HARAKIRI[: ]",
    rb"OOPS ! failed loading app in worker ",
    rb"Respawned uWSGI worker [0-9]+ ",
    rb"SIGINT/SIGTERM received\.\.\.killing workers",
    rb"SIGPIPE: writing to a closed pipe/socket/fd ",
    rb"WSGI app [0-9]+ \(mountpoint=",
    rb"\[deadlock-detector\] ",
    rb"\[uWSGI\] (?:getting|parsing|using) ",
    rb"\[uwsgi-[a-z-]+\] ",
    rb"\[uwsgi\] implicit plugin requested ",
    rb"binary reloading uWSGI\.\.\.",
    rb"goodbye to uWSGI\.",
    rb"gracefully \(RE\)spawned uWSGI ",
    rb"invalid (?:HTTP )?request size ",
    rb"mapped [0-9]+ bytes \([0-9]+ KB\) for ",
    rb"spawned uWSGI ",
    rb"uWSGI running as root, ",
    rb"unable to load app [0-9]+ \(mountpoint=",
    rb"uwsgi_[a-z_]+\(\)",
    rb"worker [0-9]+ (?:buried after|killed successfully) ",
)
"""Nothing else prints these, so they end whatever record is open."""

PLAIN = (
    rb" ?\*\*\* WARNING: ",
    rb"Python main interpreter initialized at ",
    rb"Python version: ",
    rb"PEP 405 virtualenv detected: ",
    rb"Set PythonHome to ",
    rb"added \S+ to pythonpath\.",
    rb"bind\(\): ",
    rb"chdir\(\) to ",
    rb"cheaper ",
    rb"clock source: ",
    rb"closing all non-uwsgi socket fds ",
    rb"compiled with version: ",
    rb"current working directory: ",
    rb"detected (?:binary path|max file descriptor number|number of CPU cores): ",
    rb"dropping root privileges ",
    rb"failed to (?:compile|open) ",
    rb"found fd [0-9]+ mapped to socket ",
    rb"lock engine: ",
    rb"machine: ",
    rb"nodename: ",
    rb"os: ",
    rb"pcre jit ",
    rb"python threads support enabled",
    rb"running /\S+$",
    rb"set[gu]id\(\) to ",
    rb"setting request body buffering size to ",
    rb"spawned [0-9]+ offload threads ",
    rb"thunder lock: ",
    rb"uwsgi socket [0-9]+ ",
    rb"writing pidfile to ",
    rb"your (?:memory page size|mercy for graceful operations|processes number limit|server socket listen backlog) ",
    rb"OSError: write error$",  # the client has gone, and no traceback stands above it
    rb"/\S+ does not exist$",  # keystone's last words, by `sys.exit`, in a worker that then dies
    FRAME,
    rb";uWSGI instance configuration$",
    rb"\tworkers total requests: ",
)
"""Sentences of the start and the end, which could as well be part of somebody's message."""

SEVERITIES = (
    (21, re.compile(rb"!!! uWSGI process [0-9]+ got |\*\*\* no app loaded\. GAME OVER")),
    (
        17,
        re.compile(
            rb"DAMN |(?:\*\*\* )?HARAKIRI|OOPS |unable to load app |failed to |--- no python application|\*\*\* backtrace of "
            rb"|/\S+ does not exist|\[uwsgi-body-read\] (?:Error|Timeout)|bind\(\): |\*\*\* uWSGI listen queue |OSError: "
        ),
    ),
    (
        13,
        re.compile(
            rb" ?\*\*\* WARNING|SIGPIPE: |uwsgi_[a-z_]+\(\)|invalid |\*\*\* EVIL RELOAD|\[deadlock-detector\]"
            rb"|\*\*\* no app loaded"
        ),
    ),
)
"""OpenTelemetry severities of what is more than information (9), the worst first: uWSGI has no levels.

`no app loaded` is a warning only, as it is also how an instance begins that loads its apps when they are asked for.
"""
