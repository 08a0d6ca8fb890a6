// Aim: an identity in a certificate is read exactly, and nothing else is taken for one. Method: tables of cases.
import { describe, expect, test } from 'vitest';
import { identityOf, identityUri, sameIdentity } from '../../common/pki/identity.js';

describe('identities', () => {
  test('are read back as they were written', () => {
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
  ])('%j is none', (text) => {
    expect(identityOf(text)).toBeUndefined();
  });
});
