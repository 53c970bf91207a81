import type { Database } from "../store/database.js";

/** An app of the cloud: the id that every Open API request carries. */
export interface Application {
  readonly id: string;
  readonly secret: string;
}

/** The apps that may call the Open API. */
export class Applications {
  readonly #find;
  readonly #add;

  constructor(database: Database) {
    this.#find = database.prepare<[string], Application>("SELECT app_id AS id, secret FROM apps WHERE app_id = ?");
    this.#add = database.prepare("INSERT OR REPLACE INTO apps (app_id, secret) VALUES (?, ?)");
  }

  find(id: string): Application | undefined {
    return this.#find.get(id);
  }

  add(application: Application): void {
    this.#add.run(application.id, application.secret);
  }
}
