/** A failed call. `rpcCode` is the number from `docs/reference/errors.md`, `data.code` the stable code, and `data.request_id` identifies the call in the log. */
export interface RpcFailure {
  readonly rpcCode: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly code: string; readonly request_id: string };
}
