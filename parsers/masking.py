r"""Hides passwords, tokens and keys that stand in log text, and leaves every other character as it was.

OpenStack masks much itself (oslo.utils' `strutils.mask_password`), but only where a developer thought of it, and tracebacks,
SQL parameters and command lines pass by it. This module knows nothing of events: text in, text out. What is hidden:

    keyed        `password=x`, `'auth_token': u'x'`, `\"secret\": \"x\"`, `<adminPass>x</adminPass>`, `token 'x'`,
                 `password --stdin x`, `"private_key": "-----BEGIN`; the keys are oslo's _SANITIZE_KEYS and their relatives
    header       `X-Auth-Token: x`, `rabbit_password: x`: a compound name, a colon and no quotes
    option       `--os-password x`, `['--password', 'x']`, `('X-Auth-Token', 'x')`
    basic        `Authorization: Bearer x`, `'Authorization': 'Basic x'`
    url, hosts   `scheme://user:x@host`, and the further hosts of an oslo.messaging transport URL
    short        `-p'x'`, `mysql ... -px`, `sshpass -p x`
    fernet       `gAAAAA...` wherever it stands

A quoted secret ends at its own closing quote, or at the end of the text where the log cut it. One without quotes ends at
blank space or a quote, as in oslo: a password may hold `&` and `,`. `None`, `null`, empty quotes and the `{SHA256}...` that
keystoneauth writes in place of a token tell an operator something and a thief nothing: they stay.
"""

import re
from typing import Final

HIDDEN: Final = "***"

_KEY_OWNERS: Final = (
    "private_", "encrypted_", "encryption_", "authencryption", "api", "api_", "auth_", "shared_", "account_",
    "fernet", "ssl", "migrationssh", "octaviaheartbeat", "pacemakerremoteauth", "designaterndc",
    "cephadmin", "cephclient", "cephmanilaclient", "cephmds", "cephmon", "cephrgw",
)  # fmt: skip
"""What stands before `key` where it is a secret: `key` alone is none (`Duplicate entry 'x' for key 'y'`)."""

# Only p, t, s, k, c, f and h begin a key, so that the search can skip over all else: what makes a word a key stands in the
# lookbehinds.
_KEY: Final = rf"""(?:
    pass(?:word(?:_hash)?|wd|phrase|code|(?<=[_-]pass)|(?<=adminpass))
    |pswd|token(?:_id)?|secret(?:_uuid|_key|_access_key)?
    |key(?:{"|".join(f"(?<={owner}key)" for owner in _KEY_OWNERS)}|stonecredential)
    |kek(?<=cryptokek)|cookie(?:(?<=rabbitcookie)|(?<=erlang_cookie))
    |configdrive|fsid(?<=cephclusterfsid)|hashsuffix(?<=swifthashsuffix))[0-9]*"""

_SECRET_KEY: Final = re.compile("|".join([*(f"{owner}key" for owner in _KEY_OWNERS), "keystonecredential"]))
"""The words with `key` that are secrets; `keystone` stands in most messages and is none."""

_BARE: Final = r"""(?!none\b|null\b|\{sha)[^\s"']*[^\s"',;)\]}>]"""
# JSON in JSON: \"password\": \"x\\\"y\\\\\" has 1 backslash before a quote that opens or ends, 3 before one inside, 4 for a
# backslash inside; in general n, 2n + 1 and 2n + 2. Nobody nests deeper than 4 levels (15 backslashes).
_OPEN: Final = r"""(?:<<)?[ub]{0,2}(?:(?P<escape>\\{1,15})(?P<mark>["'])|["'])(?P<quoted>)"""
_TO_CLOSE: Final = r"""(?!\{sha)(?(escape)
     (?>(?:(?P=escape)\\(?P=escape)(?:\\|(?P=mark))|(?!(?P=escape)(?P=mark))[\s\S])+)
    |(?:(?<=")(?>(?:[^"\\]++|\\[\s\S])+)|(?<=')(?>(?:[^'\\]++|\\[\s\S])+)))"""
_KEYED: Final = rf"""({_KEY}(?:
     (?:\\*["']?(?:>>)?\s*(?:=>?|:)\s*|\s+|["']\s*,\s*'--?[a-z]+'\s*,\s*){_OPEN}
    |\\*["']?\s*=>?(?!=)\s*
    |\s+--?[a-z_]+\s+
    |(?P<xml>>)))
    (?(quoted){_TO_CLOSE}|(?(xml)[^<>]+(?=</)|{_BARE}))"""
_HEADER: Final = rf"([_-]{_KEY}:[ \t]*){_BARE}"
_OPTION: Final = rf"""((?:-(?<![\w-]-)-[\w-]{{0,24}}?{_KEY}\s+(?![="'])
    |[x-](?<![\w-].)-[\w-]{{0,24}}?{_KEY}["']\s*,\s*[ub]?["'](?P<listed>)))(?(listed)[^"']+|[^\s"']+)"""
_SCHEME: Final = r"(?:basic|bearer|digest|negotiate)\s+"
_BASIC: Final = rf"""(authorization[\\"']*\s*[:=,]\s*(?:[ub]?[\\"']+(?:{_SCHEME})?|{_SCHEME}))[^\s"'\\]+"""
# A number and a slash after the colon are a port: http://10.0.0.1:5000/v3/users/someone@example.org holds no password.
_URL: Final = r"""(://[^\s:/?#@'"<>\[\]]*:(?![0-9]{1,5}(?:[/?#,]|$)))(?:[^\s@'"<>/]|/(?!/))+(?:@[^\s@'"<>/,]+)*(?=@)"""
# rabbit://user:x@10.0.0.1:5672,user:y@10.0.0.2:5672/ has a password for each host.
_HOSTS: Final = r"""(:[0-9]{1,5},[^\s:/?#@'"<>,]*:)[^\s@'"<>/,]+(?:@[^\s@'"<>/,]+)*(?=@)"""
_SHORT: Final = r"""((?:-(?<![\w"'-]-)p["'](?P<quoted>)|m(?<!\wm)(?:ysql|ariadb)[^\n]{0,80}?[\s"']-p(?!assword)
    |s(?<!\ws)shpass\s+-p\s*["']?))(?(quoted)[^"']+|[^\s"']+)"""
_FERNET: Final = r"g(?<![a-z0-9+/]g)aaaaa[\w-]{20,}={0,2}()"

_FLAGS: Final = re.ASCII | re.VERBOSE
# Each shape with what its text must hold, once for lower-cased text, where the search is quick, and once to replace.
_SHAPES: Final = tuple(
    (needle, re.compile(shape, _FLAGS), re.compile(shape, _FLAGS | re.IGNORECASE))
    for needle, shape in (
        ("", _KEYED),
        (":", _HEADER),
        ("-", _OPTION),
        ("authorization", _BASIC),
        ("@", _URL),
        ("@", _HOSTS),
        ("-p", _SHORT),
        ("gaaaaa", _FERNET),
    )
)


def might_hide(text: str) -> bool:
    """Whether `mask` needs a closer look: False is certain, True is a guess. This is all that most messages cost."""
    low = text.lower()
    return (
        "pass" in low
        or "token" in low
        or "secret" in low
        or "@" in low
        or ("key" in low and _SECRET_KEY.search(low) is not None)
        or "authorization" in low
        or "gaaaaa" in low
        # The rarer keys hide a value behind one of these only, and looking for one character costs next to nothing.
        or (
            ("=" in low or '"' in low or "'" in low or ">" in low or " -" in low or low[:1] == "-")
            and (
                low.count("-p") != low.count("-packages/")  # of every path in a traceback
                or "pswd" in low
                or "cookie" in low
                or "configdrive" in low
                or "cryptokek" in low
                or "clusterfsid" in low
                or "hashsuffix" in low
            )
        )
    )


def mask(text: str) -> str:
    """`text` with each secret replaced by `***`; masking it again changes nothing. Time grows with the length only."""
    if not might_hide(text):
        return text
    low = text.lower()
    for needle, finds, replaces in _SHAPES:
        if needle in low and finds.search(low):
            text = replaces.sub(rf"\1{HIDDEN}", text)
    return text
