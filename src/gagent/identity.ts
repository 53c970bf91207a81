/** Who a module is to the cloud. The did comes with registration and stays while product_key and passcode do. */
export interface ModuleIdentity {
  readonly mac: string;
  readonly passcode: string;
  readonly did?: string;
  /** The product the did belongs to; another product means another did (uart.md 2.2). */
  readonly productKey?: string;
}
