// An answer in Markdown. While it grows, only blocks that changed are drawn again, so a selection and the reader's place survive.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { texts } from '../i18n';
import { renderBlocks, renderMore, type Growing } from '../markdown/render';
import { toFragment } from '../markdown/sanitize';
import { copyText } from './clipboard';

interface Block {
  html: string;
  nodes: ChildNode[];
}

function copyButton(code: Element): HTMLButtonElement {
  const { copy, copied, copyCode } = texts.value;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy-code';
  button.dataset.testid = 'copy-code';
  button.textContent = copy;
  button.setAttribute('aria-label', copyCode);
  button.addEventListener('click', () => {
    void copyText(code.textContent ?? '').then((done) => {
      if (!done) return;
      button.textContent = copied;
      setTimeout(() => (button.textContent = copy), 1500);
    });
  });
  return button;
}

/** Gives blocks of code a head with their language and a copy button, and wide tables a frame that scrolls. */
function furnish(fragment: DocumentFragment): void {
  for (const pre of fragment.querySelectorAll('pre.code')) {
    const frame = document.createElement('div');
    frame.className = 'code-frame';
    const head = document.createElement('div');
    head.className = 'code-head';
    const language = document.createElement('span');
    language.textContent = pre.getAttribute('data-language') ?? '';
    head.append(language, copyButton(pre));
    pre.replaceWith(frame);
    pre.setAttribute('tabindex', '0');
    frame.append(head, pre);
  }
  for (const table of fragment.querySelectorAll('table')) {
    const frame = document.createElement('div');
    frame.className = 'table-frame';
    frame.setAttribute('tabindex', '0');
    table.replaceWith(frame);
    frame.append(table);
  }
}

/** Turns [2] into a link to the second source. */
function linkCitations(fragment: DocumentFragment, sources: number, cite: (number: number) => void): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode()) {
    const text = walker.currentNode as Text;
    if (/\[\d/.test(text.data) && !text.parentElement?.closest('pre, code, a, math')) found.push(text);
  }
  for (const text of found) {
    const parts = text.data.split(/\[(\d{1,2})\]/);
    if (parts.length === 1) continue;
    const pieces = parts.map((part, index): Node | string => {
      if (index % 2 === 0) return part;
      const number = Number(part);
      if (number < 1 || number > sources) return `[${part}]`;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'citation';
      button.textContent = part;
      button.setAttribute('aria-label', texts.value.citation.replace('{number}', part));
      button.addEventListener('click', () => cite(number));
      return button;
    });
    text.replaceWith(...pieces);
  }
}

interface Props {
  text: string;
  /** More is coming. */
  growing: boolean;
  sources?: number;
  onCite?: (number: number) => void;
}

export function Markdown({ text, growing, sources = 0, onCite }: Props): JSX.Element {
  const container = useRef<HTMLDivElement>(null);
  const drawn = useRef<Block[]>([]);
  const rendered = useRef<Growing | null>(null);
  const cite = useRef(onCite);
  cite.current = onCite;
  useLayoutEffect(() => {
    if (!container.current) return;
    const old = drawn.current;
    rendered.current = growing ? renderMore(rendered.current, text) : null;
    const blocks: Block[] = (rendered.current?.blocks ?? renderBlocks(text)).map((html, index) => {
      const before = old[index];
      if (before?.html === html) return before;
      const fragment = toFragment(html);
      furnish(fragment);
      if (sources > 0) linkCitations(fragment, sources, (number) => cite.current?.(number));
      return { html, nodes: [...fragment.childNodes] };
    });
    const first = blocks.findIndex((block, index) => block !== old[index]);
    const keep = first < 0 ? blocks.length : first;
    for (const block of old.slice(keep)) for (const node of block.nodes) node.remove();
    container.current.append(...blocks.slice(keep).flatMap((block) => block.nodes));
    drawn.current = blocks;
  }, [text, growing, sources]);
  return <div class="markdown" ref={container} />;
}
