/** The range in which an alarm stays silent. */
export interface AlarmLimits {
  readonly low?: number;
  readonly high?: number;
  /** How far a value must come back inside before the alarm ends. */
  readonly margin: number;
}

/** Whether an alarm is on, with hysteresis, so that a value on the limit does not flicker. */
export function stepAlarm(isOn: boolean, value: number, { low, high, margin }: AlarmLimits): boolean {
  const inset = isOn ? margin : 0;
  return (low !== undefined && value < low + inset) || (high !== undefined && value > high - inset);
}
