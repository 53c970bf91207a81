import { formatBindQr, formatMacQr } from "../../codec/bind-qr.js";
import { createOutput, type Output, UsageError } from "../output.js";
import { requireForm } from "../run-tools.js";
import { drawQr } from "../terminal-qr.js";
import { findDevice } from "./find-device.js";
import { openLab } from "./open-device.js";

export interface QrArguments {
  /** A device of the running lab, instead of the other words. */
  readonly device?: string;
  readonly "product-key"?: string;
  readonly did?: string;
  readonly passcode?: string;
  readonly mac?: string;
  readonly cloud?: string;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

interface Qr {
  readonly form: "did" | "mac";
  readonly content: string;
  readonly note?: string;
}

/** The QR code that binds a device. Throws `usage`, and as `openLab` and `findDevice` for a device of the running lab. */
export async function runQr(args: QrArguments): Promise<void> {
  const output = createOutput(args.json);
  const { form, content, note } = args.device === undefined ? readQr(args) : await askQr(args, args.device, output);
  output.json({ form, content, note });
  output.line(content);
  if (!args.json) output.line(`\n${await drawQr(content)}`);
  if (note !== undefined) output.note(`gizlab: ${note}`);
}

async function askQr(args: QrArguments, word: string, output: Output): Promise<Qr> {
  const given = (["product-key", "did", "passcode", "mac"] as const).find((name) => args[name] !== undefined);
  if (given !== undefined) throw new UsageError(`the lab knows the --${given} of ${word}`, `leave --${given} out`);
  const { lab } = await openLab(args, output);
  const { product_key: productKey, did, passcode } = findDevice(await lab.state(), word);
  return { form: "did", content: formatBindQr({ productKey, did, passcode }) };
}

function readQr({ "product-key": key, did, passcode, mac }: QrArguments): Qr {
  if (key === undefined) {
    throw new UsageError(
      "--product-key is missing",
      "give it with --did and --passcode, or name a device of the running lab",
    );
  }
  const productKey = requireForm("product-key", key, /^[0-9a-f]{32}$/i, "32 hex digits").toLowerCase();
  if (mac !== undefined) {
    if (did !== undefined || passcode !== undefined) throw new UsageError("--mac stands alone, without --did");
    const plain = requireForm(
      "mac",
      mac.replaceAll(/[:-]/g, ""),
      /^(?:[0-9a-f]{12}|\d{15})$/i,
      "a MAC of 12 hex digits or an IMEI of 15 digits",
    );
    return {
      form: "mac",
      content: formatMacQr({ productKey, mac: plain }),
      note: "the vendor's generator encrypts product_key and mac, and its cipher is not public: the vendor's apps do not take this code",
    };
  }
  if (did === undefined || passcode === undefined)
    throw new UsageError("a bind QR code needs --did and --passcode, or --mac");
  return {
    form: "did",
    content: formatBindQr({
      productKey,
      did: requireForm("did", did, /^[0-9A-Za-z]{22}$/, "22 letters and digits"),
      passcode: requireForm("passcode", passcode, /^[!-%'-<>-~]{1,16}$/, "1 to 16 printable characters, no & or ="),
    }),
  };
}
