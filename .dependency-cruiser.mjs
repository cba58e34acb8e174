/**
 * The layers of the source, from the bottom up, and what each may import besides itself. Types count as imports.
 * A folder that is not listed may import nothing, so a new one has to be given its place here.
 */
const layers = [
  { name: 'errors', files: 'src/errors\\.ts', may: [] },
  { name: 'part', files: 'src/part\\.ts', may: ['errors'] },
  { name: 'version', files: 'src/version\\.ts', may: [] },
  { name: 'collections', files: 'src/collections/', may: [] },
  { name: 'message', files: 'src/message/', may: ['errors'] },
  { name: 'selector', files: 'src/selector/', may: ['errors', 'message'] },
  { name: 'options', files: 'src/options/', may: ['errors'] },
  { name: 'provider', files: 'src/provider/', may: ['errors', 'message', 'options'] },
  {
    name: 'interop',
    files: 'src/interop/',
    may: ['errors', 'collections', 'message', 'selector', 'options', 'provider'],
  },
  { name: 'transport', files: 'src/transport/', may: ['errors', 'part', 'options', 'collections'] },
  {
    name: 'providers',
    files: 'src/providers/[^/]+/',
    may: [
      'errors',
      'part',
      'version',
      'collections',
      'selector',
      'message',
      'options',
      'provider',
      'interop',
      'transport',
    ],
  },
  {
    name: 'registry',
    files: 'src/providers/[^/]+\\.ts',
    may: ['errors', 'part', 'options', 'provider', 'interop', 'providers'],
  },
  { name: 'platform', files: 'src/platform/', may: ['errors', 'options'] },
  { name: 'failover', files: 'src/failover/', may: ['errors', 'collections', 'message', 'options', 'provider'] },
  {
    name: 'client',
    files: 'src/client/',
    may: ['errors', 'part', 'collections', 'selector', 'message', 'options', 'provider'],
  },
  {
    name: 'connect',
    files: 'src/(connect|connect-target|direct-connection|endpoint-dial|told-endpoints(\\.browser)?)\\.ts',
    may: ['errors', 'part', 'message', 'options', 'provider', 'platform', 'registry', 'failover', 'client'],
  },
  {
    name: 'embedded-broker',
    files: 'src/embedded-broker\\.ts',
    may: ['providers'],
  },
  { name: 'rabbitmq', files: 'src/rabbitmq/', may: ['errors', 'message', 'options', 'interop', 'client'] },
  { name: 'rabbitmq-entry', files: 'src/rabbitmq\\.ts', may: ['message', 'options', 'interop', 'rabbitmq'] },
  {
    name: 'index',
    files: 'src/index\\.ts',
    may: ['errors', 'selector', 'message', 'options', 'provider', 'client', 'connect'],
  },
  { name: 'script-tag', files: 'src/script-tag\\.ts', may: ['index', 'embedded-broker'] },
]

/** Layers that also run in browsers; `memory` is the one provider among them. */
const withoutNode =
  '^src/((client|collections|failover|message|options|platform|provider|rabbitmq|selector|providers/memory|providers/mqtt|providers/stomp)/|[^/]+\\.ts$|.*\\.browser\\.ts$)'

export default {
  forbidden: [
    ...layers.map(({ name, files, may }) => ({
      name: `layer-${name}`,
      comment: `src/${name} may import: ${may.join(', ') || 'nothing of the rest'}. docs/architecture.md says why.`,
      severity: 'error',
      from: { path: `^${files}` },
      to: { path: '^src/', pathNot: [files, ...may.map(filesOf)].map((path) => `^${path}`) },
    })),
    {
      name: 'layer-unknown',
      comment: 'Give the new folder its place in the layers of .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: layers.map(({ files }) => `^${files}`) },
      to: {},
    },
    {
      name: 'provider-knows-no-other-provider',
      severity: 'error',
      from: { path: '^src/providers/([^/]+)/' },
      to: { path: '^src/providers/', pathNot: '^src/providers/$1/' },
    },
    {
      name: 'registry-loads-providers-on-demand',
      comment: "A provider's library loads when its scheme is first used: use import().",
      severity: 'error',
      from: { path: '^src/providers/[^/]+\\.ts' },
      to: { path: '^src/providers/[^/]+/', pathNot: 'uri-options\\.ts$', dynamic: false },
    },
    {
      name: 'only-connect-reaches-the-registry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(connect|connect-target|told-endpoints|providers/[^/]+)\\.ts' },
      to: { path: '^src/providers/[^/]+\\.ts' },
    },
    {
      name: 'protocol-library-only-in-its-provider',
      comment: 'The layers above import no protocol or socket library, or every user would load it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(providers/[^/]+|transport)/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/@standard-schema/spec/' },
    },
    {
      name: 'no-node-built-ins-where-browsers-run',
      severity: 'error',
      from: { path: withoutNode },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-the-node-that-browsers-are-given',
      comment: 'AMQP runs in browsers, too: scripts/browser-shims has what it may use of Node.',
      severity: 'error',
      from: { path: '^src/providers/amqp10/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer|crypto)$' },
    },
    {
      name: 'no-development-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-circular',
      comment: 'Types may refer to each other within a folder; they are gone at run time.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'source-is-self-contained',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(dist|test|examples|bench|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}

function filesOf(name) {
  const layer = layers.find((candidate) => candidate.name === name)
  if (layer === undefined) throw new Error(`no layer is named ${name}`)
  return layer.files
}
