/** The parameters and replies that several operations share. */
import type { ContainerRef } from '../../model/container-ref.js';
import { z } from 'zod';
import { labelRule } from '../../../common/labels.js';
import {
  containerNameRule,
  cpuLimitRule,
  memoryLimitRule,
  poolNameRule,
  snapshotNameRule,
} from '../../../common/names.js';
import { networkNameRule } from '../../../common/net/networks.js';
import { text, unused, wholeNumber } from '../request/parameters.js';

const wordList = z.array(z.string()).min(1);

/** The default of `stop_timeout`. */
const stopTimeoutSeconds = 30;

/** The documented parameters of `/REST/container`. Old scripts send all of them with each operation. */
export const documented = {
  operation: unused,
  container_name: unused,
  container_pool: unused,
  destination_pool: unused,
  image_type: unused,
};

export const containerPool = text.meta({
  description: `The pool's name: ${poolNameRule}.`,
  example: 'server1',
});
export const containerName = text.meta({
  description: `The container's name: ${containerNameRule}.`,
  example: 'my-container',
});
export const networkName = text.meta({
  description: `A network over several hosts: ${networkNameRule}.`,
  example: 'lan',
});
export const containerIp = text.meta({
  description: 'Its address there; otherwise a free one.',
  example: '10.50.0.7',
});
export const newName = text.meta({
  description: `A name that no container of the pool has: ${containerNameRule}.`,
  example: 'other-container',
});
export const snapshotName = text.meta({
  description: `The snapshot's name: ${snapshotNameRule}, and does not start with "copa-".`,
  example: 'before-update',
});
export const stopTimeout = wholeNumber(1, 3600)
  .default(stopTimeoutSeconds)
  .describe('How many seconds it may take to shut down before it is killed.');

export const labelChange = text.meta({
  description: `NAME=VALUE sets a label and NAME- removes it, separated by commas: ${labelRule}.`,
  example: 'app=shop,old-',
});

export const newLabels = text.meta({
  description: `Its labels, as NAME=VALUE, separated by commas: ${labelRule}.`,
  example: 'app=shop,tier=front',
});

const limit = (rule: string, example: string) =>
  z
    .union([text, z.int().transform(String)], 'text is expected')
    .optional()
    .meta({ description: `${rule}; an empty text removes the limit.`, example });
export const limits = {
  cpu: limit(`What it may use of the host's CPUs: ${cpuLimitRule}`, '2'),
  memory: limit(`What it may use of the host's memory: ${memoryLimitRule}`, '512MiB'),
};

export const commandTimeout = wholeNumber(1, 3600)
  .default(60)
  .describe('How many seconds the command may take; then it is killed.');

/** A program and its arguments, or a text for the container's shell. In a form it is always text. */
export const command = z
  .union([z.array(text).min(1), text.min(1)], 'a list of words, or a text for the shell, is expected')
  .transform(wordsOf)
  .refine(
    (words) => words[0] !== '' && words.every((word) => !word.includes('\0')),
    'a program is expected, and no NUL anywhere',
  );

/** A text that is a JSON list of strings means that list, because no shell could run it. */
function wordsOf(given: string | readonly string[]): readonly string[] {
  if (typeof given !== 'string') return given;
  try {
    const parsed = wordList.safeParse(JSON.parse(given));
    if (parsed.success) return parsed.data;
  } catch {
    // Not JSON: a command for the shell.
  }
  return ['sh', '-c', given];
}

/** One container, and all other documented parameters. */
export const one = { ...documented, container_name: containerName, container_pool: containerPool };

/** The container that a request is about. */
export function containerRefOf(parameters: {
  readonly container_pool: string;
  readonly container_name: string;
}): ContainerRef {
  return { host: parameters.container_pool, name: parameters.container_name };
}

export const done = z.object({ success: z.literal('Operation successful') });
export const operationSuccessful: z.output<typeof done> = { success: 'Operation successful' };
