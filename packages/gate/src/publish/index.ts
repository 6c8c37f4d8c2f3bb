export type { Manifest } from './manifest.ts'
export { needsPublish, type PublishOptions, publishProduct } from './publish-product.ts'
export { findPublished, removeOldVersions } from './versions.ts'
