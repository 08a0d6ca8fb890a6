// Aim: the text of a check after a move means exactly one thing, and never another host. Method: valid and hostile texts.
import { expect, test } from 'vitest';
import { ownAddresses } from '../../agent/migration/container-check.js';
import { parseContainerCheck } from '../../common/container-check.js';

const parse = (text: string) => parseContainerCheck('check', text);

test('the three kinds of checks', () => {
  expect(parse('exec:systemctl is-active "web"')).toEqual({
    kind: 'exec',
    command: 'systemctl is-active "web"',
  });
  expect(parse('http://:8080/health?full=1')).toEqual({ kind: 'http', port: 8080, path: '/health?full=1' });
  expect(parse('http://:80')).toEqual({ kind: 'http', port: 80, path: '/' });
  expect(parse('tcp://:5432')).toEqual({ kind: 'tcp', port: 5432 });
});

test.each([
  '',
  'exec:',
  'exec:  ',
  'exec:a\0b',
  'tcp://:0',
  'tcp://:65536',
  'tcp://:80/path',
  'tcp://10.0.0.1:80',
  'http://10.0.0.1:80/',
  'http://user@:80/',
  'http://:80/a b',
  'http://:80/a\r\nHost: other',
  'https://:443/',
  'file:///etc/passwd',
  `exec:${'x'.repeat(2_000)}`,
])('%j is no check', (text) => {
  expect(() => parse(text)).toThrow(/check .* is not valid/);
});

test('only addresses of the container are tried, and only so many', () => {
  const address = (text: string, scope = 'global') => ({ family: 'inet', address: text, scope });
  const network = {
    lo: { addresses: [address('127.0.0.1', 'local')] },
    eth0: { addresses: [address('10.1.2.3'), address('fe80::1', 'link'), address('example.org')] },
  };
  expect(ownAddresses({ network })).toEqual(['127.0.0.1', '10.1.2.3']);
  expect(ownAddresses({ network: null })).toEqual(['127.0.0.1']);
  const many = {
    eth0: { addresses: Array.from({ length: 1_000 }, (_, at) => address(`10.0.1.${at % 255}`)) },
  };
  expect(ownAddresses({ network: many }).length).toBeLessThan(20);
});
