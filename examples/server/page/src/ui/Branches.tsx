import type { JSX } from 'preact';
import { fill, texts } from '../i18n';
import { branchesAt } from '../model/tree';
import type { MessageNode } from '../model/types';
import { current, showBranch } from '../state/chats';
import { Icon } from './icons';

/** ‹ 1/2 › between versions of a message. */
export function Branches({ node, disabled }: { node: MessageNode; disabled: boolean }): JSX.Element | null {
  const { index, siblings } = branchesAt(current.value, node);
  if (siblings.length < 2) return null;
  const { previous, next, version } = texts.value;
  const position = { index: index + 1, count: siblings.length };
  return (
    <span class="branches" role="group" aria-label={fill(version, position)}>
      <button type="button" class="quiet" data-testid="branch-prev" aria-label={previous} disabled={disabled || index === 0} onClick={() => showBranch(node, -1)}>
        <Icon name="left" size={16} />
      </button>
      <span data-testid="branch-position">{`${position.index}/${position.count}`}</span>
      <button
        type="button"
        class="quiet"
        data-testid="branch-next"
        aria-label={next}
        disabled={disabled || index === siblings.length - 1}
        onClick={() => showBranch(node, 1)}
      >
        <Icon name="right" size={16} />
      </button>
    </span>
  );
}
