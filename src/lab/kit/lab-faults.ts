import type { FaultSpec } from "../faults/fault-spec.js";
import type { FaultView } from "../faults/faults.js";
import type { Lab } from "../lab.js";

/** What breaks the wire. */
export interface LabFaults {
  /** Sets a fault or persona; `hits` of what is returned goes on counting. Throws `fault-invalid`. */
  add(fault: FaultSpec): FaultView;
  /** Throws `fault-unknown`. */
  remove(id: string): void;
  clear(): void;
  list(): readonly FaultView[];
}

export function createLabFaults({ faults }: Lab): LabFaults {
  return {
    add: (fault) => faults.add(fault),
    remove: (id) => faults.remove(id),
    clear: () => faults.clear(),
    list: () => faults.list(),
  };
}
