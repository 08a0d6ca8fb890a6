/** Answers one message of DNS about the names of a network. A pure function; what comes in is not trusted. */
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';

/** A container that was deleted and created again has another address. */
const ttlSeconds = 5;
const noSuchName = 3;

/** Undefined for what is no question, which gets no answer. `addressOf` takes names in lower case. */
export function answerTo(
  message: Buffer,
  network: string,
  addressOf: (name: string) => string | undefined,
): Buffer | undefined {
  const query = decoded(message);
  const [question, ...others] = query?.questions ?? [];
  if (!query || query.type !== 'query' || !question || others.length > 0) return undefined;
  const asked = question.name.toLowerCase();
  const suffix = `.${network}`;
  const name = asked.endsWith(suffix) ? asked.slice(0, -suffix.length) : asked;
  const address = addressOf(name);
  const isAddress = question.type === 'A' && question.class === 'IN';
  const flags = AUTHORITATIVE_ANSWER | ((query.flags ?? 0) & RECURSION_DESIRED);
  return encode({
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    // A name that exists has an empty answer to questions of another type: otherwise resolvers give up on it.
    flags: address === undefined ? flags | noSuchName : flags,
    questions: [question],
    answers:
      address !== undefined && isAddress
        ? [{ type: 'A', name: question.name, ttl: ttlSeconds, data: address }]
        : [],
  });
}

function decoded(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
