import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A web server that is no lab and answers everything alike, until the test has ended; resolves with its URL. */
export async function startWebServer(answer: {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly take?: (headers: IncomingHttpHeaders) => void;
}): Promise<string> {
  const { status = 200, headers = {}, body = "", take } = answer;
  const server = createServer((asked, response) => {
    take?.(asked.headers);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
