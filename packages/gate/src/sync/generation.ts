import type { DeviceTrust, Verifier } from '@selvage/identity'
import type { Domain, Mesh, Product } from '@selvage/kernel/contract'
import type { Name, ProductId, TableId } from '@selvage/kernel/model'
import type { CompiledPolicies } from '@selvage/kernel/policy'
import type { TableBinding } from '@selvage/kernel/query'
import type { Manifest } from '../publish/index.ts'

/** What an activation took and tried; milliseconds. */
export interface Activation {
  /** Parsed, validated and linted. */
  readonly readMs: number
  /** And tried on both engines. */
  readonly triedMs: number
  /** And its products published and bound. */
  readonly ms: number
  readonly requests: number
  readonly rows: number
}

export interface BundleRef {
  readonly version: number
  readonly digest: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** A product as it can be read now: its contract and one immutable version of its data. */
export interface ReadableProduct {
  readonly product: Product
  readonly manifest: Manifest
  /** Under which its file is attached. */
  readonly alias: string
}

/**
 * What one statement is pinned to: both bundles, compiled, and the files. It is swapped whole, between
 * statements, and never changed.
 */
export interface Generation {
  /** Grows with each swap. */
  readonly id: number
  readonly activation: Activation
  readonly centre: BundleRef
  readonly domain: BundleRef
  readonly mesh: Mesh
  readonly trust: Domain
  readonly policies: CompiledPolicies
  readonly verifier: Verifier
  /** Whose word on devices counts. */
  readonly devices: DeviceTrust
  readonly products: ReadonlyMap<ProductId, ReadableProduct>
  readonly bindings: ReadonlyMap<TableId, TableBinding>
  /** Keeps its files until what it returns is called, however many generations follow meanwhile. */
  readonly pin: () => () => void
  /** Every column of every table in the contracts, readable or not. */
  readonly columns: ReadonlyMap<TableId, readonly Name[]>
}
