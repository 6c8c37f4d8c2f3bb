export { openParser, type Parser } from './pool.ts'
