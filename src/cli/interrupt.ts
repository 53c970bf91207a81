/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
export function waitForInterrupt(): Promise<void> {
  return new Promise((resolve) => {
    let isSecond = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (isSecond) process.exit(130);
        isSecond = true;
        resolve();
      });
    }
  });
}
