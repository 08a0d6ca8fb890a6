// Aim: IP:PORT is parsed the same way everywhere, and nothing else is accepted. Method: tables of cases.
import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  parseAddress,
  parseIPv4Address,
  parsePort,
  splitAddress,
} from '../../common/net/address.js';

describe('an address', () => {
  test.each([
    ['127.0.0.1:8000', '127.0.0.1', 8000],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['10.0.0.2:65535', '10.0.0.2', 65_535],
    ['[::1]:8000', '::1', 8000],
    ['[fe80::1%eth0]:1', 'fe80::1%eth0', 1],
  ])('%s is parsed, and formatted unchanged', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
    expect(formatAddress({ host, port })).toBe(text);
  });

  test.each(['', ':', ':80', 'localhost:80', '1.2.3:80', '10.0.0.2:', '10.0.0.2:65536', '10.0.0.2:-1'])(
    '%j is none',
    (text) => {
      expect(parseAddress(text, 8001)).toBeUndefined();
    },
  );

  test.each([
    '10.0.0.2:8x',
    '10.0.0.2:1:2',
    '::1',
    '::1:80',
    '[::1',
    '[10.0.0.2]:80',
    '[::1]80',
    '10.0.0.2\n:80',
  ])('%j is not one, either', (text) => {
    expect(parseAddress(text, 8001)).toBeUndefined();
  });

  test('without a port has the default one, if there is any', () => {
    expect(parseAddress('10.0.0.2', 8001)).toEqual({ host: '10.0.0.2', port: 8001 });
    expect(parseAddress('[::1]', 8001)).toEqual({ host: '::1', port: 8001 });
    expect(parseAddress('10.0.0.2')).toBeUndefined();
  });

  test('of IPv4 is only IPv4', () => {
    expect(parseIPv4Address('10.0.0.2:80')).toEqual({ host: '10.0.0.2', port: 80 });
    expect(parseIPv4Address('[::1]:80')).toBeUndefined();
  });

  test('is split into its written parts', () => {
    expect(splitAddress('10.0.0.2:x')).toEqual({ host: '10.0.0.2', port: 'x' });
    expect(splitAddress('10.0.0.2')).toEqual({ host: '10.0.0.2' });
    expect(splitAddress('example:1')).toBeUndefined();
  });

  test('a host name is formatted unchanged', () => {
    expect(formatAddress({ host: 'localhost', port: 80 })).toBe('localhost:80');
  });
});

test.each([
  ['0', 0],
  ['08001', 8001],
  ['65535', 65_535],
  ['65536', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['', undefined],
])('port %j is %j', (text, port) => {
  expect(parsePort(text)).toBe(port);
});
