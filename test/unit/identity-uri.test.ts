// Aim: an identity in a certificate is parsed exactly, and nothing else is accepted. Method: tables of cases.
import { describe, expect, test } from 'vitest';
import { identityOf, identityUri, sameIdentity } from '../../common/pki/identity.js';

describe('identities', () => {
  test('are parsed as they were formatted', () => {
    const identity = { role: 'agent', name: 'server1.example' } as const;
    expect(identityOf(`URI:${identityUri(identity)}`)).toEqual(identity);
    expect(sameIdentity(identityOf('URI:copa://agent/a'), { role: 'agent', name: 'a' })).toBe(true);
    expect(sameIdentity(identityOf('URI:copa://controller/a'), { role: 'agent', name: 'a' })).toBe(false);
    expect(sameIdentity(undefined, { role: 'agent', name: 'a' })).toBe(false);
  });

  test.each([
    undefined,
    '',
    'DNS:agent',
    'copa://agent/a',
    'URI:copa://agent/',
    'URI:copa://agent/a, URI:copa://controller/b',
    'URI:copa://agent/a, DNS:b',
    'URI:copa://root/a',
    'URI:copa://agent/a/b',
    'URI:copa://agent/a\n',
  ])('%j is not one', (text) => {
    expect(identityOf(text)).toBeUndefined();
  });
});
