/**
 * The key of a join that has begun on this machine, kept until the join is complete. A second attempt with the same token
 * proves by it that it is the same machine, so it gets the same answer: a join that was interrupted needs no new token.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, syncDirectory } from '../../common/durable-file.js';
import type { ControllerJoinRequest } from '../../common/pki/enrollment.js';
import { boxKeysFrom, newBoxKeys, privatePem, type BoxKeys } from './sealed-box.js';

const schema = z.object({ id: z.string(), name: z.string(), address: z.string(), privateKey: z.string() });

type Wanted = Pick<ControllerJoinRequest, 'id' | 'name' | 'address'>;

const fileIn = (stateDirectory: string) => join(stateDirectory, 'joining.json');

/** The keys of the same join before, or new ones, which are on disk when this returns. */
export async function keysForJoin(stateDirectory: string, { id, name, address }: Wanted): Promise<BoxKeys> {
  const pending = await read(stateDirectory);
  if (pending?.id === id && pending.name === name && pending.address === address)
    return boxKeysFrom(pending.privateKey);
  const box = newBoxKeys();
  const content = JSON.stringify({ id, name, address, privateKey: privatePem(box) });
  await replaceFile(fileIn(stateDirectory), `${content}\n`, 0o600);
  return box;
}

/** Whether a join with this token was interrupted here. */
export async function isPending(stateDirectory: string, id: string): Promise<boolean> {
  return (await read(stateDirectory))?.id === id;
}

/** It is complete, or nothing came of it. */
export async function forgetJoin(stateDirectory: string): Promise<void> {
  await rm(fileIn(stateDirectory), { force: true });
  await syncDirectory(stateDirectory);
}

/** A file with other content is none. */
async function read(stateDirectory: string): Promise<z.infer<typeof schema> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(fileIn(stateDirectory), 'utf8')));
  } catch {
    return undefined;
  }
}
