// What of a conversation is sent to the model.
import type { ChatMessage } from '../api/chat';
import { withSources } from '../documents/sources';
import { estimateTokens } from '../documents/tokens';
import type { MessageNode } from './types';

export interface Prompt {
  messages: ChatMessage[];
  /** Messages at the beginning that did not fit. */
  leftOut: number;
  /** Tokens of `messages`, as far as one can tell. */
  estimate: number;
}

const PER_MESSAGE = 4;

function sent(node: MessageNode, last: boolean): ChatMessage {
  // Passages go with the question that they were found for, and only for as long as it is the newest.
  if (node.role === 'user') return { role: 'user', content: last ? withSources(node.content, node.sources) : node.content };
  return { role: 'assistant', content: node.content };
}

const size = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, message) => sum + estimateTokens(message.content) + PER_MESSAGE, 0);

/**
 * The system message and the path up to a question. `limit`: most tokens of the prompt; whole turns are left out from the beginning until it
 * is kept, never the last question. `scale`: tokens that the model counted for each one that we estimated.
 */
export function makePrompt(system: string, path: readonly MessageNode[], limit = Infinity, scale = 1): Prompt {
  const first: ChatMessage[] = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  // A question whose answer failed or never came would be two questions in a row, which templates do not expect.
  const turns: ChatMessage[][] = [];
  path.forEach((node, index) => {
    if (node.role === 'user') turns.push([sent(node, index === path.length - 1)]);
    else turns.at(-1)?.push(sent(node, false));
  });
  const whole = turns.filter((turn, index) => index === turns.length - 1 || turn.some((message) => message.role === 'assistant' && message.content !== ''));
  let from = 0;
  const estimate = (): number => Math.round(scale * size([...first, ...whole.slice(from).flat()]));
  while (from < whole.length - 1 && estimate() > limit) ++from;
  return { messages: [...first, ...whole.slice(from).flat()], leftOut: whole.slice(0, from).flat().length, estimate: estimate() };
}
