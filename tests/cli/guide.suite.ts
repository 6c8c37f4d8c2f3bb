import { expect, test } from 'vitest'
import { type DevMesh, selvage } from '../dev-mesh.ts'
import { blocksOf } from '../guide-page.ts'

/** Arguments as a shell would take them: quoted ones whole. */
const words = (line: string): string[] => [...line.trim().matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)

/** Runs what a page shows on the running example mesh, and compares what is said. */
export function guideSuite(page: string, mesh: () => DevMesh): void {
  test(`${page} shows what its commands print`, async () => {
    const blocks = blocksOf(page).filter(({ language }) => language === 'sh' || language === 'text')
    for (const [at, { language, text }] of blocks.entries()) {
      if (language !== 'sh') continue
      const { out, err } = await selvage([...words(text).slice(2), '--state', mesh().state])
      expect({ text, said: `${out}${err}` }).toEqual({ text, said: blocks[at + 1]!.text })
    }
    expect(blocks.length).toBeGreaterThan(2)
  }, 60_000)
}
