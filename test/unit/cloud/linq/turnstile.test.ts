import { expect, it } from "vitest";
import { Turnstile } from "../../../../src/cloud/linq/turnstile.js";

it("lets two in at a time, first come first served, and turns away what would wait too long", async () => {
  const turnstile = new Turnstile();
  const inside: number[] = [];
  const exits: (() => void)[] = [];
  const enter = async (number: number): Promise<void> => {
    exits.push(await turnstile.enter());
    inside.push(number);
  };
  const all = Array.from({ length: 66 }, (_, number) => enter(number));
  await Promise.all(all.slice(0, 2));
  expect(inside).toEqual([0, 1]);
  await expect(turnstile.enter()).rejects.toMatchObject({ code: "linq-busy" });
  let isEmpty = false;
  const empty = turnstile.empty().then(() => {
    isEmpty = true;
  });
  for (let number = 2; number < 66; number += 1) {
    exits.shift()?.();
    await all[number];
    expect(inside).toHaveLength(number + 1);
    expect(isEmpty).toBe(false);
  }
  expect(inside).toEqual(Array.from({ length: 66 }, (_, number) => number));
  for (const leave of exits) leave();
  await empty;
  await turnstile.empty();
});
