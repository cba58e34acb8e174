import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
}

/** Bundles the page in this folder and serves it on this machine, with these settings at `/settings.json`. */
export async function serveSite(page: URL, settings: object, port: number): Promise<Server> {
  const folder = fileURLToPath(page)
  const files = new Map<string, string | Uint8Array>([
    ['/index.html', readFileSync(join(folder, 'index.html'))],
    ['/style.css', readFileSync(join(folder, 'style.css'))],
    // Whoever opens the page can read this. A site of yours gives each of its users credentials of their own.
    ['/settings.json', JSON.stringify(settings)],
    ...(await bundle(folder)),
  ])
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname === '/' ? '/index.html' : pathname
    const file = files.get(path)
    if (file === undefined) response.writeHead(404).end('There is no such page.')
    else response.writeHead(200, { 'content-type': TYPES[extname(path)], 'cache-control': 'no-store' }).end(file)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The page's program, in chunks: what it does without is loaded when it is needed. */
async function bundle(folder: string): Promise<readonly (readonly [string, Uint8Array])[]> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'main.ts')],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: join(folder, 'out'),
    write: false,
    logLevel: 'error',
    // In this repository that of TypeScript has the package's source in its place.
    tsconfigRaw: {},
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  return outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents] as const)
}
