import type { CreateModel } from "../model.js";
import { createAiToy } from "./ai-toy.js";
import { createAirConditioner } from "./air-conditioner.js";
import { createDoser } from "./doser.js";
import { createPetHouse } from "./pet-house.js";
import { createPhMeter } from "./ph-meter.js";
import { createSmartLight } from "./smart-light.js";
import { createSmartMeter } from "./smart-meter.js";
import { createWaveMaker } from "./wave-maker.js";

const MODELS: ReadonlyMap<string, CreateModel> = new Map([
  ["pet-house", createPetHouse],
  ["smart-light", createSmartLight],
  ["air-conditioner", createAirConditioner],
  ["smart-meter", createSmartMeter],
  ["ph-meter", createPhMeter],
  ["wave-maker", createWaveMaker],
  ["doser", createDoser],
  ["ai-toy", createAiToy],
]);

/** The model of a shipped profile by its folder name; a user's own profile has none and takes `createGenericModel`. */
export function findModel(profileName: string): CreateModel | undefined {
  return MODELS.get(profileName);
}
