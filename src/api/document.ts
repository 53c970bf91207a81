import swagger from "@fastify/swagger";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { ApiContext } from "./context.js";
import type { LabControl } from "./control/lab-control.js";
import { createBareApp } from "./face-app.js";
import type { FaceEntry } from "./face-plugin.js";

/** The OpenAPI 3.1 document of every face (interfaces.md 5). */
export interface ApiDocument {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, object>>;
}

/** Describes every route of every face, whether it was asked for yet or not. */
export async function createDocument(
  faces: readonly FaceEntry[],
  context: ApiContext,
  control: LabControl,
): Promise<ApiDocument> {
  const documents = await Promise.all(faces.map((entry) => describeFace(entry, context, control)));
  const [first] = documents as [ApiDocument, ...ApiDocument[]];
  return { ...first, paths: Object.assign({}, ...documents.map(({ paths }) => paths)) as ApiDocument["paths"] };
}

/** Made on an instance of its own, which answers nothing: a face that runs keeps no notes of its routes. */
async function describeFace(entry: FaceEntry, context: ApiContext, control: LabControl): Promise<ApiDocument> {
  const plugin = (await entry.load())(context, control);
  const app = createBareApp(plugin);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "gizlab", version: context.version, description: "Every HTTP face of a gizlab cloud" },
    },
  });
  await app.register(async (face) => plugin.register(face.withTypeProvider<TypeBoxTypeProvider>()));
  await app.ready();
  const document = app.swagger() as unknown as ApiDocument;
  await app.close();
  return document;
}
