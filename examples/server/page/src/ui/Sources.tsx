import type { JSX, RefObject } from 'preact';
import { citedNumbers } from '../documents/sources';
import { fill, texts } from '../i18n';
import type { Source } from '../model/types';
import { Icon } from './icons';

interface Props {
  sources: readonly Source[];
  answer: string;
  panel: RefObject<HTMLDetailsElement | null>;
}

function place({ firstLine, lastLine }: Source): string {
  return firstLine === lastLine ? fill(texts.value.line, { first: firstLine }) : fill(texts.value.lines, { first: firstLine, last: lastLine });
}

/** The passages that the model was given, and which of them the answer cites. */
export function Sources({ sources, answer, panel }: Props): JSX.Element | null {
  if (sources.length === 0) return null;
  const cited = citedNumbers(answer, sources.length);
  const { sourcesCount, sourceOne, sourcesCited, cited: citedLabel } = texts.value;
  const count = sources.length === 1 ? sourceOne : fill(sourcesCount, { count: sources.length });
  return (
    <details class="sources" data-testid="sources" ref={panel}>
      <summary>
        <Icon name="file" size={15} />
        <span>{count}</span>
        {cited.size > 0 && <span class="badge">{fill(sourcesCited, { count: cited.size })}</span>}
      </summary>
      <ol>
        {sources.map((source, index) => (
          <li key={index} class="source" data-testid="source" data-cited={cited.has(index + 1)} tabIndex={-1}>
            <div class="source-head">
              <span class="source-number">{index + 1}</span>
              <span class="source-name">{source.document}</span>
              <span class="source-place">{place(source)}</span>
              {cited.has(index + 1) && <span class="badge">{citedLabel}</span>}
            </div>
            <p class="source-text">{source.text}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Opens the panel at a source. */
export function showSource(panel: HTMLDetailsElement | null, number: number): void {
  const source = panel?.querySelectorAll<HTMLElement>('.source')[number - 1];
  if (!panel || !source) return;
  panel.open = true;
  source.focus();
  source.scrollIntoView({ block: 'nearest' });
}
