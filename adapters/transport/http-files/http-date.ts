/** Dates of HTTP (RFC 9110 §5.6.7): the preferred form and the two that recipients must still understand. */

const PREFERRED_OR_RFC850 = /^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [\d ]\d \d\d:\d\d:\d\d \d{4}$/;

/** @returns milliseconds since 1970; undefined for what is no such date, however JavaScript would read it. */
export function httpDate(text: string | undefined): number | undefined {
  const date = text?.trim() ?? '';
  // asctime has no zone and means UTC.
  const zoned = ASCTIME.test(date) ? `${date} GMT` : date;
  const time = ASCTIME.test(date) || PREFERRED_OR_RFC850.test(date) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** HTTP dates have no milliseconds. */
export function wholeSeconds(timestamp: number): number {
  return Math.floor(timestamp / 1000) * 1000;
}
