import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { GizlabError } from "../core/errors.js";
import type { ApiContext } from "./context.js";
import type { LabControl } from "./control/lab-control.js";
import { describeForeignBytes } from "./device/refused-requests.js";
import { translateError } from "./errors.js";
import type { Face } from "./face.js";
import type { FaceEntry } from "./face-plugin.js";
import { FACES, faceOf } from "./faces.js";

/** How long a connection without a request stays open. */
const KEEP_ALIVE_MS = 72_000;

/** Builds the HTTP server with all faces on it; it listens to nothing yet, and no face is loaded. */
export function createServer(context: ApiContext, control: LabControl): ApiServer {
  return new ApiServer(context, control);
}

/** The HTTP server of a lab. A face is loaded when it is first asked; virtual time waits for that. */
export class ApiServer {
  readonly #context: ApiContext;
  readonly #control: LabControl;
  readonly #opening = new Map<FaceEntry, Promise<Face>>();
  readonly #open = new Map<FaceEntry, Face>();
  #http: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(context: ApiContext, control: LabControl) {
    this.#context = context;
    this.#control = control;
  }

  /** A request without a port. */
  async inject(request: InjectOptions | string): Promise<LightMyRequestResponse> {
    const url = typeof request === "string" ? request : (request.url ?? request.path ?? "/");
    const path = typeof url === "string" ? url : (url.pathname ?? "/");
    const entry = faceOf(path);
    return (this.#open.get(entry) ?? (await this.#load(entry))).inject(request);
  }

  /** Listens on TCP. Resolves with the address, such as `http://127.0.0.1:8088`; rejects with the system's error. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<string> {
    const server = createHttpServer((request, response) => this.#answer(request, response));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.requestTimeout = 0;
    server.on("clientError", (error, socket) => this.#refuseNonsense(error, socket as Socket));
    this.#http = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    const { address, family, port: bound } = server.address() as AddressInfo;
    return `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
  }

  /** Where it listens; null where it does not. */
  get address(): AddressInfo | null {
    return (this.#http?.address() as AddressInfo | null | undefined) ?? null;
  }

  /** The routes of every face, as trees for people. */
  async printRoutes(): Promise<string> {
    const faces = await Promise.all(FACES.map((entry) => this.#load(entry)));
    return faces.map((face) => face.printRoutes({ commonPrefix: false })).join("");
  }

  /** Answers what is under way, cuts every connection, and answers nothing more. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const server = this.#http;
    const stopped = server?.listening === true ? new Promise((resolve) => server.close(resolve)) : undefined;
    const faces = await Promise.allSettled(this.#opening.values());
    await Promise.all(faces.map(async (face) => (face.status === "fulfilled" ? face.value.close() : undefined)));
    server?.closeAllConnections();
    await stopped;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const entry = faceOf(request.url ?? "/");
    const face = this.#open.get(entry);
    if (face !== undefined) {
      face.routing(request, response);
      return;
    }
    this.#load(entry).then(
      (loaded) => loaded.routing(request, response),
      (error) => response.writeHead(500).end(JSON.stringify(translateError(error).body)),
    );
  }

  #load(entry: FaceEntry): Promise<Face> {
    const known = this.#opening.get(entry);
    if (known !== undefined) return known;
    if (this.#closing !== undefined) return Promise.reject(new GizlabError("lab-closed", "the lab has been closed"));
    const opening = this.#make(entry);
    this.#opening.set(entry, opening);
    return opening;
  }

  /** Loading takes no domain time. */
  async #make(entry: FaceEntry): Promise<Face> {
    const release = this.#context.cloud.clock.hold(true);
    try {
      const [{ createFaceApp }, openFace] = await Promise.all([import("./face-app.js"), entry.load()]);
      const face = await createFaceApp(openFace(this.#context, this.#control), this.#context);
      this.#open.set(entry, face);
      return face;
    } finally {
      release();
    }
  }

  /** What is no HTTP at all, or has headers without end, never becomes a request. */
  #refuseNonsense(error: Error & { readonly code?: string; readonly rawPacket?: Uint8Array }, socket: Socket): void {
    const isLong = error.code === "HPE_HEADER_OVERFLOW";
    const message = isLong ? "the URL and the headers are longer than 16 KB together" : "the request is not HTTP";
    // Nobody has sent anything wrong where the connection broke.
    if (String(error.code).startsWith("HPE_")) {
      const [firstByte] = error.rawPacket ?? [];
      this.#context.cloud.refusals.note(describeForeignBytes(firstByte, message, socket.remoteAddress ?? ""));
    }
    const body = JSON.stringify(translateError({ statusCode: 400, message }).body);
    const status = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    if (socket.writable) socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
  }
}
