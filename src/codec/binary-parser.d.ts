/** The part of binary-parser that gizlab uses; the package's own types are not reachable through its `exports`. */
declare module "binary-parser" {
  export class Parser {
    endianness(order: "big" | "little"): this;
    seek(length: number): this;
    create(type: new () => object): this;
    uint8(name: string): this;
    uint16(name: string): this;
    uint32(name: string): this;
    buffer(name: string, options: { length: number; clone?: boolean }): this;
    parse(bytes: Uint8Array): unknown;
  }
}
