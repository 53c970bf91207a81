/** The data folder of `gizlab up` without `--data`. */
export const DEFAULT_FOLDER = "./.gizlab";
