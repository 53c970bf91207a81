/**
 * The test kit for vitest: `test` with a lab, a device and a user of its own in every test, and matchers of devices. A
 * test that fails leaves its trace and a bug bundle without being asked.
 */
import { expect as baseExpect, test as baseTest, type RunnerTestCase, type TestAPI } from "vitest";
import { describeError, GizlabError } from "./core/errors.js";
import { nameFailureFile } from "./lab/kit/failure-file.js";
import { formatHop } from "./lab/trace-text.js";
import {
  type ProductTypes,
  type Profiles,
  startLab,
  TestDevice,
  type TestLab,
  type TestLabOptions,
  type TestUser,
  type TypesOf,
  type Wanted,
  type Within,
} from "./testing.js";

export type { TestDevice, TestLab, TestLabOptions, TestUser } from "./testing.js";

/** What every test of `test` has; each is made when the test first names it, and closed when the test ends. */
export interface LabFixtures<Types extends ProductTypes> {
  /** How the lab is started; `test.override("labOptions", { … })` changes it for a file or a `describe`. */
  readonly labOptions: TestLabOptions;
  readonly lab: TestLab;
  /** A virtual device of the test's product, online. */
  readonly device: TestDevice<Types>;
  /** A user of the lab's app who has bound nothing yet. */
  readonly user: TestUser;
}

const LAST_HOPS = 30;

/**
 * A `test` of vitest whose `device` is of `product`. Its lab is of that product alone, on a virtual clock, with a seed,
 * unless `options` say otherwise.
 */
export function createTest<Name extends (keyof Profiles & string) | (string & {})>(
  product: Name,
  options: TestLabOptions = {},
): TestAPI<LabFixtures<TypesOf<Name>>> {
  return baseTest.extend<LabFixtures<TypesOf<Name>>>({
    labOptions: { profiles: [product], clock: "virtual", seed: 1, ...options },
    lab: async ({ labOptions, task }, use) => {
      const lab = await startLab({ bundle: nameFailureFile(task), ...labOptions });
      try {
        await use(lab);
      } finally {
        if (task.result?.state === "fail") showFailure(lab, task, labOptions.bundle ?? nameFailureFile(task));
        await lab.close();
      }
    },
    device: async ({ lab }, use) => use(await lab.device(product)),
    user: async ({ lab }, use) => use(await lab.user()),
  }) as TestAPI<LabFixtures<TypesOf<Name>>>;
}

/** `test` with a pet house; `createTest` makes one with another product. */
export const test = createTest("pet-house");

/** `expect` of vitest with matchers of devices. */
export const expect = baseExpect;

expect.extend({
  toBeOnline(received: unknown) {
    const device = requireDevice(received, "toBeOnline");
    return {
      pass: device.isOnline,
      message: () => `${device.product} ${device.did} is ${device.isOnline ? "online" : "offline"}`,
    };
  },
  async toHaveReported(received: unknown, wanted: object, within?: Within) {
    const device = requireDevice(received, "toHaveReported");
    if (device.hasReported(wanted)) {
      return { pass: true, message: () => `${device.product} ${device.did} has reported ${JSON.stringify(wanted)}` };
    }
    // What shall not have come is waited for where a span is named only.
    if (this.isNot && within === undefined) return { pass: false, message: () => "" };
    try {
      await device.expectReport(wanted, within);
      return { pass: true, message: () => `${device.product} ${device.did} has reported ${JSON.stringify(wanted)}` };
    } catch (error) {
      if (!(error instanceof GizlabError && error.code === "expectation-failed")) throw error;
      return { pass: false, message: () => error.message };
    }
  },
});

declare module "vitest" {
  interface Matchers<T> {
    /** The device's module is connected to the cloud. */
    toBeOnline(): void;
    /**
     * Such a report is in the store since the device was last changed, or comes within 10 s unless `within` says
     * otherwise; with `.not` it has not come, and does not within the span if one is named. Await it.
     */
    toHaveReported(
      wanted: T extends TestDevice<infer Types> ? Wanted<Types["attrs"]> : never,
      within?: Within,
    ): Promise<void>;
  }
}

function requireDevice(received: unknown, matcher: string): TestDevice {
  if (received instanceof TestDevice) return received as TestDevice;
  throw new TypeError(`${matcher} is for a device of a lab, not for ${typeof received}`);
}

/** Adds the last hops to what the reporter shows, and says where all of them are. */
function showFailure(lab: TestLab, task: Readonly<RunnerTestCase>, bundle: string): void {
  const [error] = task.result?.errors ?? [];
  if (error === undefined) return;
  const hops = [...lab.trace].slice(-LAST_HOPS).map((hop) => `  ${formatHop(hop)}`);
  let kept: string;
  try {
    lab.keepFailure(new Error(error.message));
    kept = `all of it: gizlab replay ${bundle}`;
  } catch (failure) {
    kept = `the bundle could not be written: ${describeError(failure)}`;
  }
  const { message, stack } = error;
  error.message = `${message}\n\nlast hops of the trace:\n${hops.join("\n")}\n${kept}`;
  // Some reporters show the one, some the other.
  if (stack !== undefined) error.stack = stack.replace(message, () => error.message);
}
