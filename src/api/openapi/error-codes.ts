/** One row of the Open API's error table (rest.md 4.4). */
export interface ApiErrorCode {
  readonly status: number;
  readonly error_code: number;
  readonly error_message: string;
}

const row = (error_code: number, status: number, error_message: string): ApiErrorCode => ({
  status,
  error_code,
  error_message,
});

/** The table that `GET /errors` answers with; messages end with an exclamation mark as live answers do (rest.md 4.3). */
export const ERROR_CODES: readonly ApiErrorCode[] = [
  row(9001, 400, "mac already registered!"),
  row(9002, 400, "product_key invalid!"),
  row(9003, 400, "appid invalid!"),
  row(9004, 400, "token invalid!"),
  row(9005, 400, "user does not exist!"),
  row(9006, 400, "token expired!"),
  row(9007, 400, "m2m_id invalid!"),
  row(9008, 500, "server error!"),
  row(9009, 400, "code expired!"),
  row(9010, 400, "code invalid!"),
  row(9011, 400, "sandbox scale quota exhausted!"),
  row(9012, 400, "production scale quota exhausted!"),
  row(9013, 400, "product has no request scale!"),
  row(9014, 404, "device not found!"),
  row(9015, 400, "form invalid!"),
  row(9016, 400, "did or passcode invalid!"),
  row(9017, 401, "device not bound!"),
  row(9018, 400, "phone unavailable!"),
  row(9019, 400, "username unavailable!"),
  row(9020, 400, "username or password error!"),
  row(9021, 400, "send command failed!"),
  row(9022, 400, "email unavailable!"),
  row(9023, 400, "device is disabled!"),
  row(9024, 400, "fail to notify m2m!"),
  row(9025, 400, "attr invalid!"),
  row(9026, 400, "user invalid!"),
  row(9027, 404, "firmware not found!"),
  row(9028, 404, "JD product info not found!"),
  row(9029, 400, "datapoint data not found!"),
  row(9030, 404, "scheduler not found!"),
  row(9031, 400, "qq oauth key invalid!"),
  row(9032, 400, "ota upgrade service OK, but in idle or disable!"),
  row(9033, 400, "bt firmware unverified, except verify device!"),
  row(9034, 404, "bt firmware is OK, but nothing to upgrade!"),
  row(9035, 500, "Save kairosdb error!"),
  row(9036, 400, "event not defined!"),
  row(9037, 400, "send sms failed!"),
  row(9038, 400, "X-Gizwits-Application-Auth invalid!"),
  row(9039, 403, "Not allowed to call deprecated API!"),
  row(9040, 400, "bad qrcode content!"),
  row(9041, 429, "request was throttled!"),
  row(9042, 400, "device offline!"),
  row(9043, 400, "X-Gizwits-Timestamp invalid!"),
  row(9044, 400, "X-Gizwits-Signature invalid!"),
  row(9045, 400, "API deprecated!"),
  row(9046, 400, "Register already in progress!"),
  row(9047, 400, "device encrypt disabled!"),
  row(9048, 400, "device encrypt enabled, does not support this api!"),
  row(9077, 400, "email already exists but not activate!"),
  row(9080, 400, "can not share device to self!"),
  row(9081, 403, "guest or normal user can not share device!"),
  row(9082, 404, "guest user not found!"),
  row(9083, 400, "guest user alread bound!"),
  row(9084, 404, "sharing record not found!"),
  row(9085, 404, "message record not found!"),
  row(9087, 400, "sharing alread created, waiting for the guest to accept!"),
  row(9088, 400, "sharing record expired!"),
  row(9089, 400, "sharing record status is not unaccept!"),
  row(9090, 400, "owner binding disabled!"),
  row(9092, 400, "owner exist, guest can not bind!"),
  row(9093, 403, "permission denied, you are not owner!"),
  row(9094, 400, "sharing already canceled!"),
  row(9095, 400, "can not unbind self!"),
  row(9096, 403, "permission denied, you are not guest!"),
  row(9098, 400, "message already deleted!"),
  row(9099, 400, "notify delele binding failed!"),
  row(9100, 403, "permission denied, you are not owner or guest!"),
  row(9101, 403, "permission denied, you are not the receiver!"),
  row(9220, 404, "scene not found!"),
  row(9221, 400, "the scene does not belong to you!"),
  row(9999, 400, "reserved!"),
];

const byCode = new Map(ERROR_CODES.map((entry) => [entry.error_code, entry]));

/** The row of a code that is in the table. */
export function errorCode(code: number): ApiErrorCode {
  return byCode.get(code) ?? row(9008, 500, "server error!");
}

/** The answer's code for each of gizlab's own errors. */
export const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  "attr-range": 9025,
  "attr-readonly": 9025,
  "attr-type": 9025,
  "attr-unknown": 9025,
  "datapoints-length": 9025,
  "device-disabled": 9023,
  "device-form": 9015,
  "device-offline": 9042,
  "device-unknown": 9014,
  "firmware-unknown": 9027,
  "not-bound": 9017,
  "owner-exists": 9092,
  "password-weak": 9015,
  "password-wrong": 9020,
  "product-unknown": 9002,
  "request-invalid": 9015,
  "token-expired": 9006,
  "token-invalid": 9004,
  "too-many-buckets": 9015,
  "user-not-anonymous": 9015,
  "user-unknown": 9005,
  "username-taken": 9019,
};
