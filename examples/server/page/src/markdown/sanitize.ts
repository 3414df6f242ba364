// The one place where text that a model wrote becomes elements.
import DOMPurify, { type Config } from 'dompurify';
import { isSafeLink } from './render';

const HTML = ['a', 'blockquote', 'br', 'code', 'del', 'div', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 's', 'span', 'strong',
  'sub', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul'];
const MATHML = ['math', 'menclose', 'merror', 'mfrac', 'mi', 'mmultiscripts', 'mn', 'mo', 'mover', 'mpadded', 'mphantom', 'mroot', 'mrow', 'ms', 'mspace',
  'msqrt', 'mstyle', 'msub', 'msubsup', 'msup', 'mtable', 'mtd', 'mtext', 'mtr', 'munder', 'munderover'];
const ATTRIBUTES = ['href', 'class', 'start', 'data-language', 'display', 'xmlns', 'mathvariant', 'stretchy', 'fence', 'separator', 'lspace', 'rspace',
  'minsize', 'maxsize', 'accent', 'accentunder', 'columnalign', 'columnspacing', 'rowspacing', 'columnlines', 'rowlines', 'linethickness', 'scriptlevel',
  'displaystyle', 'width', 'height', 'depth', 'voffset', 'notation', 'movablelimits', 'symmetric', 'largeop', 'form', 'mathcolor', 'mathbackground', 'mathsize'];

const CONFIG = {
  ALLOWED_TAGS: [...HTML, ...MATHML],
  ALLOWED_ATTR: ATTRIBUTES,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  FORBID_CONTENTS: ['annotation', 'annotation-xml', 'script', 'style', 'iframe', 'object', 'template'],
  RETURN_DOM_FRAGMENT: true,
} satisfies Config;

function checkLink(link: Element): void {
  const url = link.getAttribute('href');
  if (url === null || !isSafeLink(url)) {
    link.removeAttribute('href');
    return;
  }
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer');
}

/** Elements for HTML that nobody vouches for. */
export function toFragment(html: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(html, CONFIG);
  fragment.querySelectorAll('a').forEach(checkLink);
  return fragment;
}
