import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../src/documents/tokens';
import { makePrompt } from '../src/model/context';
import { addNode, branchesAt, pathBefore, selectedPath, switchBranch, titleFrom, updateNode } from '../src/model/tree';
import type { AssistantNode, Conversation, MessageNode, UserNode } from '../src/model/types';

const user = (id: string, parent: string | null, content = id): UserNode => ({ id, parent, role: 'user', created: 1, content, sources: [] });
const assistant = (id: string, parent: string, content = id): AssistantNode => ({ id, parent, role: 'assistant', created: 1, content, reasoning: '', state: 'done' });
const EMPTY: Conversation = { id: 'c', title: '', created: 0, updated: 0, nodes: [], selected: {} };
const build = (...nodes: MessageNode[]): Conversation => nodes.reduce(addNode, EMPTY);
const ids = (conversation: Conversation): string => selectedPath(conversation).map((node) => node.id).join(' ');

describe('branches', () => {
  // q1 -> a1 -> q2 -> a2; q1 has a second answer a1b; q1 was edited into q1b -> a3.
  const whole = build(user('q1', null), assistant('a1', 'q1'), user('q2', 'a1'), assistant('a2', 'q2'), assistant('a1b', 'q1'), user('q1b', null), assistant('a3', 'q1b'));
  const node = (id: string): MessageNode => whole.nodes.find((each) => each.id === id) as MessageNode;

  it('show the newest', () => expect(ids(whole)).toBe('q1b a3'));

  it('can be switched, and remember what was shown below', () => {
    const back = switchBranch(whole, node('q1b'), -1);
    expect(ids(back)).toBe('q1 a1b');
    const older = switchBranch(back, node('a1b'), -1);
    expect(ids(older)).toBe('q1 a1 q2 a2');
    expect(ids(switchBranch(older, node('q1'), 1))).toBe('q1b a3');
    expect(ids(switchBranch(switchBranch(older, node('q1'), 1), node('q1b'), -1))).toBe('q1 a1 q2 a2');
  });

  it('have ends', () => {
    expect(switchBranch(whole, node('q1b'), 1)).toBe(whole);
    expect(switchBranch(whole, node('q1'), -1)).toBe(whole);
    expect(branchesAt(whole, node('a1b'))).toMatchObject({ index: 1, siblings: [{ id: 'a1' }, { id: 'a1b' }] });
  });

  it('fall back to the newest where what was selected is gone', () => {
    expect(ids({ ...whole, selected: { root: 'gone' } })).toBe('q1b a3');
  });

  it('end where the data goes in a circle', () => {
    const circle = { ...EMPTY, nodes: [user('a', null), { ...user('b', 'a') }, { ...user('a', 'b') }] };
    expect(selectedPath(circle).length).toBeLessThanOrEqual(3);
    expect(pathBefore({ ...EMPTY, nodes: [user('a', 'b'), user('b', 'a')] }, 'a').length).toBeLessThanOrEqual(2);
  });

  it('lead back to the beginning', () => expect(pathBefore(whole, 'a2').map((each) => each.id)).toEqual(['q1', 'a1', 'q2']));

  it('change one message at a time', () => {
    const changed = updateNode(whole, 'a1', (each) => ({ ...each, content: 'new' }));
    expect(changed.nodes.filter((each, index) => each !== whole.nodes[index]).map((each) => each.content)).toEqual(['new']);
  });
});

describe('titles', () => {
  it('are the beginning of the question', () => {
    expect(titleFrom('  How\nmany? ')).toBe('How many?');
    expect(titleFrom('😀'.repeat(60), 10)).toBe(`${'😀'.repeat(9)}…`);
  });
});

describe('the prompt', () => {
  const source = { document: 'd.txt', firstLine: 1, lastLine: 1, text: 'nine' };
  const path: MessageNode[] = [{ ...user('q1', null, 'first'), sources: [source] }, assistant('a1', 'q1', 'one'), { ...user('q2', 'a1', 'second'), sources: [source] }];

  it('has the system message, the turns, and passages with the newest question only', () => {
    const { messages, leftOut } = makePrompt('Be brief.', path);
    expect(messages.map((message) => message.role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(messages[1]?.content).toBe('first');
    expect(messages[3]?.content).toContain('[1] d.txt');
    expect(leftOut).toBe(0);
    expect(makePrompt(' ', path).messages[0]?.role).toBe('user');
  });

  it('never has the reasoning of earlier answers', () => {
    const thinking = { ...assistant('a1', 'q1', 'one'), reasoning: 'secret thoughts' };
    expect(JSON.stringify(makePrompt('', [path[0] as MessageNode, thinking, path[2] as MessageNode]))).not.toContain('secret');
  });

  it('leaves out the oldest turns where there is no room, never the question', () => {
    const long: MessageNode[] = [];
    for (let turn = 0; turn < 20; ++turn) long.push(user(`q${turn}`, null, 'x'.repeat(300)), assistant(`a${turn}`, `q${turn}`, 'y'.repeat(300)));
    long.push(user('last', 'a19', 'What now?'));
    const { messages, leftOut, estimate } = makePrompt('System', long, 1000);
    expect(estimate).toBeLessThanOrEqual(1000);
    expect(messages[0]?.role).toBe('system');
    expect(messages[1]?.role).toBe('user');
    expect(messages.at(-1)?.content).toBe('What now?');
    expect(leftOut + messages.length - 1).toBe(long.length);
    expect(makePrompt('', long, 1000, 2).leftOut).toBeGreaterThan(leftOut);
    expect(makePrompt('', long, 1).messages).toHaveLength(1);
  });

  it('skips questions that were never answered', () => {
    const failed = [user('q1', null, 'first'), { ...assistant('a1', 'q1', ''), state: 'error' as const }, user('q2', 'a1', 'second')];
    expect(makePrompt('', failed).messages).toEqual([{ role: 'user', content: 'second' }]);
  });
});

describe('the estimate of tokens', () => {
  it('counts Chinese by characters', () => {
    expect(estimateTokens('鸡兔同笼')).toBe(4);
    expect(estimateTokens('abcdef')).toBe(2);
    expect(estimateTokens('')).toBe(0);
  });
});
