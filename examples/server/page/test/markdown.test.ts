import { describe, expect, it } from 'vitest';
import { renderFormula } from '../src/markdown/math';
import { renderBlocks, renderMore, type Growing } from '../src/markdown/render';
import { toFragment } from '../src/markdown/sanitize';

function draw(markdown: string): HTMLElement {
  const box = document.createElement('div');
  for (const html of renderBlocks(markdown)) box.append(toFragment(html));
  return box;
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:alert(1))',
  '[x]( javascript:alert(1))',
  '<javascript:alert(1)>',
  '![x](javascript:alert(1))',
  '![x](https://example.org/track.png)',
  '![" onerror="alert(1)](x)',
  '[x](https://example.org/"onmouseover="alert(1))',
  '```"><script>alert(1)</script>\ncode\n```',
  '```html\n<script>alert(1)</script>\n```',
  '$\\href{javascript:alert(1)}{x}$',
  '$\\html@mathml{<script>alert(1)</script>}{x}$',
  '$\\htmlData{onclick=alert(1)}{x}$',
  '$\\includegraphics{https://example.org/track.png}$',
  '$\\text{<img src=x onerror=alert(1)>}$',
  '$$\\style{background:url(https://example.org)}{x}$$',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<form action=https://example.org><button formaction=javascript:alert(1)>x</button></form>',
  '<style>*{background:url(https://example.org)}</style>',
  '<base href=https://example.org><meta http-equiv=refresh content="0;url=https://example.org"><link rel=stylesheet href=https://example.org>',
];

describe('what a model writes', () => {
  it.each(HOSTILE)('never becomes anything active: %s', (text) => {
    for (const drawn of [draw(text), (() => { const box = document.createElement('div'); box.append(toFragment(text)); return box; })()]) {
      for (const element of drawn.querySelectorAll('*')) {
        expect(['script', 'img', 'svg', 'iframe', 'object', 'embed', 'form', 'button', 'input', 'style', 'link', 'base', 'meta', 'mglyph']).not.toContain(element.localName);
        for (const { name, value } of element.attributes) {
          expect(name.startsWith('on') || ['style', 'src', 'srcdoc', 'id', 'name', 'action', 'formaction'].includes(name), `${name}=${value}`).toBe(false);
          if (name === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:)/i);
        }
      }
    }
  });

  it('shows HTML as the text that it is', () => {
    const text = '<script>alert(1)</script> and <img src=x onerror=alert(1)>';
    expect(draw(text).textContent?.trim()).toBe(text);
  });

  it('is cleaned a second time, should the renderer ever let something through', () => {
    const box = document.createElement('div');
    box.append(toFragment('<p onclick="x()">a<script>b</script><img src="x"><a href="javascript:x()">c</a><a href="/d">d</a></p>'));
    expect(box.innerHTML).toBe('<p>a<a>c</a><a>d</a></p>');
  });

  it('has no bad link even before it is cleaned', () => {
    for (const url of ['javascript:alert(1)', 'data:text/html,x', '//example.org', '/v1/models', 'file:///etc/passwd']) {
      expect(renderBlocks(`[x](${url}) ![y](${url})`).join(''), url).not.toContain('href');
    }
  });

  it('opens links elsewhere, without telling where they were', () => {
    const link = draw('See https://example.org/a and example.md').querySelectorAll('a');
    expect(link).toHaveLength(1);
    expect(link[0]?.getAttribute('rel')).toBe('noopener noreferrer');
    expect(link[0]?.getAttribute('target')).toBe('_blank');
  });

  it('has images as links', () => {
    const drawn = draw('![a cat](https://example.org/cat.png)');
    expect(drawn.querySelector('img')).toBeNull();
    expect(drawn.querySelector('a')?.textContent).toBe('a cat');
    expect(drawn.querySelector('a')?.getAttribute('href')).toBe('https://example.org/cat.png');
  });
});

describe('Markdown', () => {
  it('is drawn', () => {
    const drawn = draw('# T\n\n**b** *i* ~~s~~ `c`\n\n1. x\n2. y\n\n> q\n\n| a | b |\n| :-: | --: |\n| 1 | 2 |');
    for (const selector of ['h1', 'strong', 'em', 's', 'code', 'ol > li', 'blockquote', 'td.center', 'td.right']) {
      expect(drawn.querySelector(selector), selector).not.toBeNull();
    }
  });

  it('colours code of languages that it knows', () => {
    const code = draw('```python\ndef f(): return 1\n```').querySelector('pre.code');
    expect(code?.getAttribute('data-language')).toBe('python');
    expect(code?.querySelector('.hljs-keyword')?.textContent).toBe('def');
    expect(draw('```nonsense\n<b>\n```').querySelector('code')?.textContent).toBe('<b>\n');
  });

  it('comes in blocks, of which only the last changes while a text grows', () => {
    const text = '# T\n\nOne.\n\n```js\nlet a = 1;\n```\n\n- x\n- y\n\nEnd';
    const whole = renderBlocks(text);
    expect(whole).toHaveLength(5);
    const grown = renderBlocks(`${text} of it.`);
    expect(grown.slice(0, 4)).toEqual(whole.slice(0, 4));
    expect(grown[4]).toBe('<p>End of it.</p>\n');
  });

  it('is the same at every moment of its growing as when it is rendered whole', () => {
    const text = '# T\n\nOne\ntwo\n\n```js\nlet a = 1;\n\nb\n```\n- x\n\n  y\n- z\nlazy\n\nTitle\n===\n\n| a | b |\n| - | - |\n| 1 | $x$ |\n\n> q\n\n1. 一\n\n$$\nx\n$$\n\nEnd.';
    let growing: Growing | null = null;
    for (let length = 0; length <= text.length; ++length) {
      growing = renderMore(growing, text.slice(0, length));
      expect(growing.blocks, JSON.stringify(text.slice(0, length))).toEqual(renderBlocks(text.slice(0, length)));
    }
    expect(growing?.starts.map((start) => text.slice(start, start + 3))).toEqual(['# T', 'One', '```', '- x', 'Tit', '| a', '> q', '1. ', '$$\n', 'End']);
    expect(renderMore(growing, 'Something else').blocks).toEqual(renderBlocks('Something else'));
  });
});

describe('formulas', () => {
  const math = (text: string): (string | null)[] => [...draw(text).querySelectorAll('math')].map((element) => element.getAttribute('display'));

  it('are known by all four delimiters', () => {
    expect(math('a $x^2$ and \\(y\\)')).toEqual([null, null]);
    expect(math('$$x$$')).toEqual(['block']);
    expect(math('\\[\nx\n\\]')).toEqual(['block']);
    expect(math('so $$\\frac{1}{2}$$ it is')).toEqual(['block']);
    expect(math('- item\n\n  $$\n  x\n  $$')).toEqual(['block']);
  });

  it('are not made of money, code, or what is not finished', () => {
    for (const text of ['It costs $5 and $6.', '`$x$`', '```\n$$x$$\n```', '    $$x$$', 'open $x', '$$\nx', '\\(x', '$ x $', 'a \\$x\\$ b']) {
      expect(math(text), text).toEqual([]);
    }
  });

  it('leave the source where they are wrong', () => {
    expect(draw('a $\\frac{$ b').textContent).toContain('$\\frac{$');
    expect(draw('$$\\nonsense$$').textContent?.trim()).toBe('$$\\nonsense$$');
    expect(draw('\\[\\nonsense\\]').textContent?.trim()).toBe('\\[\\nonsense\\]');
  });

  it('say each thing once', () => {
    expect(draw('$x$').textContent?.trim()).toBe('x');
  });

  it('have colours, but no styles: those would break the policy of the page even while they are parsed', () => {
    expect(draw('$\\color{red}{x}$').querySelector('[mathcolor="red"]')).not.toBeNull();
    expect(renderFormula('\\fcolorbox{red}{white}{x}', false)).toBeDefined();
    expect(renderFormula('\\fcolorbox{red}{white}{x}', false)).not.toContain(' style=');
    expect(renderBlocks('| a |\n| -: |\n| 1 |').join('')).not.toContain(' style=');
  });

  it('cannot be made to grow without end', () => {
    expect(math('$\\def\\a{\\a\\a}\\a$')).toEqual([]);
  });
});
