import type { JSX } from 'preact';
import { duration, fill, texts } from '../i18n';
import type { AssistantNode } from '../model/types';
import { Markdown } from './Markdown';

/** The last line that says something. */
function lastLine(reasoning: string): string {
  const end = reasoning.slice(-400).trimEnd();
  return end.slice(end.lastIndexOf('\n') + 1).trim();
}

/** Folded; can be opened and read while it grows. Its summary shows the line that is being written. */
export function Reasoning({ node }: { node: AssistantNode }): JSX.Element | null {
  if (node.reasoning === '') return null;
  const { reasoning, reasoningNow, reasoned, reasoningCut } = texts.value;
  const active = node.state === 'running' && node.content === '';
  const took = node.timing?.reasoned;
  const label = active ? reasoningNow : took === undefined ? reasoning : fill(reasoned, { time: duration(took) });
  return (
    <details class="reasoning" data-testid="reasoning" data-active={active}>
      <summary>
        <span class="reasoning-label">
          {label}
          {node.reasoningCut && <span class="badge">{reasoningCut}</span>}
        </span>
        {active && (
          <span class="reasoning-preview" data-testid="reasoning-preview" aria-hidden="true">
            {lastLine(node.reasoning)}
          </span>
        )}
      </summary>
      <div class="reasoning-text" data-testid="reasoning-text">
        <Markdown text={node.reasoning} growing={active} />
      </div>
    </details>
  );
}
