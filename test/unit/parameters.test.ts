// Aim: a request's parameters are parsed exactly or refused by name. Method: texts in, a map or an error out.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  checkParameters,
  mergeParameters,
  operationOf,
  text,
  wholeNumber,
} from '../../controller/http/request/parameters.js';
import { command } from '../../controller/http/openapi/schemas.js';
import { failureOf } from '../support/failures.js';

const read = (query: string, body = '', type: 'json' | 'form' = 'json') =>
  Object.fromEntries(mergeParameters(query, body, type));

describe('reading', () => {
  test('from query, form and JSON alike, and from two of them together', () => {
    const expected = { operation: 'start', container_name: 'ä b' };
    expect(read('operation=start&container_name=%C3%A4+b')).toEqual(expected);
    expect(read('', 'operation=start&container_name=%C3%A4+b', 'form')).toEqual(expected);
    expect(read('', '{"operation":"start","container_name":"ä b"}')).toEqual(expected);
    expect(read('operation=start', '{"container_name":"ä b"}')).toEqual(expected);
    expect(read('', ' \n')).toEqual({});
  });

  test('JSON numbers and booleans keep their types', () => {
    expect(read('', '{"a":1,"b":true,"c":"1"}')).toEqual({ a: 1, b: true, c: '1' });
  });

  test.each([
    ['a=1&a=2', '', 'json', '"a"'],
    ['a=1', '{"a":"1"}', 'json', '"a"'],
    ['a=1', 'a=1', 'form', '"a"'],
    ['', 'a=1&a=1', 'form', '"a"'],
    ['', '{"a":"1","a":"1"}', 'json', 'more than once'],
    ['', String.raw`{"a":"1","\u0061":"1"}`, 'json', 'more than once'],
  ] as const)('a name given twice is refused: %j and %j', async (query, body, type, named) => {
    const failure = await failureOf(() => mergeParameters(query, body, type));
    expect(failure).toMatch(/^invalid_argument: .*more than once/);
    expect(failure).toContain(named);
  });

  test('texts that look like JSON names do not count as names', () => {
    expect(read('', String.raw`{"a":"\"b\":","c":"\\","d":":"}`)).toEqual({ a: '"b":', c: '\\', d: ':' });
  });

  test('null in JSON is the same as nothing', () => {
    expect([...mergeParameters('', '{"a":null,"b":1}', 'json')]).toEqual([['b', 1]]);
    expect([...mergeParameters('a=1', '{"a":null}', 'json')]).toEqual([['a', '1']]);
  });

  test('a command alone may be a list of texts in JSON', async () => {
    expect(read('', '{"command":["a","b:"],"c":"1"}')).toEqual({ command: ['a', 'b:'], c: '1' });
    for (const body of ['{"command":["a",1]}', '{"command":[["a"]]}', '{"command":{}}', '{"other":["a"]}']) {
      expect(await failureOf(() => mergeParameters('', body, 'json'))).toMatch(/must be a plain value/);
    }
    const twice = () => mergeParameters('', '{"command":["a"],"command":["b"]}', 'json');
    expect(await failureOf(twice)).toMatch(/more than once/);
  });

  test('a command is a list, a list written as text, or a text for the shell', async () => {
    const schema = z.strictObject({ command });
    const words = (given: string, type: 'json' | 'form') =>
      checkParameters(schema, mergeParameters('', given, type)).command;
    expect(words('{"command":["ls","-l"]}', 'json')).toEqual(['ls', '-l']);
    expect(words(`command=${encodeURIComponent('["ls","-l"]')}`, 'form')).toEqual(['ls', '-l']);
    expect(words('command=ls+-l', 'form')).toEqual(['sh', '-c', 'ls -l']);
    expect(words('{"command":"[ -f /x ] && echo"}', 'json')).toEqual(['sh', '-c', '[ -f /x ] && echo']);
    for (const bad of [
      '{"command":[]}',
      '{"command":""}',
      '{"command":[""]}',
      '{"command":"a\\u0000"}',
      '{"command":1}',
    ]) {
      expect(await failureOf(() => words(bad, 'json'))).toMatch(/^invalid_argument: command /);
    }
  });

  test.each([
    ['{', 'not valid JSON'],
    ['nul', 'not valid JSON'],
    ['"a"', 'must be an object'],
    ['null', 'must be an object'],
    ['[["a","b"]]', 'must be an object'],
    ['['.repeat(30_000) + ']'.repeat(30_000), 'must be an object'],
    ['{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000), 'parameter "a" must be a plain value, not an object'],
    ['{"a":null,"a":1}', 'more than once'],
    ['{"a":[1]}', 'parameter "a" must be a plain value, not a list'],
  ])('refuses %.40j', async (body, message) => {
    const failure = await failureOf(() => mergeParameters('', body, 'json'));
    expect(failure).toMatch(/^invalid_argument/);
    expect(failure).toContain(message);
  });
});

describe('checking', () => {
  const schema = z.strictObject({ name: text, count: wholeNumber(1, 10).default(3) });
  const check = (query: string, body = '') => checkParameters(schema, mergeParameters(query, body, 'json'));

  test('adds defaults', () => {
    expect(check('name=a')).toEqual({ name: 'a', count: 3 });
    expect(check('name=a&count=7')).toEqual({ name: 'a', count: 7 });
    expect(check('', '{"name":"a","count":7}')).toEqual({ name: 'a', count: 7 });
  });

  test.each([
    ['', '', 'parameter "name" is missing'],
    ['name=a&other=1&more=2', '', 'unknown parameter "other", "more": known here are name, count'],
    ['name=a&constructor=1', '', 'unknown parameter "constructor"'],
    ['name=a&__proto__=1', '', 'unknown parameter "__proto__"'],
    ['name=a', '{"__proto__":"x"}', 'unknown parameter "__proto__"'],
    ['name=a&toString=1', '', 'unknown parameter "toString"'],
    ['', '{"name":5}', 'name "5" is not valid: text is expected'],
    ['', '{"name":true}', 'name "true" is not valid: text is expected'],
    ['name=a&count=0', '', 'count "0" is not valid: a whole number from 1 to 10 is expected'],
    ['name=a&count=11', '', 'count "11"'],
    ['name=a&count=1e1', '', 'count "1e1"'],
    ['name=a&count=', '', 'count ""'],
    ['name=a', '{"count":1.5}', 'count "1.5"'],
    ['name=a', '{"count":true}', 'count "true"'],
    ['name=a', '{"count":-1}', 'count "-1"'],
    ['count=1&other=1', '', 'parameter "name" is missing; unknown parameter "other"'],
  ])('%j with %j is refused by name', async (query, body, message) => {
    const failure = await failureOf(() => check(query, body));
    expect(failure).toMatch(/^invalid_argument/);
    expect(failure).toContain(message);
  });

  test('an operation is one of the list', async () => {
    const operation = (query: string) => () =>
      operationOf(mergeParameters(query, '', 'form'), ['start', 'stop']);
    expect(operation('operation=stop')()).toBe('stop');
    expect(await failureOf(operation('operation=fly'))).toBe(
      'invalid_argument: unknown operation "fly": it is one of start, stop',
    );
    expect(await failureOf(operation(''))).toBe(
      'invalid_argument: parameter "operation" is missing: it is one of start, stop',
    );
  });
});
