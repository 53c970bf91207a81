/** One row of the Enterprise API's error table (rest.md 2.3). */
export interface EnterpriseErrorCode {
  readonly status: number;
  readonly error_code: number;
  readonly error_message: string;
}

const row = (error_code: number, status: number, error_message: string): EnterpriseErrorCode => ({
  status,
  error_code,
  error_message,
});

/** The documented codes; the spelling is the vendor's (rest.md 2.3). */
const ENTERPRISE_ERROR_CODES: readonly EnterpriseErrorCode[] = [
  row(5001, 400, "body json invalid"),
  row(5002, 400, "form invalid"),
  row(5003, 404, "enterprise id not exist"),
  row(5004, 400, "enterprise secret error"),
  row(5005, 400, "product secret error"),
  row(5009, 400, "token invalid"),
  row(5010, 400, "token not match product_key"),
  row(5011, 400, "token has expired"),
  row(5012, 400, "ip not in white list"),
  row(5013, 403, "API call rate limit execeed quota"),
  row(5015, 404, "Product key not exist!"),
  row(5016, 404, "Appid not exist!"),
  row(5017, 404, "Uid not exist!"),
  row(5024, 403, "api deny to visit!"),
  row(5201, 403, "device group not belong to this product"),
  row(5202, 404, "parent group not exist"),
  row(5203, 400, "already has one root group"),
  row(5204, 400, "group has subgroup"),
  row(5205, 400, "group has device item"),
  row(5206, 404, "group not exist"),
  row(5301, 404, "device not exist"),
  row(5302, 403, "device not belong to this product"),
  row(5304, 400, "device is disabled"),
  row(5305, 400, "device offline!"),
  row(5401, 400, "attr invalid!"),
  row(5405, 404, "attrs not exist!"),
  row(5408, 400, "raw data error!"),
  // Not in the vendor's table, which has no code for a fault of the server's own: the Open API's.
  row(9008, 500, "server error!"),
];

const byCode = new Map(ENTERPRISE_ERROR_CODES.map((entry) => [entry.error_code, entry]));
const SERVER_ERROR = row(9008, 500, "server error!");

/** The row of a code; the server error's for one that is not in the table. */
export function enterpriseErrorCode(code: number): EnterpriseErrorCode {
  return byCode.get(code) ?? SERVER_ERROR;
}

/** The answer's code for each of gizlab's own errors. */
export const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  "attr-range": 5401,
  "attr-readonly": 5401,
  "attr-type": 5401,
  "attr-unknown": 5401,
  "datapoints-length": 5401,
  "device-disabled": 5304,
  "device-offline": 5305,
  "device-unknown": 5301,
  "enterprise-secret": 5004,
  "enterprise-unknown": 5003,
  "group-devices": 5205,
  "group-foreign": 5201,
  "group-limit": 5002,
  "group-parent": 5202,
  "group-root": 5203,
  "group-subgroup": 5204,
  "group-unknown": 5206,
  "product-unknown": 5015,
  "request-invalid": 5002,
  "token-expired": 5011,
  "token-invalid": 5009,
  "too-many-buckets": 5002,
};
