// A build step that writes the licences of every package that went into the page.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ALLOWED = new Set(['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '(MPL-2.0 OR Apache-2.0)']);

function packageOf(module) {
  const match = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(module.replaceAll('\\', '/').replace(/^\0/, ''));
  return match ? { folder: match[1], name: match[2] } : undefined;
}

function notice({ folder, name }) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!ALLOWED.has(about.license)) throw new Error(`${name}: the licence ${about.license} is not among those that may be bundled`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${about.license}`;
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
}

export function thirdPartyNotices() {
  return {
    name: 'third-party-notices',
    generateBundle(_options, bundle) {
      const used = new Map();
      for (const chunk of Object.values(bundle)) {
        for (const module of chunk.type === 'chunk' ? Object.keys(chunk.modules) : []) {
          const found = packageOf(module);
          if (found) used.set(found.folder, found);
        }
      }
      const notices = [...used.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(notice);
      const source = `The chat page contains these packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`;
      this.emitFile({ type: 'asset', fileName: 'third-party-notices.txt', source });
    },
  };
}
