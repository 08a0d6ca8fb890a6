// Aim: the installed package provides the typed client for every kind of module resolution. Method: `npm pack` of the
// built tree, in a separate project, compiled by tsc with its strictest settings, and run.
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../deploy/lab/processes.js';

const repository = join(import.meta.dirname, '../..');
let project: string;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'copa-consumer-'));
  const installed = join(project, 'node_modules/copa');
  mkdirSync(installed, { recursive: true });
  const packing = ['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', project, repository];
  const { stdout } = await run(packing);
  await run(['tar', '-xzf', join(project, stdout.trim()), '-C', installed, '--strip-components=1']);
  // It uses the dependencies of this tree.
  for (const name of ['@types', 'undici-types', 'eventsource-parser'])
    symlinkSync(join(repository, 'node_modules', name), join(project, 'node_modules', name));
  copyFileSync(join(import.meta.dirname, 'consumer.ts'), join(project, 'main.ts'));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(project, { recursive: true, force: true }));

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])(
  'compiles with module %s, resolved as %s, and runs',
  { timeout: 180_000 },
  async (module, moduleResolution) => {
    const strict = { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true };
    const compilerOptions = {
      ...strict,
      module,
      moduleResolution,
      target: 'es2022',
      types: ['node'],
      outDir: 'out',
    };
    const config = { compilerOptions, include: ['main.ts'] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
    const compiler = join(repository, 'node_modules/typescript/bin/tsc');
    await run([process.execPath, compiler, '-p', project]);
    const { stdout } = await run([process.execPath, join(project, 'out/main.js')]);
    expect(stdout).toBe('unavailable\n');
  },
);
