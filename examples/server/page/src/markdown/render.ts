// Markdown to HTML, one text for each block at the top level, so that while an answer grows only the block that changed is drawn again.
// The HTML is not trusted: markdown/sanitize.ts turns it into elements.
import MarkdownIt, { type Token } from 'markdown-it';
import { highlight } from './highlight';
import { formulas } from './math';

const md = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false });
// Words such as "example.md" are file names more often than addresses.
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
md.use(formulas);

/** Where a link may lead. */
export function isSafeLink(url: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(url);
}
md.validateLink = isSafeLink;

const { escapeHtml } = md.utils;

// Nothing is loaded from elsewhere: an image becomes a link to it.
md.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const url = String(token?.attrGet('src') ?? '');
  const label = escapeHtml(token?.content || url);
  return isSafeLink(url) ? `<a href="${escapeHtml(url)}">${label}</a>` : label;
};

function codeBlock(code: string, info: string): string {
  const language = /^[\w+#.-]*/.exec(info.trim())?.[0].toLowerCase() ?? '';
  const body = highlight(code, language) ?? escapeHtml(code);
  return `<pre class="code" data-language="${escapeHtml(language)}"><code class="hljs">${body}</code></pre>\n`;
}
md.renderer.rules.fence = (tokens, index) => codeBlock(tokens[index]?.content ?? '', tokens[index]?.info ?? '');
md.renderer.rules.code_block = (tokens, index) => codeBlock(tokens[index]?.content ?? '', '');

// Columns are aligned by class, because styles are not allowed on this page.
for (const cell of ['th_open', 'td_open']) {
  md.renderer.rules[cell] = (tokens, index) => {
    const token = tokens[index];
    const align = /text-align:(left|center|right)/.exec(String(token?.attrGet('style') ?? ''))?.[1];
    return `<${token?.tag ?? 'td'}${align ? ` class="${align}"` : ''}>`;
  };
}

interface Block {
  html: string;
  /** The line that it begins at, from 0. */
  line: number;
}

function blocksOf(markdown: string): Block[] {
  const env = {};
  const blocks: Block[] = [];
  let open: Token[] = [];
  for (const token of md.parse(markdown, env)) {
    open.push(token);
    if (token.level === 0 && token.nesting <= 0) {
      blocks.push({ html: md.renderer.render(open, md.options, env), line: open[0]?.map?.[0] ?? 0 });
      open = [];
    }
  }
  return blocks;
}

/** The HTML of each block of a Markdown text. */
export function renderBlocks(markdown: string): string[] {
  return blocksOf(markdown).map((block) => block.html);
}

/** A text that grows, as far as it was rendered. */
export interface Growing {
  text: string;
  blocks: string[];
  /** Where each block begins in the text. */
  starts: number[];
}

/**
 * Renders a text that begins with the one before it. What is added can only change the last block, so only that is read again. (A formula
 * with an empty line in it, or a link whose address comes later, can change more: the whole is rendered once when it is complete.)
 */
export function renderMore(before: Growing | null, text: string): Growing {
  const same = before !== null && text.startsWith(before.text) ? before : { text: '', blocks: [], starts: [] };
  const kept = Math.max(0, same.blocks.length - 1);
  const from = same.starts[kept] ?? 0;
  const rest = text.slice(from);
  const offsets = [0];
  for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n', at + 1)) offsets.push(at + 1);
  const added = blocksOf(rest);
  return {
    text,
    blocks: [...same.blocks.slice(0, kept), ...added.map((block) => block.html)],
    starts: [...same.starts.slice(0, kept), ...added.map((block) => from + (offsets[block.line] ?? 0))],
  };
}
