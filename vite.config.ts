/** How the page is built into dist/page; `npm run page:dev` serves it for work on it, beside a controller. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: 'page',
  // Wherever a proxy puts it.
  base: './',
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    // Those that know light-dark(), of which the colours are made.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // Fonts stay files of their own: the policy of the page takes none out of a style sheet.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/REST': { target: process.env['COPA_ADDR'] ?? 'http://127.0.0.1:8000', ws: true } },
  },
});
