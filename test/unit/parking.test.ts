// Aim: a container that an evacuation stops gets exactly its own start-up setting back. Method: the pure changes, applied
// to a config.
import { describe, expect, test } from 'vitest';
import { movingConfig } from '../../agent/migration/manifest.js';
import { parking, parkingOf, unparkedConfig, unparking } from '../../agent/model/parking.js';

type Config = Record<string, string>;

function after(config: Config, change: ReturnType<typeof parking>): Config {
  const all = Object.entries({ ...config, ...change?.config });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

describe.each<[string, Config]>([
  ['none', {}],
  ['true', { 'boot.autostart': 'true' }],
  ['false', { 'boot.autostart': 'false' }],
])('with boot.autostart %s', (_, own) => {
  const config = { 'user.note': 'x', ...own };
  const parked = after(config, parking({ config }, 'e1'));

  test('the daemon does not start it', () => {
    expect(parked['boot.autostart']).toBe('false');
    expect(parkingOf({ config: parked })?.evacuation).toBe('e1');
  });

  test('it gets its own back, also when it was stopped twice', () => {
    expect(parking({ config: parked }, 'e1')).toBeUndefined();
    const twice = after(parked, parking({ config: parked }, 'e2'));
    expect(after(twice, unparking({ config: twice }))).toEqual(config);
    expect(after(parked, unparking({ config: parked }))).toEqual(config);
  });

  test('it moves as it is without', () => {
    expect(unparkedConfig(parked)).toEqual(config);
    expect(movingConfig({ config: parked })).toEqual(config);
  });
});

test('a setting that somebody has changed meanwhile stays', () => {
  const parked = after({}, parking({ config: {} }, 'e1'));
  const config = { ...parked, 'boot.autostart': 'true' };
  expect(after(config, unparking({ config }))).toEqual({ 'boot.autostart': 'true' });
  expect(unparking({ config: { 'boot.autostart': 'true' } })).toBeUndefined();
});
