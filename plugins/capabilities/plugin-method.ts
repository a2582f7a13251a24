import { maySee } from '../../core/auth/roles.js';
import type { CallContext, Method } from '../../core/rpc/define-method.js';
import type { Parts } from '../../core/rpc/parts.js';
import { theCamera } from '../../core/rpc/scope.js';
import { compileOptions } from '../../core/validation/json-schema.js';
import type { ObjectSchema, Schema, Validator } from '../../core/validation/schema.js';
import { CAMERA_NAME, defaultsOf, type OptionSchema } from '../api/index.js';
import type { FaultBook } from '../guard/fault-book.js';
import { ShapeError } from '../guard/shapes.js';
import type { AnyMethod } from './declarations.js';
import { plainCopy } from './plain-copy.js';
import { blame, PASSED_ON } from './plugin-blame.js';
import type { PluginCalls } from './plugin-calls.js';

const TIMEOUT_MS = 5_000;
const LONGEST_RESULT = 256 * 1024;
const NO_PARAMS: OptionSchema = { type: 'object', properties: {} };

export interface MethodDeps {
  readonly plugin: string;
  readonly calls: PluginCalls;
  readonly faults: FaultBook;
}

/** A method of a plugin as a line of the method table: it is run like ours, and what its handler does is the plugin's fault. */
export function pluginMethod(name: string, offer: AnyMethod, deps: MethodDeps): Method {
  const { summary, role, timeoutMs = TIMEOUT_MS, audited, result } = offer;
  const params = fieldsOf(offer.params ?? NO_PARAMS);
  const takesDevice = params.properties?.['device'] !== undefined;
  const resultCheck = compileOptions(result);
  const guarded = new GuardedMethod(name, { offer, resultCheck, takesDevice, ...deps });
  return {
    name: `${deps.plugin}.${name}`,
    ...{ summary, role, timeoutMs, takesDevice, resultCheck },
    // Both are JSON Schema: the documents take them as they are.
    params: params as unknown as ObjectSchema,
    result: result as unknown as Schema,
    errors: [...PASSED_ON, 'DEPENDENCY_FAILED', 'INVALID_STATE'],
    audited: audited !== false,
    recorded: audited === false ? [] : audited,
    needs: takesDevice ? ['cameras'] : [],
    parts: takesDevice ? ['cameras'] : [],
    takesToken: false,
    paramsCheck: compileOptions(params),
    run: (given, call, parts) => guarded.run(given, call, parts as Partial<Parts>),
  };
}

/** Objects as the service takes them: a `device` is the name of a camera, and unknown fields are refused. */
export function fieldsOf(schema: OptionSchema): OptionSchema {
  const { properties = {} } = schema;
  const { device } = properties;
  const closed = { ...schema, additionalProperties: false } as const;
  if (device === undefined) return { ...closed, properties };
  const { enum: _values, ...rest } = device;
  return { ...closed, properties: { ...properties, device: { ...rest, pattern: CAMERA_NAME.pattern } } };
}

interface Guarding extends MethodDeps {
  readonly offer: AnyMethod;
  readonly resultCheck: Validator;
  readonly takesDevice: boolean;
}

class GuardedMethod {
  readonly #name: string;
  readonly #of: Guarding;
  readonly #subject: string;
  readonly #defaults: object;

  constructor(name: string, of: Guarding) {
    this.#name = name;
    this.#of = of;
    this.#subject = `method ${name}`;
    this.#defaults = defaultsOf<object>(of.offer.params ?? NO_PARAMS);
  }

  async run(given: unknown, call: CallContext, { cameras }: Partial<Parts>): Promise<unknown> {
    const { offer, calls, faults, plugin, takesDevice } = this.#of;
    const params = { ...this.#defaults, ...(given as { readonly device?: string }) };
    const { principal, requestId } = call;
    if (principal === undefined) throw new TypeError(`${this.#name} is called by nobody`);
    if (takesDevice && cameras !== undefined && params.device !== undefined)
      theCamera(params.device, cameras, principal);
    const see = (camera: string): boolean => maySee(principal, camera);
    try {
      const answer = await calls.run(
        async (signal) => await offer.handler(params, Object.freeze({ signal, requestId, maySee: see })),
        call.signal,
      );
      const result = this.#read(answer);
      faults.clear(plugin, this.#subject);
      return result;
    } catch (cause) {
      const { timeoutMs = TIMEOUT_MS } = offer;
      throw blame(cause, call.signal, { plugin, subject: this.#subject, timeoutMs, faults });
    }
  }

  #read(answer: unknown): unknown {
    const { resultCheck } = this.#of;
    const result = plainCopy(answer, LONGEST_RESULT);
    if (resultCheck.accepts(result)) return result;
    const { data } = resultCheck.fault(result);
    throw new ShapeError(`${String(data['param'])}: ${String(data['hint'])}`);
  }
}
