import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { certificates } from '../brokers/index.ts'

const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json',
}

export interface Site {
  /** Without a slash at the end. */
  readonly origin: string
  /** Paths that were asked for, in their order. */
  readonly requests: string[]
  close(): Promise<void>
}

/** Serves files by their paths on loopback; what is not among them is a 404. */
export async function serve(files: Readonly<Record<string, string | Uint8Array>>, secure = false): Promise<Site> {
  const requests: string[] = []
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    requests.push(path)
    const file = files[path] ?? (path === '/favicon.ico' ? '' : undefined)
    if (file === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(file)
  }
  const server = secure
    ? createSecureServer(
        { cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) },
        answer,
      )
    : createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A page that runs one script. */
export function htmlWith(script: string): string {
  return `<!doctype html><html lang="en"><title>polymq</title><body>${script}</body></html>`
}
