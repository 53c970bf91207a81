/** The system's codes in words: what is wrong with a path. */
const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is a file, not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EEXIST: "a file of this name is there already",
  EBUSY: "another program uses it",
  ETXTBSY: "another program uses it",
  EFBIG: "the file is too large",
  ERR_FS_FILE_TOO_LARGE: "the file is larger than 2 GiB",
  ERR_STRING_TOO_LONG: "the file is too large for one text",
  ELOOP: "its symbolic links form a loop",
  ENAMETOOLONG: "the name is too long",
  EINVAL: "the system does not take this name",
  ERR_INVALID_ARG_VALUE: "the name has a zero byte in it",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
  EIO: "the disk answers with an error",
  ENXIO: "it is a socket or a pipe without another end",
};

/** Why a file or directory could not be read. */
export function describeReadTrouble(error: unknown): string {
  return wordsOf(error);
}

/** Why a file or directory could not be written: there it is the directory that is missing. */
export function describeWriteTrouble(error: unknown): string {
  return codeOf(error) === "ENOENT" ? "its directory does not exist" : wordsOf(error);
}

function wordsOf(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined) return WORDS[code] ?? `the system says ${code}`;
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
