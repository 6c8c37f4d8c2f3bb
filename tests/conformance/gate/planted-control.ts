import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BundleFile, openBundle, signFreshness } from '@selvage/bundle'
import type { SmallMesh } from './small-mesh.ts'

/** What stands for control on the wire: it hands out what it is told to, whatever that is. */
export interface PlantedControl {
  readonly url: string
  readonly server: Server
}

interface Handed {
  /** Undefined: the connection is cut. */
  readonly bundle: () => string | undefined
  readonly word: () => string
}

export async function openPlantedControl({ bundle, word }: Handed): Promise<PlantedControl> {
  const server = createServer((request, reply) => {
    const text = request.url === '/v1/freshness' ? word() : bundle()
    if (text === undefined) reply.destroy()
    else reply.end(text)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

/** The word that an envelope of the mesh's centre is current. */
export function wordFor(mesh: SmallMesh, envelope: string, issued = Date.now()): string {
  const { version, digest } = openBundle(envelope, mesh.keys.centre.publicKey)
  return signFreshness(
    { mesh: 'small', version, digest, issued: new Date(issued).toISOString() },
    { id: 'control', privateKey: mesh.keys.control.privateKey },
  )
}

/** Its word is two hours old. */
export function openSlowControl(mesh: () => SmallMesh): Promise<PlantedControl> {
  let envelope: string | undefined
  const bundle = (): string => {
    envelope ??= mesh().centreBundle()
    return envelope
  }
  return openPlantedControl({ bundle, word: () => wordFor(mesh(), bundle(), Date.now() - 7_200_000) })
}

/** For a gate's process: our evaluator with a bug in it, that every text is like every pattern. */
export const withPlantedEngine = (): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=${new URL('./planted-engine.mjs', import.meta.url).href}`,
})

/** What only a rule with a pattern shows. */
export const patterned: BundleFile = {
  path: 'domains/lab/policies/pattern.cedar',
  text: `@id("lab/pattern")
forbid (principal, action == Mesh::Action::"read", resource is lab::shop::orders)
when { resource has country && resource.country like "D*" };
`,
}
