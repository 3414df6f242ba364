import { defineConfig } from 'vitest/config';
import { thirdPartyNotices } from './scripts/notices.mjs';

// Where `reckon serve` listens while the page is worked on with `npm run dev`.
const server = process.env.RECKON_SERVER ?? 'http://127.0.0.1:7860';
// The server refuses other origins, so the proxy calls in its own name.
const proxy = {
  target: server,
  changeOrigin: true,
  configure: (proxied: { on: (event: 'proxyReq', handler: (request: { removeHeader: (name: string) => void }) => void) => void }) => {
    proxied.on('proxyReq', (request) => request.removeHeader('origin'));
  },
};

export default defineConfig({
  base: './',
  plugins: [thirdPartyNotices()],
  server: { host: '127.0.0.1', proxy: { '/v1': proxy, '/health': proxy } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        entryFileNames: 'app.js',
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith('.css')) ? 'app.css' : '[name][extname]'),
      },
    },
  },
  test: { environment: 'jsdom', include: ['test/**/*.test.ts'] },
});
