/** Whether an image fits on this host, before any byte of it is sent. */
import { CopaError } from '../../common/errors.js';
import { bytesText } from '../../common/sizes.js';
import type { Image__Output } from '../../proto/gen/copa/agent/v1/Image.js';
import { newContainerSpace } from '../inventory/capacity.js';
import type { LxdClient } from '../lxd/client.js';
import { imageSpace } from '../lxd/images.js';
import { roomFor, type Space } from '../lxd/storage.js';

/** The daemon has the received form and its files at the same time. */
const timesTheSize = 2;

/** Throws `failed_precondition`. A file system that cannot be measured does not count. */
export async function checkRoom(lxd: LxdClient, { fingerprint, size }: Image__Output): Promise<void> {
  const [images, containers] = await Promise.all([
    imageSpace(lxd),
    newContainerSpace(lxd)('quick').catch(() => undefined),
  ]);
  const check = (space: Space | undefined, needed: number, where: string) => {
    if (!space || space.totalBytes === 0 || roomFor(space) >= needed) return;
    const message = `image ${fingerprint.slice(0, 12)} does not fit: ${where} need ${bytesText(needed)}, and have room for ${bytesText(Math.max(0, roomFor(space)))}`;
    throw new CopaError('failed_precondition', message);
  };
  check(images, timesTheSize * size, "the daemon's images");
  // Unpacked, it needs at least as much.
  check(containers, size, 'the containers of this host');
}
