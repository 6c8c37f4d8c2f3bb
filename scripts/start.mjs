// `npm start [-- OPTIONS]`: installs, builds, and becomes `selvage dev` on the example mesh.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ready, root } from './ready.mjs'

ready()
const cli = join(root, 'packages', 'cli', 'bin', 'selvage.js')
process.argv = [process.execPath, cli, 'dev', join(root, 'examples', 'mesh'), ...process.argv.slice(2)]
await import(pathToFileURL(cli).href)
