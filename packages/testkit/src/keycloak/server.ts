import { join } from 'node:path'
import { freePort } from '../loopback-port.ts'
import { type ServerProcess, startServer } from '../server-process.ts'

export interface ServerOptions {
  /** The built distribution. Servers share it; each has a data folder of its own. */
  readonly home: string
  readonly data: string
  readonly port: number
  /** Of the first administrator: counts only where the data folder is new. */
  readonly adminSecret?: string
}

export const adminClient = 'selvage-testkit'
export const addressAt = (port: number): string => `http://127.0.0.1:${port}`

/** Milliseconds: ten seconds on a quiet machine, and thirty where the schema is made; loaded ones took three minutes. */
const patience = 400_000

/** One Keycloak on loopback; it answers when the promise is kept. */
export async function startKeycloakServer(options: ServerOptions): Promise<ServerProcess> {
  const { home, data, port } = options
  const management = await freePort()
  return startServer({
    command: join(home, 'bin', 'kc.sh'),
    args: ['start', '--optimized', ...network(port, management), ...signals, `--db-url=${databaseIn(data)}`],
    env: environment(options.adminSecret),
    log: join(data, 'keycloak.log'),
    readyAt: `${addressAt(management)}/health/ready`,
    patience,
  })
}

const network = (port: number, management: number): string[] => [
  '--cache=local',
  '--http-enabled=true',
  `--hostname=${addressAt(port)}`,
  '--http-host=127.0.0.1',
  `--http-port=${port}`,
  '--http-management-host=127.0.0.1',
  `--http-management-port=${management}`,
]

/** Events go to receivers on loopback, and within a second. */
const signals = [
  '--spi-ssf-transmitter--default--allow-insecure-push-targets=true',
  '--spi-ssf-transmitter--default--outbox-drainer-interval=1s',
]

const databaseIn = (data: string): string => `jdbc:h2:file:${join(data, 'h2', 'keycloak')};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`

/** Secrets go by the environment: command lines are for all to see. */
const environment = (adminSecret?: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  JAVA_HOME: process.env.JAVA_HOME,
  JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx384m',
  // Quick to start rather than quick to run.
  JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
  ...(adminSecret && { KC_BOOTSTRAP_ADMIN_CLIENT_ID: adminClient, KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: adminSecret }),
})
