#!/bin/sh
# What packages need of systemd where systemd cannot be the first process: starts, stops and restarts a unit by
# what the unit itself says of its condition, its user, its state and its command.
printf '%s\n' "$*" >>/run/systemctl.log
while [ "${1#-}" != "$1" ]; do
  if [ "$1" = --now ]; then now=1; fi
  shift
done
verb=$1
[ $# -eq 0 ] || shift

value() { sed -n "s/^$1=//p" "$file" | head -n 1; }
isActive() { [ -e "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }
start() {
  condition=$(value ConditionPathExists)
  if isActive || { [ -n "$condition" ] && [ ! -e "$condition" ]; }; then return; fi
  user=$(value User)
  user=${user:-root}
  state=/var/lib/$(value StateDirectory)
  install -d -m "$(value StateDirectoryMode)" -o "$user" "$state"
  # shellcheck disable=SC2046 # A command line is words.
  setsid setpriv --reuid="$user" --regid="$user" --init-groups $(value ExecStart) \
    >>"/var/log/${unit%.service}.log" 2>&1 </dev/null &
  echo $! >"$pid"
}
stop() {
  isActive || return 0
  kill "$(cat "$pid")"
  while isActive; do sleep 0.05; done
}

wants=/etc/systemd/system/multi-user.target.wants
for unit; do
  case $unit in
  -*)
    if [ "$unit" = --now ]; then now=1; fi
    continue
    ;;
  *.service) ;;
  *) unit=$unit.service ;;
  esac
  file=/usr/lib/systemd/system/$unit
  pid=/run/$unit.pid
  case $verb in
  start) start ;;
  stop) stop ;;
  restart | reload-or-restart) stop && start ;;
  try-restart) if isActive; then stop && start; fi ;;
  preset | enable)
    ln -sf "$file" "$wants/$unit"
    if [ -n "${now:-}" ]; then start; fi
    ;;
  is-active) isActive || exit 3 ;;
  is-enabled)
    if [ -L "$wants/$unit" ]; then echo enabled; else echo disabled && exit 1; fi
    ;;
  esac
done
exit 0
