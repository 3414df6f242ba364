// Reads a dropped file as text.

export const MOST_BYTES = 1024 * 1024;
export const MOST_DOCUMENTS = 20;
/** Of all documents of a conversation together: every question looks through them. */
export const MOST_CHARACTERS = 4 * 1024 * 1024;

export type FileProblem = 'large' | 'binary' | 'empty';

export class FileError extends Error {
  constructor(readonly problem: FileProblem) {
    super(problem);
    this.name = 'FileError';
  }
}

/** UTF-8, or UTF-16 with a byte order mark, or else what Chinese editors used to write. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.subarray(0, 65536).includes(0)) throw new FileError('binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    try {
      return new TextDecoder('gb18030', { fatal: true }).decode(bytes);
    } catch {
      throw new FileError('binary');
    }
  }
}

export async function readTextFile(file: File): Promise<string> {
  if (file.size > MOST_BYTES) throw new FileError('large');
  const text = decodeText(new Uint8Array(await file.arrayBuffer()));
  if (text.trim() === '') throw new FileError('empty');
  return text;
}
