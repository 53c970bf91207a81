/** An element of a small XML document; text is what stands directly inside. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const NAME = "[A-Za-z_][\\w.-]*";
const REFERENCES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
/** XML 1.0, production 2. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** Reads elements, attributes, text and references, as strictly as XML 1.0 asks. Throws on anything else. */
export function parseXml(source: string): XmlElement {
  if (!CHARACTERS.test(source)) throw new Error("a character that XML cannot hold");
  const body = source.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, "");
  if (body === source) throw new Error("no XML declaration");
  const reader = new Reader(body);
  const root = reader.element();
  if (reader.rest.trim() !== "") throw new Error(`something follows the root: ${reader.rest}`);
  return root;
}

/** Every element of that name, in the order of the document. */
export function findElements(root: XmlElement, name: string): XmlElement[] {
  return [...(root.name === name ? [root] : []), ...root.children.flatMap((child) => findElements(child, name))];
}

class Reader {
  rest: string;

  constructor(source: string) {
    this.rest = source;
  }

  element(): XmlElement {
    const [, name = ""] = this.#take(new RegExp(`^<(${NAME})`));
    const attributes: Record<string, string> = {};
    for (
      let found = this.#find(/^\s+([A-Za-z_][\w.-]*)="([^"<]*)"/);
      found;
      found = this.#find(/^\s+([A-Za-z_][\w.-]*)="([^"<]*)"/)
    ) {
      const [, key = "", value = ""] = found;
      if (Object.hasOwn(attributes, key)) throw new Error(`${key} comes twice`);
      // Plain tabs and line feeds in an attribute are read as spaces.
      attributes[key] = resolveReferences(value.replace(/[\t\n\r]/g, " "));
    }
    if (this.#find(/^\s*\/>/)) return { name, attributes, children: [], text: "" };
    this.#take(/^\s*>/);
    const children: XmlElement[] = [];
    let text = "";
    while (!this.rest.startsWith("</")) {
      if (this.rest.startsWith("<")) children.push(this.element());
      else text += this.#take(/^[^<]+/)[0];
    }
    this.#take(new RegExp(`^</${name}\\s*>`));
    if (text.includes("]]>")) throw new Error("]]> in text");
    return { name, attributes, children, text: resolveReferences(text.replace(/\r\n?/g, "\n")) };
  }

  #find(pattern: RegExp): RegExpExecArray | null {
    const found = pattern.exec(this.rest);
    if (found !== null) this.rest = this.rest.slice(found[0].length);
    return found;
  }

  #take(pattern: RegExp): RegExpExecArray {
    const found = this.#find(pattern);
    if (found === null) throw new Error(`expected ${pattern} at ${this.rest.slice(0, 40)}`);
    return found;
  }
}

function resolveReferences(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const code = /^#(?:x([0-9a-f]+)|(\d+))$/i.exec(name);
    const known =
      code === null
        ? REFERENCES[name]
        : String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? "", code[1] ? 16 : 10));
    if (known === undefined || !whole.endsWith(";") || !CHARACTERS.test(known))
      throw new Error(`no reference: ${whole}`);
    return known;
  });
}
