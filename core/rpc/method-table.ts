import type { Method } from './define-method.js';
import { only, type Parts } from './parts.js';

/** A method with what each call of it needs, made once. */
export interface MethodEntry {
  readonly method: Method;
  /** What its handler gets. */
  readonly parts: object;
  readonly okLabels: { readonly method: string; readonly outcome: string };
  readonly durationLabels: { readonly method: string };
}

/** The methods that can be called. The service's own are there from the beginning; those of plugins come and go. */
export class MethodTable {
  readonly #parts: Parts;
  readonly #entries = new Map<string, MethodEntry>();
  #version = 0;

  /** @throws TypeError when two methods have one name. */
  constructor(methods: readonly Method[], parts: Parts) {
    this.#parts = parts;
    for (const method of methods) this.add(method);
  }

  /** Changes whenever the table does, for documents that are made of it. */
  get version(): number {
    return this.#version;
  }

  get(name: string): MethodEntry | undefined {
    return this.#entries.get(name);
  }

  list(): readonly Method[] {
    return [...this.#entries.values()].map(({ method }) => method);
  }

  /** @returns a function that takes the method out; calls under way go on. @throws TypeError when the name is taken. */
  add(method: Method): () => void {
    const { name } = method;
    if (this.#entries.has(name)) throw new TypeError(`two methods have one name: ${name}`);
    const entry = {
      method,
      parts: only(this.#parts, method.parts),
      okLabels: { method: name, outcome: 'ok' },
      durationLabels: { method: name },
    };
    this.#entries.set(name, entry);
    this.#version += 1;
    return () => {
      if (this.#entries.get(name) !== entry) return;
      this.#entries.delete(name);
      this.#version += 1;
    };
  }
}
