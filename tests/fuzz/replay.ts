import { readFileSync } from 'node:fs'
import { openTarget } from './targets/index.ts'

/** One input alone, with all that is thrown. */
export async function replay(name: string, path: string): Promise<void> {
  const target = await openTarget(name)
  try {
    console.log(`${name}: ${await target.run(readFileSync(path))}`)
  } catch (error) {
    console.log(`${name}: ${target.refusal(error) ?? 'a finding'}`, error)
    process.exitCode = target.refusal(error) === undefined ? 1 : 0
  } finally {
    await target.close?.()
  }
}
