/** Validates requests about images. Each check throws `invalid_argument` with the field, the value and the rule. */
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import type { ReceiveImageRequest__Output } from '../../proto/gen/copa/agent/v1/ReceiveImageRequest.js';
import type { SendImageRequest__Output } from '../../proto/gen/copa/agent/v1/SendImageRequest.js';
import type { ImageOrder } from '../images/image-receiver.js';
import * as check from './validation.js';

const digits = /^[0-9a-f]{64}$/;
const aliasesMax = 1000;
const propertiesMax = 1000;

/** Together they are one header of a request to the daemon. */
const propertiesCharactersMax = 16 * 1024;

export function imageOrder(request: ReceiveImageRequest__Output): ImageOrder {
  const { image, relayed, sourcePool } = request;
  if (!image) throw new CopaError('invalid_argument', 'image is missing');
  hexadecimal('ticket', request.ticket);
  hexadecimal('image.fingerprint', image.fingerprint);
  if (!relayed) check.pool(sourcePool);
  if (!Number.isSafeInteger(image.size) || image.size <= 0) {
    throw invalid('image.size', image.size, 'it is a number of bytes');
  }
  if (image.aliases.length > aliasesMax) {
    throw invalid('image.aliases', image.aliases.length, `there are ${aliasesMax} at most`);
  }
  for (const alias of image.aliases) check.image(alias);
  const properties = Object.entries(image.properties);
  const characters = properties.flat().reduce((sum, text) => sum + text.length, 0);
  if (properties.length > propertiesMax || characters > propertiesCharactersMax) {
    throw invalid('image.properties', characters, `they have ${propertiesCharactersMax} characters at most`);
  }
  return { ...request, image };
}

export function imageSending(request: SendImageRequest__Output): SendImageRequest__Output {
  hexadecimal('ticket', request.ticket);
  hexadecimal('fingerprint', request.fingerprint);
  if (!request.relayed) {
    check.address(request.destinationAddress);
    check.pool(request.destinationPool);
  }
  return request;
}

function hexadecimal(field: string, value: string): void {
  if (!digits.test(value)) throw invalid(field, value, 'it has 64 hexadecimal digits');
}

function invalid(field: string, value: unknown, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(value)} is not valid: ${rule}`);
}
