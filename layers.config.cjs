/**
 * The layers of COPA, from the top down: a file imports only from its own layer's room and from rooms below it,
 * and no two rooms import each other. `npm run check:layers` holds every file to it.
 *
 * Each line is a layer. Rooms on one line are siblings: they do not import each other.
 */
const layers = [
  ['deploy/demo', 'deploy/package'],
  ['deploy/node'],
  ['deploy/lab'],
  ['cli'],
  ['cli/scenario'],
  ['page'],
  ['page/view'],
  ['page/state'],
  ['page/model'],
  ['client'],

  ['controller'],
  ['controller/http'],
  ['controller/http/routes', 'controller/http/static'],
  ['controller/http/websocket', 'controller/http/openapi', 'controller/http/middleware'],
  ['controller/http/auth'],
  ['controller/http/request'],
  ['controller/backup', 'controller/cluster'],
  ['controller/diagnostics', 'controller/etcd-process'],
  ['controller/policies', 'controller/rebalance'],
  ['controller/usecases', 'controller/enrollment'],
  ['controller/evacuation', 'controller/images'],
  ['controller/migration', 'controller/events', 'controller/links'],
  ['controller/placement', 'controller/networks'],
  ['controller/inventory', 'controller/pki'],
  ['controller/hosts'],
  ['controller/hosts/internals'],
  ['controller/config'],
  ['controller/store', 'controller/prometheus'],
  ['controller/model', 'controller/observability'],

  ['agent'],
  ['agent/diagnostics', 'agent/grpc'],
  ['agent/enrollment', 'agent/migration', 'agent/measurements', 'agent/images'],
  ['agent/containers', 'agent/usage', 'agent/transport', 'agent/links', 'agent/networks'],
  ['agent/transport/internals'],
  ['agent/inventory', 'agent/identity'],
  ['agent/config'],
  ['agent/observability', 'agent/model'],
  ['agent/lxd'],

  ['common/diagnostics', 'common/config', 'common/net'],
  ['common/pki', 'common/async'],
  ['common/observability'],
  ['common'],
  ['proto'],
];

/** Files of one room: those in the folder itself, or in folders below it that are no rooms of their own. */
const rooms = layers.flat();
function roomPattern(room) {
  const inner = rooms
    .filter((other) => other.startsWith(`${room}/`))
    .map((other) => other.slice(room.length + 1));
  const except = inner.length > 0 ? `(?!(?:${inner.join('|')})/)` : '';
  return `^${room}/${except}`;
}

const upward = layers
  .flatMap((layer, index) =>
    layer.map((room) => ({
      name: `${room} imports only from below`,
      severity: 'error',
      from: { path: roomPattern(room) },
      to: {
        path: [...layers.slice(0, index).flat(), ...layer.filter((other) => other !== room)].map(roomPattern),
      },
    })),
  )
  .filter(({ to }) => to.path.length > 0);

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no cycle between files', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no cycle between folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'every file has a room',
      severity: 'error',
      from: { path: '^(?:deploy|cli|page|client|controller|agent|common|proto)/' },
      to: {
        path: '^(?:deploy|cli|page|client|controller|agent|common|proto)/',
        pathNot: rooms.map(roomPattern),
      },
    },
    {
      name: 'an agent and a controller know each other through the wire alone',
      severity: 'error',
      from: { path: '^agent/' },
      to: { path: '^controller/' },
    },
    {
      name: 'a controller and an agent know each other through the wire alone',
      severity: 'error',
      from: { path: '^controller/' },
      to: { path: '^agent/' },
    },
    {
      name: 'the product does not import tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:dist|node_modules)/|/gen/' },
  },
};
