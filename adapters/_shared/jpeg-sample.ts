/** A real picture of 64 × 48 pixels, for adapters that have no camera. */
const BASE64 = [
  '/9j/4AAQSkZJRgABAgAAAQABAAD/2wBDAAgQEBMQExYWFhYWFhoYGhsbGxoaGhobGxsdHR0iIiIdHR0bGx0dICAiIiUmJSMjIiMm',
  'JigoKDAwLi44ODpFRVP/xABZAAEBAQEBAQEAAAAAAAAAAAAABAIBAwcFAQEAAwEBAAAAAAAAAAAAAAAABAIBAwUQAQEBAAAAAAAA',
  'AAAAAAAAAAABAhEBAQEAAAAAAAAAAAAAAAAAAAEC/8AAEQgAMABAAwEiAAIRAAMRAP/aAAwDAQACEQMRAD8A+SZi7MYzFuY9V5Oq',
  '3mLcxjMWyOiFquyNAs4AAPwMxbmM5i3MUSdVqR6gujgAwABNmKCOjaADAAAAH//Z',
].join('');

/** @returns a copy that the caller may keep. */
export function sampleJpeg(): { readonly jpeg: Uint8Array; readonly width: number; readonly height: number } {
  return { jpeg: new Uint8Array(Buffer.from(BASE64, 'base64')), width: 64, height: 48 };
}
