// Made by npm run types from profiles/.

export interface AiToyAttrs {
  /** Message wanted (readonly) */
  msg_req: boolean;
  /** Message waiting (writable) */
  msg_flag: boolean;
  /** State (readonly) */
  state: "Idle" | "Listening" | "Thinking" | "Speaking";
  /** Charging (readonly) */
  charge_status: "Unplugged" | "Charging" | "Full" | "Error";
  /** Message type (writable) */
  msg_type: "Voice" | "Text" | "Story" | "Music";
  /** Message status (readonly) */
  msg_status: "None" | "Received" | "Playing" | "Played";
  /** Volume (writable, 0 to 100, step 1) */
  volume: number;
  /** Volume change (writable, -100 to 100, step 1) */
  volume_delta: number;
  /** Battery (readonly, 0 to 100, step 1) */
  battery: number;
  /** Message time (writable, 1735689600 to 3883173247, step 1) */
  msg_timestamp: number;
  /** Message id (writable, hex of 19 bytes) */
  msg_id: string;
  /** Message address (writable, hex of 256 bytes) */
  msg_url: string;
}

export type AiToyControls = Partial<Pick<AiToyAttrs, "msg_flag" | "msg_type" | "volume" | "volume_delta" | "msg_timestamp" | "msg_id" | "msg_url">>;

export interface AirConditionerAttrs {
  /** Power (writable) */
  power: boolean;
  /** Swing (writable) */
  swing: boolean;
  /** Mode (writable) */
  mode: "Auto" | "Cool" | "Heat" | "Dry" | "Fan";
  /** Fan speed (writable) */
  fan_speed: "Auto" | "Low" | "Medium" | "High";
  /** Set temperature (writable, 16 to 30, step 0.5) */
  set_temp: number;
  /** Compressor running (readonly) */
  compressor: boolean;
  /** Room humidity (readonly, 0 to 100, step 1) */
  humidity: number;
  /** Room temperature (readonly, -40 to 80, step 0.1) */
  room_temp: number;
  /** Power consumption (readonly, 0 to 5000, step 1) */
  power_consumption: number;
  /** Filter dirty (alert) */
  filter_alert: boolean;
  /** Room sensor fault (fault) */
  fault_sensor: boolean;
  /** Compressor fault (fault) */
  fault_compressor: boolean;
  /** Refrigerant low (fault) */
  fault_refrigerant: boolean;
}

export type AirConditionerControls = Partial<Pick<AirConditionerAttrs, "power" | "swing" | "mode" | "fan_speed" | "set_temp">>;

export interface DoserAttrs {
  /** Power (writable) */
  power: boolean;
  /** Schedules on (writable) */
  timer_on: boolean;
  /** Pump 1 by hand (writable) */
  ch1_switch: boolean;
  /** Pump 2 by hand (writable) */
  ch2_switch: boolean;
  /** Pump 3 by hand (writable) */
  ch3_switch: boolean;
  /** Pump 4 by hand (writable) */
  ch4_switch: boolean;
  /** Calibration run (writable) */
  calibrate: "None" | "Ch1" | "Ch2" | "Ch3" | "Ch4";
  /** Rate of pump 1 (writable, 1 to 200, step 0.1) */
  ch1_calibration: number;
  /** Rate of pump 2 (writable, 1 to 200, step 0.1) */
  ch2_calibration: number;
  /** Rate of pump 3 (writable, 1 to 200, step 0.1) */
  ch3_calibration: number;
  /** Rate of pump 4 (writable, 1 to 200, step 0.1) */
  ch4_calibration: number;
  /** Schedule of pump 1 (writable, hex of 96 bytes) */
  ch1_schedule: string;
  /** Schedule of pump 2 (writable, hex of 96 bytes) */
  ch2_schedule: string;
  /** Schedule of pump 3 (writable, hex of 96 bytes) */
  ch3_schedule: string;
  /** Schedule of pump 4 (writable, hex of 96 bytes) */
  ch4_schedule: string;
  /** A pump is running (readonly) */
  dosing: boolean;
  /** Bottle 1 (readonly, 0 to 1000, step 0.1) */
  ch1_level: number;
  /** Bottle 2 (readonly, 0 to 1000, step 0.1) */
  ch2_level: number;
  /** Bottle 3 (readonly, 0 to 1000, step 0.1) */
  ch3_level: number;
  /** Bottle 4 (readonly, 0 to 1000, step 0.1) */
  ch4_level: number;
  /** Dosed today (readonly, 0 to 6553.5, step 0.1) */
  dosed_today: number;
  /** Bottle 1 low (alert) */
  low_ch1: boolean;
  /** Bottle 2 low (alert) */
  low_ch2: boolean;
  /** Bottle 3 low (alert) */
  low_ch3: boolean;
  /** Bottle 4 low (alert) */
  low_ch4: boolean;
  /** Pump 1 fault (fault) */
  fault_pump1: boolean;
  /** Pump 2 fault (fault) */
  fault_pump2: boolean;
  /** Pump 3 fault (fault) */
  fault_pump3: boolean;
  /** Pump 4 fault (fault) */
  fault_pump4: boolean;
  /** Clock not set (fault) */
  fault_clock: boolean;
}

export type DoserControls = Partial<Pick<DoserAttrs, "power" | "timer_on" | "ch1_switch" | "ch2_switch" | "ch3_switch" | "ch4_switch" | "calibrate" | "ch1_calibration" | "ch2_calibration" | "ch3_calibration" | "ch4_calibration" | "ch1_schedule" | "ch2_schedule" | "ch3_schedule" | "ch4_schedule">>;

export interface PetHouseAttrs {
  /** Red light (writable) */
  LED_OnOff: boolean;
  /** Light colour (writable) */
  LED_Color: "Customize" | "Yellow" | "Purple" | "Pink";
  /** Red part (writable, 0 to 254, step 1) */
  LED_R: number;
  /** Green part (writable, 0 to 254, step 1) */
  LED_G: number;
  /** Blue part (writable, 0 to 254, step 1) */
  LED_B: number;
  /** Fan motor speed (writable, -5 to 5, step 1) */
  Motor_Speed: number;
  /** Infrared sensor (readonly) */
  Infrared: boolean;
  /** Temperature inside (readonly, -13 to 187, step 1) */
  Temperature: number;
  /** Humidity inside (readonly, 0 to 100, step 1) */
  Humidity: number;
  /** Temperature alert (alert) */
  Alert_1: boolean;
  /** Humidity alert (alert) */
  Alert_2: boolean;
  /** Light fault (fault) */
  Fault_LED: boolean;
  /** Motor fault (fault) */
  Fault_Motor: boolean;
  /** Temperature and humidity sensor fault (fault) */
  Fault_TemHum: boolean;
  /** Infrared sensor fault (fault) */
  Fault_IR: boolean;
}

export type PetHouseControls = Partial<Pick<PetHouseAttrs, "LED_OnOff" | "LED_Color" | "LED_R" | "LED_G" | "LED_B" | "Motor_Speed">>;

export interface PhMeterAttrs {
  /** pH output (readonly) */
  pH_OUT: boolean;
  /** Redox output (readonly) */
  mV_OUT: boolean;
  /** Conductivity output (readonly) */
  EC_OUT: boolean;
  /** Temperature output (readonly) */
  TEMP_OUT: boolean;
  /** pH (readonly, 0 to 14, step 0.01) */
  pH: number;
  /** Redox potential (readonly, -2000 to 2000, step 1) */
  mV: number;
  /** Conductivity (readonly, 0 to 20, step 0.01) */
  EC: number;
  /** Water temperature (readonly, 0 to 100, step 0.1) */
  TEMP: number;
}

export type PhMeterControls = Record<string, never>;

export interface SmartLightAttrs {
  /** Power (writable) */
  power: boolean;
  /** Mode (writable) */
  mode: "White" | "Colour" | "Scene" | "Music";
  /** Brightness (writable, 0 to 100, step 1) */
  brightness: number;
  /** Red part (writable, 0 to 255, step 1) */
  red: number;
  /** Green part (writable, 0 to 255, step 1) */
  green: number;
  /** Blue part (writable, 0 to 255, step 1) */
  blue: number;
  /** Colour temperature (writable, 2700 to 6500, step 1) */
  color_temp: number;
  /** LED temperature (readonly, -40 to 125, step 1) */
  led_temp: number;
  /** Active power (readonly, 0 to 20, step 0.1) */
  active_power: number;
  /** LED too hot (alert) */
  over_temp: boolean;
  /** LED driver fault (fault) */
  fault_driver: boolean;
}

export type SmartLightControls = Partial<Pick<SmartLightAttrs, "power" | "mode" | "brightness" | "red" | "green" | "blue" | "color_temp">>;

export interface SmartMeterAttrs {
  /** Relay (writable) */
  relay: boolean;
  /** Active power (readonly, 0 to 65535, step 1) */
  power: number;
  /** Voltage (readonly, 0 to 500, step 0.1) */
  voltage: number;
  /** Energy drawn (readonly, 0 to 42949672.95, step 0.01) */
  positive_energy_total: number;
  /** Energy drawn, sharp (readonly, 0 to 42949672.95, step 0.01) */
  positive_energy_t1: number;
  /** Energy drawn, peak (readonly, 0 to 42949672.95, step 0.01) */
  positive_energy_t2: number;
  /** Energy drawn, flat (readonly, 0 to 42949672.95, step 0.01) */
  positive_energy_t3: number;
  /** Energy drawn, valley (readonly, 0 to 42949672.95, step 0.01) */
  positive_energy_t4: number;
  /** Energy fed in (readonly, 0 to 42949672.95, step 0.01) */
  negative_energy_total: number;
  /** Gas volume (readonly, 0 to 4294967.295, step 0.001) */
  gas_volume: number;
  /** Overload (alert) */
  overload: boolean;
  /** Voltage abnormal (alert) */
  voltage_abnormal: boolean;
  /** Metering chip fault (fault) */
  fault_metering: boolean;
  /** Relay fault (fault) */
  fault_relay: boolean;
}

export type SmartMeterControls = Partial<Pick<SmartMeterAttrs, "relay">>;

export interface WaveMakerAttrs {
  /** Pump (writable) */
  switch: boolean;
  /** Master (writable) */
  master: boolean;
  /** Asynchronous (writable) */
  ASYC: boolean;
  /** Night mode (writable) */
  TimerON: boolean;
  /** Night settings sent (writable) */
  Timer: boolean;
  /** Feeding pause (writable) */
  FeedSwitch: boolean;
  /** Feed settings sent (writable) */
  FeedTimer: boolean;
  /** Wave (writable) */
  mode: "Classic" | "Sine" | "Random" | "Constant";
  /** Flow (writable, 30 to 100, step 1) */
  flow: number;
  /** Wave frequency (writable, 5 to 100, step 1) */
  frequency: number;
  /** Feeding time (writable, 1 to 60, step 1) */
  feedTime: number;
  /** Flow at night (writable, 30 to 100, step 1) */
  nightflow: number;
  /** Motor current too high (fault) */
  Overcurrent: boolean;
  /** Supply voltage too high (fault) */
  Overvoltage: boolean;
  /** Motor too hot (fault) */
  OverTemp: boolean;
  /** Supply voltage too low (fault) */
  Undervoltage: boolean;
  /** Rotor blocked (fault) */
  Lockedrotor: boolean;
  /** Pump runs dry (fault) */
  no_liveload: boolean;
  /** Serial line to the board fault (fault) */
  UART: boolean;
}

export type WaveMakerControls = Partial<Pick<WaveMakerAttrs, "switch" | "master" | "ASYC" | "TimerON" | "Timer" | "FeedSwitch" | "FeedTimer" | "mode" | "flow" | "frequency" | "feedTime" | "nightflow">>;

/** The types of each shipped product, by its name. */
export interface ShippedProfiles {
  "ai-toy": { attrs: AiToyAttrs; controls: AiToyControls };
  "air-conditioner": { attrs: AirConditionerAttrs; controls: AirConditionerControls };
  "doser": { attrs: DoserAttrs; controls: DoserControls };
  "pet-house": { attrs: PetHouseAttrs; controls: PetHouseControls };
  "ph-meter": { attrs: PhMeterAttrs; controls: PhMeterControls };
  "smart-light": { attrs: SmartLightAttrs; controls: SmartLightControls };
  "smart-meter": { attrs: SmartMeterAttrs; controls: SmartMeterControls };
  "wave-maker": { attrs: WaveMakerAttrs; controls: WaveMakerControls };
}

