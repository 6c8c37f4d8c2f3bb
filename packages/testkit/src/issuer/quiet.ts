import { Console } from 'node:console'

/**
 * Loads oidc-provider. It speaks through the global console, and stdout is ours; its word on Node 20 (it
 * prefers 22, and every flow that we use works on 20) is dropped.
 */
export async function loadProvider(): Promise<typeof import('oidc-provider')> {
  const stderr = new Console({ stdout: process.stderr, stderr: process.stderr })
  const say = (...words: unknown[]): void => stderr.warn(...words)
  Object.assign(globalThis.console, { warn: () => undefined, info: () => undefined })
  try {
    return await import('oidc-provider')
  } finally {
    Object.assign(globalThis.console, { warn: say, info: say })
  }
}
