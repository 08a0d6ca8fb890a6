/** `copa controller`: reads the settings, starts the controller, and stops it at a signal. */
import type { Command } from 'commander';
import { createLog } from '../common/observability/log.js';
import { SystemdNotifier } from '../common/observability/systemd.js';
import { startController } from './compose.js';
import { controllerCommandWith } from './config/settings.js';

export function controllerCommand(): Command {
  return controllerCommandWith(async (config) => {
    const log = createLog(config.logLevel);
    const systemd = SystemdNotifier.fromEnvironment(log);
    const controller = await startController(config, log);
    await systemd.ready();
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    log.info('controller stops');
    await systemd.stopping();
    await controller.stop();
  });
}
