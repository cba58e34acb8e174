import { basename } from 'node:path'
import { type BuildOptions, build as esbuild } from 'esbuild'
import { build as vite } from 'vite'

/** Files by the paths at which a page finds them. */
export type Bundle = Readonly<Record<string, string>>

/** What esbuild makes of a program for browsers, in chunks, with no setting that polymq would need. */
export async function bundledByEsbuild(
  folder: string,
  entry: string | undefined,
  options: BuildOptions = {},
): Promise<Bundle> {
  const { outputFiles, warnings } = await esbuild({
    entryPoints: entry === undefined ? [] : [entry],
    absWorkingDir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outdir: 'out',
    logLevel: 'silent',
    ...options,
    write: false,
  })
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'))
  return Object.fromEntries(outputFiles.map(({ path, text }) => [`/${basename(path)}`, text]))
}

/** What Vite makes of it, as its default is. */
export async function bundledByVite(folder: string, entry: string): Promise<Bundle> {
  const built = await vite({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      rolldownOptions: { input: `${folder}/${entry}`, output: { entryFileNames: '[name].js' } },
    },
  })
  const outputs = [built].flat().flatMap((result) => ('output' in result ? result.output : []))
  return Object.fromEntries(outputs.map((file) => [`/${file.fileName}`, 'code' in file ? file.code : '']))
}
