// Aim: unauthenticated services of an agent are never open to other machines. Method: addresses of all kinds.
import { expect, test } from 'vitest';
import { agentCommandWith, type AgentConfig } from '../../agent/config/settings.js';
import { failureOf } from '../support/failures.js';

async function read(metricsListen: string): Promise<AgentConfig['metricsListen']> {
  let config: AgentConfig | undefined;
  const command = agentCommandWith((checked) => {
    config = checked;
    return Promise.resolve();
  });
  await command.parseAsync(['--config', '/dev/null', '--metrics-listen', metricsListen], { from: 'user' });
  if (!config) throw new Error('the command did not run');
  return config.metricsListen;
}

test('loopback addresses and off', async () => {
  expect(await read('127.0.0.1:8004')).toEqual({ host: '127.0.0.1', port: 8004 });
  expect(await read('127.9.9.9:0')).toEqual({ host: '127.9.9.9', port: 0 });
  expect(await read('off')).toBeUndefined();
});

test.each(['0.0.0.0:8004', '10.0.0.1:8004', 'localhost:8004', '127.0.0.1', '8004', '127.0.0.1:70000'])(
  '%s is refused',
  async (address) => {
    expect(await failureOf(() => read(address))).toMatch(/^invalid_argument: --metrics-listen "/);
  },
);
