/** The controller that served this page, by the same client that programs use. */
import { Copa, FetchTransport, isCopaError } from '../../client/browser.js';
import { requestToken, token } from './session.js';

/** The API is beside the page, wherever a proxy puts both. */
const transport = new FetchTransport({ address: new URL('./', document.baseURI).href, token });

export const copa = new Copa(transport, (error) => {
  if (isCopaError(error, 'unauthenticated')) requestToken(error.message);
});
