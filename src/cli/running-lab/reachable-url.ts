/** A URL at which a program of this machine reaches a listener: one that listens at every address is at the loopback one. */
export function reachableUrl(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
