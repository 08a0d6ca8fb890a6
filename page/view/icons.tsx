/** Icons, drawn on a grid of 16 with one line width. They are decoration: text labels each button. */
const paths = {
  add: 'M8 3v10M3 8h10',
  search: 'M7.2 11.9a4.7 4.7 0 1 0 0-9.4 4.7 4.7 0 0 0 0 9.4ZM10.6 10.6 14 14',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  start: 'M5 3.2v9.6L12.6 8z',
  stop: 'M4 4h8v8H4z',
  restart: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.6h-2.6',
  freeze: 'M8 1.8v12.4M2.6 4.9l10.8 6.2M13.4 4.9 2.6 11.1M6.3 2.6 8 4.3l1.7-1.7M6.3 13.4 8 11.7l1.7 1.7',
  move: 'M2.5 8h10.6M9.2 4 13.2 8l-4 4',
  shell: 'M2 3h12v10H2zM4.8 6.2 7 8l-2.2 1.8M8.6 10.2h2.6',
  log: 'M4 2.5h8v11H4zM6.2 5.5h3.6M6.2 8h3.6M6.2 10.5h2',
  snapshot: 'M2 5h3l1-1.6h4L11 5h3v8H2zM8 11a2.2 2.2 0 1 0 0-4.4A2.2 2.2 0 0 0 8 11Z',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  rename: 'M2.5 13.5h11M4 10.5 11 3.6l1.8 1.8L6 12.2l-2.4.4z',
  limits:
    'M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M10.2 6.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6ZM5.8 12.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z',
  remove: 'M3 4.5h10M6.5 4.5v-2h3v2M4.3 4.5l.6 9h6.2l.6-9M6.8 7v4M9.2 7v4',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.6 6.4 12 13 4.6',
  warning: 'M8 2.2 14.4 13.4H1.6zM8 6.4v3.2M8 11.6h.01',
  light:
    'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  dark: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z',
  auto: 'M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM8 2.5v11M8 4.5h2.9M8 7h4.3M8 9.5h4.1',
  pools: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  moves: 'M2.5 5.2h9.4M9.3 2.4l2.8 2.8-2.8 2.8M13.5 10.8H4.1M6.7 8l-2.8 2.8 2.8 2.8',
  policies: 'M2 4.5h7M12 4.5h2M2 11.5h2M7 11.5h7M10.5 2.8v3.4M5.5 9.8v3.4',
  networks: 'M6 2.5h4v3H6zM2 10.5h4v3H2zM10 10.5h4v3h-4zM8 5.5V8M4 10.5V8h8v2.5',
  events: 'M1.8 8h2.7l2-4.6 3 9.2 2-4.6h2.7',
  down: 'M4 6.2 8 10.2l4-4',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
