import { option, options, type OptionFault, type OptionValue } from 'mediamtx-camera-service/plugin-api';

const MIB = 1024 * 1024;
/** S3 takes no smaller parts but the last, and no more than this many. */
const SMALLEST_PART = 5 * MIB;

export const S3_OPTIONS = options({
  api_key: option.secret({
    doc: 'API key of the service. Recordings of its cameras are uploaded; delete_after_upload needs the role operator.',
    minLength: 1,
  }),
  endpoint: option.text({
    doc: 'URL of the storage, such as https://s3.eu-central-1.amazonaws.com or http://minio.lan:9000.',
    pattern: '^https?://[^\\s/?#@]+/?$',
    rule: 'an http or https URL without path and credentials',
  }),
  region: option.text({ doc: 'Region for which requests are signed.', default: 'us-east-1', minLength: 1 }),
  bucket: option.text({
    doc: 'Bucket, which must exist.',
    pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
    rule: 'the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens',
  }),
  access_key_id: option.text({ doc: 'Access key at the storage.', minLength: 1 }),
  secret_access_key: option.secret({ doc: 'Secret of the access key.', minLength: 1 }),
  key_pattern: option.text({
    doc: 'Key of an object; {device}, {filename}, {year}, {month} and {day} (UTC) are replaced.',
    default: '{device}/{year}/{month}/{day}/{filename}',
    pattern: '^[A-Za-z0-9_.{}-]+(/[A-Za-z0-9_.{}-]+)*$',
    rule: 'letters, digits, - _ . / and the names in braces',
  }),
  upload_existing: option.flag({
    doc: 'Whether recordings that are on disk at the very first start are uploaded, too.',
    default: false,
  }),
  delete_after_upload: option.flag({
    doc: 'Whether a recording is deleted here when its upload has been verified.',
    default: false,
  }),
  part_bytes: option.bytes({
    doc: 'Size of the parts of an upload. A part is held in memory, and is what an interruption costs.',
    default: 8 * MIB,
    minimum: SMALLEST_PART,
    maximum: 512 * MIB,
  }),
  max_bytes_per_second: option.bytes({ doc: 'Average bandwidth of uploads. 0: unlimited.', default: 0 }),
  request_timeout_ms: option.ms({
    doc: 'Maximum time for one request, such as the upload of a part.',
    default: 300_000,
    minimum: 1000,
  }),
  max_retry_ms: option.ms({
    doc: 'Maximum pause before a failed upload is continued. The first is 1 s; it doubles with each failure.',
    default: 300_000,
    minimum: 10,
  }),
});

export type S3Options = OptionValue<typeof S3_OPTIONS>;

const PLACES = ['device', 'filename', 'year', 'month', 'day'];

export function checkOptions({ key_pattern: pattern }: S3Options): readonly OptionFault[] {
  const named = [...pattern.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const unknown = named.find((name) => !PLACES.includes(name));
  if (unknown !== undefined)
    return [
      { option: 'key_pattern', rule: `must not contain {${unknown}}, which is none of ${PLACES.join(', ')}` },
    ];
  // Otherwise one recording would replace another.
  return named.includes('filename') ? [] : [{ option: 'key_pattern', rule: 'must contain {filename}' }];
}

/** @param begins when the recording begins, in ISO 8601. */
export function keyFor(
  pattern: string,
  {
    filename,
    device,
    begins,
  }: { readonly filename: string; readonly device: string; readonly begins: string },
): string {
  const [year = '', month = '', day = ''] = begins.slice(0, 10).split('-');
  const values: Readonly<Record<string, string>> = { filename, device, year, month, day };
  return pattern.replaceAll(/\{([^{}]*)\}/g, (_place, name: string) => values[name] ?? '');
}
