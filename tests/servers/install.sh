#!/bin/bash
# Installs the Debian packages named as arguments that are missing, as root; else says what to install. What they would start as
# services is not started: the tests start their own servers, on other ports, in folders of their own.
set -euo pipefail
missing=()
for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null) == installed ]] || missing+=("$package")
done
(( ${#missing[@]} )) || exit 0
if [[ $(id -u) != 0 ]]; then
    echo "The tests need servers that are not here. Please install, as root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
