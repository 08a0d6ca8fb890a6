// Aim: the controller limits the requests in progress. Method: requests that enter and leave.
import { describe, expect, test } from 'vitest';
import { Admission } from '../../controller/http/middleware/admission.js';
import { failureOf } from '../support/failures.js';

describe('the controller as a whole', () => {
  test('refuses requests above the limit; health and events are not counted', async () => {
    const admission = new Admission(2);
    for (const path of ['/REST/pools', '/REST/container/']) expect(admission.enter(path)).toBe(true);
    for (const path of ['/healthz', '/REST/events', '/REST/events/'])
      expect(admission.enter(path)).toBe(false);
    const refusal = 'unavailable: the controller has 2 requests under way already: try again in a moment';
    expect(await failureOf(() => admission.enter('/REST/pools'))).toBe(refusal);
    admission.leave();
    expect(admission.enter('/REST/pools')).toBe(true);
    expect(await failureOf(() => admission.enter('/REST/pools'))).toBe(refusal);
  });
});
