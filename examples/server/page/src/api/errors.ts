// What can go wrong with a request, told apart by what the user can do about it.

export type Failure =
  | 'unreachable' // no server there
  | 'key' // it wants an API key, or another one
  | 'busy' // 429 or 503
  | 'context' // the conversation does not fit
  | 'timeout'
  | 'cut' // the stream ended too early
  | 'refused' // the server says what is wrong
  | 'server';

export class RequestError extends Error {
  constructor(
    readonly failure: Failure,
    /** In the server's words, if it said something. */
    message: string,
    readonly status?: number,
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

interface ErrorBody {
  message: string;
  code: string;
}

/** Reads {"error": {"message", "code"}}; undefined if it is something else. */
export function errorIn(value: unknown): ErrorBody | undefined {
  if (typeof value !== 'object' || value === null || !('error' in value)) return undefined;
  const { error } = value as { error: unknown };
  if (typeof error === 'string') return { message: error, code: '' };
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, code } = error as { message?: unknown; code?: unknown };
  return { message: typeof message === 'string' ? message : '', code: typeof code === 'string' ? code : '' };
}

export function failureOf(status: number, code: string): Failure {
  if (code === 'context_length_exceeded') return 'context';
  if (status === 401) return 'key';
  if (status === 429 || status === 503) return 'busy';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 502) return 'unreachable';
  return status >= 400 && status < 500 ? 'refused' : 'server';
}

/** What a response that is not a success means. */
export async function errorFrom(response: Response): Promise<RequestError> {
  let body: ErrorBody | undefined;
  try {
    body = errorIn(await response.json());
  } catch {
    // Something between here and the server answered.
  }
  return new RequestError(failureOf(response.status, body?.code ?? ''), body?.message ?? '', response.status);
}
