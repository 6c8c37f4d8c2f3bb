import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeOnce, nameOf, run } from '../cache.ts'

const version = '26.7.3'
const sha256 = '77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47'
const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'
/** H2 in a file, the shared signals transmitter, and the answer that says it is ready. */
const buildOptions = ['--db=dev-file', '--health-enabled=true', '--features=ssf']

const providerFolder = fileURLToPath(new URL('../../keycloak/provider/', import.meta.url))
const providerClass = 'org.selvage.testkit.DeviceComplianceEvents'
const providerSource = join(providerFolder, `${providerClass.replaceAll('.', '/')}.java`)
const providerService = 'org.keycloak.ssf.event.SsfEventProviderFactory'

/** The home of a Keycloak with our provider, built, under `cache`. Fetched and built at first use: some two minutes. */
export async function makeDistribution(cache: string): Promise<string> {
  const name = nameOf(version, sha256, readFileSync(providerSource), JSON.stringify(buildOptions))
  const made = await makeOnce(join(cache, `distribution-${name}`), async partial => {
    await run('tar', ['xzf', await download(cache), '-C', partial])
    const home = homeIn(partial)
    await addProvider(home, join(partial, 'classes'))
    await run(join(home, 'bin', 'kc.sh'), ['build', ...buildOptions])
  })
  return homeIn(made)
}

const homeIn = (folder: string): string => join(folder, `keycloak-${version}`)

async function download(cache: string): Promise<string> {
  const file = `keycloak-quarkus-dist-${version}.tar.gz`
  const folder = await makeOnce(join(cache, `download-${version}`), async partial => {
    await run('mvn', ['-q', '-B', copyGoal, `-Dartifact=${artifact}`, `-DoutputDirectory=${partial}`])
    const got = createHash('sha256')
      .update(readFileSync(join(partial, file)))
      .digest('hex')
    if (got !== sha256) throw new Error(`${artifact} is not the one that we know: ${got}`)
  })
  return join(folder, file)
}

async function addProvider(home: string, classes: string): Promise<void> {
  await mkdir(join(classes, 'META-INF', 'services'), { recursive: true })
  await writeFile(join(classes, 'META-INF', 'services', providerService), `${providerClass}\n`)
  await run('javac', ['-d', classes, '-cp', join(home, 'lib', 'lib', 'main', '*'), providerSource])
  await run('jar', ['--create', '--file', join(home, 'providers', 'selvage.jar'), '-C', classes, '.'])
}
