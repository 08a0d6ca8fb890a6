#!/bin/sh
# debian.sh DIRECTORY BASE DAEMON FILE...: boots a Debian on this host: its own systemd as the first process of a
# process namespace, on a layer over BASE, with the host's network and name. DAEMON is the directory of the host's LXD
# or Incus. Prints that process's number on the host. Run in the host's namespaces; FILEs go to /root.
set -eu
directory=$1
base=$2
daemon=$3
shift 3

root=$directory/root
mkdir -p "$root" "$directory/upper" "$directory/work"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$directory/upper,workdir=$directory/work" "$root"
hostname >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$(hostname)" >"$root/etc/hosts"
# systemd makes a new one at each boot.
: >"$root/etc/machine-id"
cp "$@" "$root/root/"
# The kernel is the machine's: its modules are none of this system's business.
ln -sf /dev/null "$root/etc/systemd/system/systemd-modules-load.service"

# What is mounted here by either side is so for both, as where daemon and agent are of one system.
mount --make-rshared "$daemon"
mkdir -p "$root$daemon"
mount --rbind "$daemon" "$root$daemon"

# Version 2 alone, as any of these systems has it, also where this machine has both.
unified=$(sed -n 's/^[^ ]* \([^ ]*\) cgroup2 .*/\1/p' /proc/mounts | head -n 1)
mkdir -p "$unified/debian"

# shellcheck disable=SC2016 # It is for the inner shell.
boot='
  set -e
  cd "$1"
  mount -t proc proc proc
  # The kernel is not its own, so its settings are not, either.
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs sysfs sys
  mount -t cgroup2 cgroup sys/fs/cgroup
  mount -t tmpfs -o mode=755 dev dev
  for each in null zero full random urandom tty; do
    : >"dev/$each"
    mount --bind "/dev/$each" "dev/$each"
  done
  mkdir dev/pts dev/shm
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  for each in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${each%:*}" "dev/${each#*:}"; done
  mount -t tmpfs -o mode=755 run run
  mount -t tmpfs tmp tmp
  pivot_root . mnt
  # Or what is unmounted here would be so on the host.
  mount --make-rprivate /mnt
  umount -l /mnt
  mount --make-rshared /
  exec env -i container=lab /sbin/init'
# shellcheck disable=SC2016
setsid sh -c '
  echo 0 >"$1/debian/cgroup.procs"
  exec unshare --mount --propagation unchanged --pid --ipc --cgroup --fork --kill-child sh -c "$2" sh "$3"
' sh "$unified" "$boot" "$root" </dev/null >>"$directory/console.log" 2>&1 &
outer=$!
until init=$(cat "/proc/$outer/task/$outer/children" 2>/dev/null) && [ -n "$init" ]; do sleep 0.05; done
echo "${init% }"
