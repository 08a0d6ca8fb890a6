#!/bin/sh
# incus.sh DIRECTORY: unpacks Incus into DIRECTORY, for hosts of the lab: nothing is installed, and no service starts.
# Does nothing when it is there. It comes from the machine's own sources or, where they have none, from Debian's
# backports by the same mirror and keys.
set -eu

root=$1
packages='incus-base incus-client libcowsql0 libraft0'
mkdir -p "$(dirname "$root")"
exec 9>"$root.lock"
flock 9
if [ -e "$root/usr/libexec/incus/incusd" ]; then exit 0; fi

# shellcheck source=/dev/null
. /etc/os-release
# Beside the directory whose place it takes. What makers left that were killed goes.
rm -rf "$root".making-*
work=$(mktemp -d "$root.making-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources" "$work/debs" "$work/root"

backportsApt() {
  apt-get -q -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::Etc::SourceList=/dev/null \
    -o Dir::Etc::SourceParts="$work/sources" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@"
}

# The first entry of the machine's own sources, in either format, for backports instead.
useBackports() {
  backports="$VERSION_CODENAME-backports"
  if [ -e /etc/apt/sources.list.d/debian.sources ]; then
    sed '/^$/q' /etc/apt/sources.list.d/debian.sources | sed "s/^Suites:.*/Suites: $backports/" \
      >"$work/sources/backports.sources"
  else
    grep -m 1 '^deb .*debian' /etc/apt/sources.list | sed -E "s/ $VERSION_CODENAME[^ ]* .*/ $backports main/" \
      >"$work/sources/backports.list"
  fi
  backportsApt update
}

cd "$work/debs"
# shellcheck disable=SC2086 # One word for each package.
if LC_ALL=C apt-cache policy incus-base | grep -q '^  Candidate: [^(]'; then
  apt-get -q -o APT::Sandbox::User=root -o Acquire::Retries=3 download $packages
else
  useBackports
  backportsApt download $packages
fi
for deb in *.deb; do dpkg-deb -x "$deb" "$work/root"; done
rm -rf "$root"
mv -T "$work/root" "$root"
