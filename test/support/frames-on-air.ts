/** Business frames of the pet house (cloud.md 3.3 A, rest.md 6.2), in hex. */

/** The report of rest.md 6.2: light on, Motor_Speed 0, Infrared on, Temperature 10, Humidity 0. */
export const REPORT_10_DEGREES = "000000030e0000910401000000050117000000";
/** The same at 11 degrees. */
export const REPORT_11_DEGREES = "000000030e0000910401000000050118000000";
/** 0x0090 with a control that switches the light on: flag bit 0, value bit 0. */
export const CONTROL_LIGHT_ON = "000000030a00009001010100000000";

/** 0x0210: how many apps watch the device (cloud.md 3.3). */
export function appCount(count: number): string {
  return `000000030210${count.toString(16).padStart(4, "0")}`;
}
