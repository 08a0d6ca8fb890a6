#!/bin/sh
# Unpacks Incus beside the machine's LXD, for hosts of the lab: nothing is installed, and no service starts. Does
# nothing when it is there. It comes from Debian's backports, by the mirror and keys that the machine uses already.
set -eu

root=/var/cache/copa/incus
packages='incus-base incus-client libcowsql0 libraft0'
if [ -e "$root/usr/libexec/incus/incusd" ]; then exit 0; fi

# shellcheck source=/dev/null
. /etc/os-release
work=$(mktemp -d "${TMPDIR:-/tmp}/copa-incus.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources" "$work/debs" "$work/root"

# The first entry of the machine's own sources, in either format, for backports instead.
backports="$VERSION_CODENAME-backports"
if [ -e /etc/apt/sources.list.d/debian.sources ]; then
  sed '/^$/q' /etc/apt/sources.list.d/debian.sources | sed "s/^Suites:.*/Suites: $backports/" \
    >"$work/sources/backports.sources"
else
  grep -m 1 '^deb .*debian' /etc/apt/sources.list | sed -E "s/ $VERSION_CODENAME[^ ]* .*/ $backports main/" \
    >"$work/sources/backports.list"
fi
privateApt() {
  apt-get -q -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Etc::SourceList=/dev/null \
    -o Dir::Etc::SourceParts="$work/sources" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}
privateApt update
cd "$work/debs"
# shellcheck disable=SC2086 # One word for each package.
privateApt download $packages
for deb in *.deb; do dpkg-deb -x "$deb" "$work/root"; done
mkdir -p "$(dirname "$root")"
rm -rf "$root"
mv "$work/root" "$root"
