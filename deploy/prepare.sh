#!/bin/sh
# Makes this machine ready to build, test and show COPA: npm packages, Debian packages, the build.
# It does only what is missing, so every command may run it first. It prints each step before it takes it.
# Without root or apt-get it prints what is missing and what will be skipped; npm packages and the build are all
# that it insists on.
#
#   prepare.sh           what the demo needs
#   prepare.sh --tests   also what only tests need: large packages, which the demo does not wait for
#   prepare.sh --build   npm packages and the build only
#
# Any number of these may run at once, in one clone or in several. A lock on the clone guards node_modules and
# dist, a lock on dpkg's directory guards the system's packages; the kernel releases both when their holder dies.
# The build is made in a directory of its own and takes the place of dist when it is whole.
set -eu
purpose=${1:-}
cd "$(dirname "$0")/.."
cache=${COPA_CACHE_DIR:-/var/cache/copa}
incusd=/usr/libexec/incus/incusd

log=$(mktemp "${TMPDIR:-/tmp}/copa-prepare.XXXXXX")
policyFile=/usr/sbin/policy-rc.d
policyMark='# copa: no service of a package starts while COPA installs it'
policy=
job=
cleanUp() {
  # A shell's background job ignores Ctrl-C, so it is told here.
  if [ -n "$job" ]; then kill "$job" 2>/dev/null && wait "$job" || true; fi
  rm -f "$log"
  if [ -n "$policy" ]; then rm -f "$policy"; fi
}
trap cleanUp EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() { printf 'prepare: %s\n' "$*"; }

# lock DESCRIPTOR WHAT: waits for the lock on what DESCRIPTOR has open, a directory.
lock() {
  if ! command -v flock >/dev/null; then
    say "no flock here: do not start a second command in this clone before $2 is done"
  elif ! flock -n "$1"; then
    say "another command is at $2: waiting for it ..."
    flock "$1"
  fi
}

# step WHAT COMMAND...: runs a command quietly; says what it does and how long it took, and all that it
# printed when it fails.
step() {
  what=$1
  shift
  started=$(date +%s)
  if [ -t 1 ]; then printf 'prepare: %s ...' "$what"; else say "$what ..."; fi
  "$@" >"$log" 2>&1 </dev/null &
  job=$!
  if [ -t 1 ]; then
    while kill -0 "$job" 2>/dev/null; do
      printf '\rprepare: %s ... %s s ' "$what" "$(($(date +%s) - started))"
      sleep 0.2
    done
  fi
  if wait "$job"; then
    job=
    seconds=$(($(date +%s) - started))
    if [ -t 1 ]; then printf '\rprepare: %s: %s s    \n' "$what" "$seconds"; else say "$what: $seconds s"; fi
  else
    code=$?
    job=
    if [ -t 1 ]; then echo; fi
    say "FAILED ($code): $what"
    tail -n 40 "$log" | sed 's/^/    /'
    return "$code"
  fi
}

# --- Node and npm packages ---------------------------------------------------------------------------

if ! command -v node >/dev/null || ! node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);'; then
  say "Node.js 20.19 or later is needed; found: $(command -v node >/dev/null && node --version || echo none)"
  exit 1
fi

exec 9<.
lock 9 'the npm packages or the build of this clone'

# npm writes this file last, so an interrupted installation is started again.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  step 'installing npm packages' npm ci --include=dev --no-audit --no-fund --loglevel=error
  touch "$installed"
fi

# --- Build -------------------------------------------------------------------------------------------

stamp=dist/.built
fresh=.dist-new
sources='proto common controller agent client cli page test deploy package.json package-lock.json tsconfig.json vite.config.ts'

build() {
  export PATH="$PWD/node_modules/.bin:$PATH"
  tsc -p tsconfig.json --outDir "$1" && tsc -p client --outDir "$1" &&
    cp --parents proto/copa/agent/v1/*.proto "$1/" && chmod +x "$1/cli/main.js" &&
    vite build --logLevel warn --outDir "../$1/page" --emptyOutDir
}

# Whatever a build is made of, or a directory, whose time changes when a file in it goes.
isBuilt() {
  [ -e "$stamp" ] && [ -e dist/cli/main.js ] || return
  # shellcheck disable=SC2086 # One word for each.
  [ -z "$(find $sources \( -type d -o -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' \
    -o -name '*.svg' -o -name '*.proto' -o -name '*.json' \) -newer "$stamp" | head -n 1)" ]
}

if ! isBuilt; then
  rm -rf "$fresh"
  mkdir "$fresh"
  # Of the time before the build: what changes meanwhile is built the next time.
  touch "$fresh/.built"
  step 'building' build "$fresh"
  rm -rf .dist-old
  if [ -e dist ]; then mv dist .dist-old; fi
  mv "$fresh" dist
  rm -rf .dist-old
fi
exec 9<&-
if [ "$purpose" = --build ]; then exit; fi

# --- Debian packages ---------------------------------------------------------------------------------

# As root's own PATH does on any machine, whatever this shell's is.
PATH=$PATH:/usr/sbin:/sbin

has() { command -v "$1" >/dev/null; }

# Reads a line for each program or file that has to be there, and the package that has it; prints the packages
# that are missing.
missingOf() {
  while read -r need package; do
    case $need in
    /*) [ -e "$need" ] ;;
    *) has "$need" ;;
    esac || echo "$package"
  done
}

missingPackages() {
  missingOf <<'END'
etcd etcd-server
etcdctl etcd-client
rsync rsync
mkfs.btrfs btrfs-progs
mkfs.ext4 e2fsprogs
ip iproute2
tc iproute2
nft nftables
setpriv util-linux
unshare util-linux
nsenter util-linux
flock util-linux
losetup mount
ps procps
find findutils
tar tar
curl curl
git git
/usr/bin/python3 python3
/usr/lib/python3/dist-packages/requests python3-requests
END
  # The lab puts it into containers, where there are no libraries.
  if [ ! -e /bin/busybox ] || head -c 4096 /bin/busybox | grep -q /ld-; then echo busybox-static; fi
  missingDaemon
  if [ "$purpose" = --tests ]; then missingForTests; fi
}

# LXD, unless this machine has Incus or apt-get offers Incus alone: the packages of the two exclude each other.
missingDaemon() {
  if has lxd || { [ ! -e "$incusd" ] && { isOffered lxd || ! isOffered incus-base; }; }; then
    missingOf <<'END'
lxd lxd
lxc lxd-client
END
  else
    missingOf <<END
$incusd incus-base
incus incus-client
END
  fi
}

missingForTests() {
  missingOf <<'END'
/usr/bin/chromium chromium
promtool prometheus
debootstrap debootstrap
dnsmasq dnsmasq-base
mypy mypy
wg wireguard-tools
wireguard-go wireguard-go
dpkg-shlibdeps dpkg-dev
readelf binutils
systemd-analyze systemd
END
}

isOffered() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep -q '^  Candidate: [^(]'; }

# Those of the missing packages that apt-get offers, on one line. One that it does not offer would keep it from
# installing the others.
offeredPackages() {
  for package in $(missingPackages | sort -u); do
    if isOffered "$package"; then printf '%s ' "$package"; fi
  done
}

installDebianPackages() {
  step 'reading the Debian package lists' apt-get -q -o Acquire::Retries=3 update || return
  wanted=$(offeredPackages)
  if [ -z "$wanted" ]; then return; fi
  # Packages start their services as soon as they are installed. COPA needs the programs alone: the lab runs
  # its own daemons, and nobody asked for an LXD or an etcd of this machine.
  if [ ! -e "$policyFile" ]; then
    policy=$policyFile
    printf '#!/bin/sh\n%s\nexit 101\n' "$policyMark" >"$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # One word for each package.
  step "installing Debian packages ($wanted)" apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 \
    -o Dpkg::Options::=--force-confold install --no-install-recommends $wanted || return
  if [ -n "$policy" ]; then rm -f "$policy" && policy=; fi
}

missing=$(missingPackages | sort -u | tr '\n' ' ')
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && has apt-get; then
  exec 8</var/lib/dpkg
  lock 8 'the Debian packages of this machine'
  # One that was killed has left it.
  if grep -qsxF "$policyMark" "$policyFile"; then rm -f "$policyFile"; fi
  missing=$(missingPackages | sort -u | tr '\n' ' ')
  if [ -n "$missing" ]; then
    installDebianPackages || say 'goes on without them'
    missing=$(missingPackages | sort -u | tr '\n' ' ')
  fi
  exec 8<&-
fi

# Not installed but unpacked, as it does not share a machine with LXD.
if [ "$purpose" = --tests ] && has lxd && [ ! -e "$cache/incus$incusd" ] && [ "$(id -u)" = 0 ] && has apt-get; then
  step "unpacking Incus for hosts of the lab into $cache" sh deploy/lab/incus.sh "$cache/incus" ||
    say 'goes on without Incus: what needs it is skipped, and says so'
fi

if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    say "not root, so these Debian packages cannot be installed: $missing"
  elif ! has apt-get; then
    say "no apt-get here, so these Debian packages are still to be installed by hand: $missing"
  else
    say "apt-get could not install these, or does not offer them: $missing"
  fi
  say 'until they are there, tests that need them are skipped (and say so), and the demo refuses to start'
elif [ "$(id -u)" != 0 ]; then
  say 'not root: tests on real LXD hosts are skipped (and say so), and the demo refuses to start'
fi
