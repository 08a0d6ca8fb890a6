/** Validates requests about networks over several hosts. Each check throws `invalid_argument`. */
import { isIPv4 } from 'node:net';
import { CopaError } from '../../common/errors.js';
import { checkName } from '../../common/names.js';
import {
  interfaceNamePattern,
  interfaceNameRule,
  macPattern,
  networkNamePattern,
  networkNameRule,
} from '../../common/net/networks.js';
import type { NetworkInterface__Output } from '../../proto/gen/copa/agent/v1/NetworkInterface.js';
import type { ContainerInterface } from '../model/interfaces.js';

export function checkNetworkName(name: string): string {
  checkName('network', name, networkNamePattern, networkNameRule);
  return name;
}

export function checkInterface(given: NetworkInterface__Output | null): ContainerInterface {
  const { network = '', address = '', mac = '', device = '' } = given ?? {};
  checkNetworkName(network);
  checkName('device', device, interfaceNamePattern, interfaceNameRule);
  checkName('mac', mac, macPattern, 'a MAC address of one station is expected, in lower case');
  if (!isIPv4(address))
    throw new CopaError('invalid_argument', 'address is not valid: an IPv4 address is expected');
  return { network, address, mac, device };
}
