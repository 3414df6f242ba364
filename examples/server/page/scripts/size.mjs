// Prints what the built page weighs over the wire, and fails above the limit.
// Usage: node scripts/size.mjs [FOLDER]
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 400 * 1024;
const folder = process.argv[2] ?? 'dist';

let total = 0;
for (const name of readdirSync(folder).sort()) {
  const bytes = readFileSync(join(folder, name));
  const packed = gzipSync(bytes, { level: 9 }).length;
  total += packed;
  console.log(`${name.padEnd(28)} ${String(bytes.length).padStart(8)} bytes ${String(packed).padStart(8)} gzipped`);
}
console.log(`${'total'.padEnd(28)} ${''.padStart(14)} ${String(total).padStart(8)} gzipped, at most ${LIMIT}`);
if (total === 0 || total > LIMIT) {
  console.error(total === 0 ? `nothing was built in ${folder}` : 'the page is too large');
  process.exit(1);
}
