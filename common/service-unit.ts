/** The systemd services of this machine's packages, for commands that change what a service reads at its start. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { CopaError, messageOf } from './errors.js';

const run = promisify(execFile);

/** Whether systemd runs here and has this unit. */
export function hasUnit(service: string): boolean {
  const isInstalled = ['/usr/lib/systemd/system', '/etc/systemd/system'].some((directory) =>
    existsSync(`${directory}/${service}.service`),
  );
  return isInstalled && existsSync('/run/systemd/system');
}

/** It is started, now and at each boot. Throws `failed_precondition`; `done` is what has succeeded before. */
export async function startUnit(service: string, done: string): Promise<void> {
  try {
    await run('systemctl', ['enable', service]);
    await run('systemctl', ['restart', service]);
  } catch (cause) {
    throw new CopaError(
      'failed_precondition',
      `${done}, but its service does not start (journalctl -u ${service} shows why): ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Returns whether it was running. */
export async function stopUnit(service: string): Promise<boolean> {
  const isActive = await run('systemctl', ['is-active', '--quiet', service]).then(
    () => true,
    () => false,
  );
  await run('systemctl', ['stop', service]);
  return isActive;
}
