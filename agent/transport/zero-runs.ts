/**
 * Finds runs of zeros in a daemon's data, so that only their length is sent. rsync reads the holes of a sparse file
 * as zeros and sends them as such.
 */

/** The step of the search, in bytes. A run of twice this size is always found. */
const stepBytes = 4096;
const zeroStep = Buffer.alloc(stepBytes);

export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly isZeros: boolean;
}

/** The bytes from `start` on, as segments in order. Without a long run, one segment. */
export function segmentsOf(bytes: Buffer, start: number): Segment[] {
  const segments: Segment[] = [];
  let from = start;
  for (let at = start; at + stepBytes <= bytes.length;) {
    if (!isZeroStep(bytes, at)) {
      at += stepBytes;
      continue;
    }
    let begin = at;
    while (begin > from && bytes[begin - 1] === 0) begin--;
    let end = at + stepBytes;
    while (end + stepBytes <= bytes.length && isZeroStep(bytes, end)) end += stepBytes;
    while (end < bytes.length && bytes[end] === 0) end++;
    if (begin > from) segments.push({ start: from, end: begin, isZeros: false });
    segments.push({ start: begin, end, isZeros: true });
    from = end;
    at = end;
  }
  if (from < bytes.length || segments.length === 0) {
    segments.push({ start: from, end: bytes.length, isZeros: false });
  }
  return segments;
}

function isZeroStep(bytes: Buffer, at: number): boolean {
  // Most steps end here, without a call into C++.
  if (bytes[at] !== 0 || bytes[at + stepBytes - 1] !== 0) return false;
  return bytes.compare(zeroStep, 0, stepBytes, at, at + stepBytes) === 0;
}
