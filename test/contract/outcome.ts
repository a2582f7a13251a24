/** What the suites ask of promises. */
import { expect } from 'chai';

/** @returns what the promise comes to. @throws Error when it takes longer than `ms`. */
export async function before<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the truth by looking often. @throws Error when it does not come within `withinMs`: nobody looks any longer then. */
export async function eventually(isTrue: () => boolean, what: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${String(withinMs)} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** @returns what the promise fails with. @throws AssertionError when it does not fail. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  return outcome ?? expect.fail('it did not fail');
}
