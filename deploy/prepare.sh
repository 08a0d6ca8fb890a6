#!/bin/sh
# Makes this machine ready to build, test and show COPA: npm packages, Debian packages, the build.
# Does only what is missing, so it may run before every command. Without root or apt-get it says what is
# missing and what will be skipped; npm packages and the build are all that it insists on.
#
# With --tests it installs what only tests need, too: large packages, for which nobody should have to wait who
# wants to see the demo.
set -eu
purpose=${1:-}
cd "$(dirname "$0")/.."

log=$(mktemp "${TMPDIR:-/tmp}/copa-prepare.XXXXXX")
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

# npm writes this file last, so an interrupted installation is started again.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ -n "$(find package-lock.json -newer "$installed")" ]; then
  step 'installing npm packages' npm ci --include=dev --no-audit --no-fund --loglevel=error
  touch "$installed"
fi

# --- Debian packages ---------------------------------------------------------------------------------

# Reads a line for each program or file that has to be there, and the package that has it; prints the packages
# that are missing.
missingOf() {
  while read -r need package; do
    case $need in
    /*) [ -e "$need" ] ;;
    *) command -v "$need" >/dev/null ;;
    esac || echo "$package"
  done
}

missingPackages() {
  missingOf <<'END'
lxd lxd
lxc lxd-client
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
  if [ "$purpose" = --tests ]; then missingForTests; fi
}

missingForTests() {
  missingOf <<'END'
/usr/bin/chromium chromium
promtool prometheus
debootstrap debootstrap
systemd-analyze systemd
END
}

installDebianPackages() {
  # Packages start their services as soon as they are installed. COPA needs the programs alone: the lab runs
  # its own daemons, and nobody asked for an LXD or an etcd of this machine.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # One word for each package.
  step 'reading the Debian package lists' apt-get -q -o Acquire::Retries=3 update &&
    step "installing Debian packages ($*)" apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold \
      install --no-install-recommends $* || return
  if [ -n "$policy" ]; then rm -f "$policy" && policy=; fi
}

# As root's own PATH does on any machine, whatever this shell's is.
PATH=$PATH:/usr/sbin:/sbin
missing=$(missingPackages | sort -u | tr '\n' ' ')
missing=${missing% }
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    say "not root, so these Debian packages cannot be installed: $missing"
  elif ! command -v apt-get >/dev/null; then
    say "no apt-get here, so these Debian packages are still to be installed by hand: $missing"
  else
    installDebianPackages "$missing" || say 'goes on without them'
    missing=$(missingPackages | sort -u | tr '\n' ' ')
  fi
  if [ -n "$missing" ]; then
    say 'until they are there, tests that need them are skipped (and say so), and the demo refuses to start'
  fi
elif [ "$(id -u)" != 0 ]; then
  say 'not root: tests on real LXD hosts are skipped (and say so), and the demo refuses to start'
fi

# Not installed but unpacked, as it does not share a machine with LXD.
if [ "$purpose" = --tests ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
  [ ! -e /var/cache/copa/incus/usr/libexec/incus/incusd ]; then
  step 'unpacking Incus for hosts of the lab' sh deploy/lab/incus.sh ||
    say 'goes on without Incus: what needs it is skipped, and says so'
fi

# --- Build -------------------------------------------------------------------------------------------

stamp=dist/.built
sources='proto common controller agent cli page test deploy package.json package-lock.json tsconfig.json vite.config.ts vitest.config.ts'
# shellcheck disable=SC2086
if [ ! -e "$stamp" ] || [ ! -e dist/cli/main.js ] ||
  [ -n "$(find $sources \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.svg' -o -name '*.proto' -o -name '*.json' \) -newer "$stamp" | head -n 1)" ]; then
  mkdir -p dist
  # Of the time before the build: what changes meanwhile is built the next time.
  touch "$stamp.$$"
  step 'building' npm run --silent build || {
    code=$?
    rm -f "$stamp.$$"
    exit "$code"
  }
  mv "$stamp.$$" "$stamp"
fi
