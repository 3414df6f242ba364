// What the server says of itself.
import { authorization } from './chat';

export interface ServerInfo {
  /** 'key': it is there, and wants an API key. */
  connection: 'ok' | 'down' | 'key';
  model?: string;
  contextLength?: number;
  memory?: Memory;
}

/** Bytes; what the server does not say is missing. */
export interface Memory {
  /** In use now. */
  used?: number;
  /** With every slot's context full. */
  planned?: number;
}

function positive(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function memoryIn(value: unknown): Memory | undefined {
  const memory = object(value);
  const found: Memory = {};
  const used = positive(memory.used_bytes);
  const planned = positive(memory.planned_bytes);
  if (used !== undefined) found.used = used;
  if (planned !== undefined) found.planned = planned;
  return used === undefined ? undefined : found;
}

/** What GET /v1/models answered. */
export function readServerInfo(models: unknown): ServerInfo {
  const list = object(models).data;
  const model = object(Array.isArray(list) ? list[0] : undefined);
  const info: ServerInfo = { connection: 'ok' };
  if (typeof model.id === 'string') info.model = model.id;
  const context = positive(model.context_length);
  if (context !== undefined) info.contextLength = context;
  const memory = memoryIn(model.memory);
  if (memory !== undefined) info.memory = memory;
  return info;
}

async function json(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

export async function askServer(apiKey: string | undefined): Promise<ServerInfo> {
  try {
    const models = await fetch('v1/models', { headers: authorization(apiKey) });
    if (models.status === 401) return { connection: 'key' };
    return models.ok ? readServerInfo(await json(models)) : { connection: 'down' };
  } catch {
    return { connection: 'down' };
  }
}
