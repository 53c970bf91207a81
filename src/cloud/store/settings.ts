import type { Database } from "./database.js";

/** Named values that belong to the whole data folder, such as its credentials. */
export class Settings {
  readonly #read;
  readonly #write;
  readonly #remove;

  constructor(database: Database) {
    this.#read = database.prepare<[string], { value: string }>("SELECT value FROM settings WHERE name = ?");
    this.#write = database.prepare<[string, string]>(
      "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    );
    this.#remove = database.prepare<[string]>("DELETE FROM settings WHERE name = ?");
  }

  read(name: string): string | undefined {
    return this.#read.get(name)?.value;
  }

  write(name: string, value: string): void {
    this.#write.run(name, value);
  }

  remove(name: string): void {
    this.#remove.run(name);
  }

  /** The stored value, made and stored first where there is none. */
  readOrMake(name: string, make: () => string): string {
    const stored = this.read(name);
    if (stored !== undefined) return stored;
    const made = make();
    this.write(name, made);
    return made;
  }
}
