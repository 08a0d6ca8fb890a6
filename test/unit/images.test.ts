// Aim: one list of images from many hosts, whatever some of them do. Method: hosts in memory.
import { describe, expect, test } from 'vitest';
import { Images, mergeImages } from '../../controller/images/images.js';
import { CopaError } from '../../common/errors.js';
import { FakeAgents, type Answers } from '../support/agents.js';
import { failureOf } from '../support/failures.js';

function imagesOf(answers: Readonly<Record<string, Answers>>): Images {
  const pools = Object.keys(answers).map((name) => ({ name, address: '10.0.0.1', addedAt: '', revision: 1 }));
  const directory = {
    list: () => Promise.resolve(pools),
    get: (name: string) => {
      const pool = pools.find((one) => one.name === name);
      return pool
        ? Promise.resolve(pool)
        : Promise.reject(new CopaError('not_found', `there is no pool "${name}"`));
    },
  };
  return new Images(directory, new FakeAgents(answers));
}

interface Known {
  readonly fingerprint: string;
  readonly aliases: string[];
}

const listed = (image: Known, architecture = 'x86_64') => ({
  ...{ size: 1000, type: 'container', properties: {}, architecture },
  ...image,
});
const has = (...images: Known[]): Answers => ({
  ListImages: () => ({ images: images.map((image) => listed(image)) }),
});
const dead: Answers = {
  ListImages: () => Promise.reject(new CopaError('unavailable', 'no answer')),
};

test('aliases of all pools; an image without alias has its fingerprint as key', async () => {
  const images = imagesOf({
    a: has({ fingerprint: 'f1', aliases: ['ubuntu', 'u/22'] }, { fingerprint: 'f2', aliases: [] }),
    b: has({ fingerprint: 'f1', aliases: ['ubuntu'] }),
  });
  expect(await images.ofAllPools()).toEqual({ images: { ubuntu: 'f1', 'u/22': 'f1', f2: 'f2' } });
  expect(await images.ofPool('b')).toEqual({ images: { ubuntu: 'f1' } });
  expect(await failureOf(() => images.ofPool('c'))).toBe('not_found: there is no pool "c"');
});

test('no pool, no image', async () => {
  expect(await imagesOf({}).ofAllPools()).toEqual({ images: {} });
});

test('a pool that does not answer is named in a warning', async () => {
  const images = imagesOf({ a: dead, b: has({ fingerprint: 'f1', aliases: ['ubuntu'] }) });
  expect(await images.ofAllPools()).toEqual({
    images: { ubuntu: 'f1' },
    warning: 'no images of pool "a": no answer',
  });
  expect(await failureOf(() => images.ofPool('a'))).toBe('unavailable: no answer');
});

test('all failing is a failure', async () => {
  expect(await failureOf(() => imagesOf({ a: dead, b: dead }).ofAllPools())).toBe(
    'unavailable: no images of pool "a": no answer; no images of pool "b": no answer',
  );
});

test('all pools are called in parallel, up to the limit', async () => {
  let now = 0;
  let most = 0;
  const slow: Answers = {
    ListImages: async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return { images: [] };
    },
  };
  await imagesOf(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, slow]))).ofAllPools();
  expect(most).toBe(64);
});

describe('merging', () => {
  test('an alias with two meanings keeps the first, with a warning', () => {
    const merged = mergeImages([
      { pool: 'a', images: [listed({ fingerprint: 'f1', aliases: ['x'] })] },
      { pool: 'b', images: [listed({ fingerprint: 'f2', aliases: ['x'] })] },
    ]);
    expect(merged).toEqual({
      images: { x: 'f1' },
      warning: '"x" is another image on pool "b" (f2) than on pool "a"',
    });
  });

  test('an alias may be called __proto__', () => {
    const { images } = mergeImages([
      { pool: 'a', images: [listed({ fingerprint: 'f1', aliases: ['__proto__'] })] },
    ]);
    expect(JSON.stringify(images)).toBe('{"__proto__":"f1"}');
  });
});
