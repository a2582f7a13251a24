import { expect } from 'chai';

import type { Logger, LogLevel } from '../../ports/logger.js';
import { contractSuite, describe, it } from './runner.contract.js';

/** One line as the destination got it. */
export interface SeenLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LoggerWorld {
  create(options: {
    readonly level: LogLevel;
  }): Promise<{ readonly log: Logger; read(): Promise<readonly SeenLine[]> }>;
}

const SECRET = 'hunter2-hunter2';

export const loggerContract = contractSuite((name, world: LoggerWorld) => {
  describe(`${name} as a Logger`, () => {
    it('[writes] writes level, message and fields in order', async () => {
      const { log, read } = await world.create({ level: 'debug' });
      log.debug('one', { n: 1 });
      log.info('two', { nested: { list: [1, 'x', true, null] } });
      log.warn('three');
      log.error('four');
      await log.flush();
      const lines = await read();
      expect(lines.map(({ level, message }) => [level, message])).to.deep.equal([
        ['debug', 'one'],
        ['info', 'two'],
        ['warn', 'three'],
        ['error', 'four'],
      ]);
      expect(lines[0]?.fields).to.deep.include({ n: 1 });
      expect(lines[1]?.fields).to.deep.include({ nested: { list: [1, 'x', true, null] } });
    });

    it('[level] omits messages below its level, and isEnabled agrees', async () => {
      const { log, read } = await world.create({ level: 'warn' });
      log.info('quiet');
      log.error('loud');
      await log.flush();
      expect((await read()).map(({ message }) => message)).to.deep.equal(['loud']);
      expect(
        (['debug', 'info', 'warn', 'error'] as const).map((level) => log.isEnabled(level)),
      ).to.deep.equal([false, false, true, true]);
    });

    it('[child] adds the fields of a child logger to each of its messages, but not to those of its parent', async () => {
      const { log, read } = await world.create({ level: 'info' });
      const child = log.child({ component: 'a', shared: 1 }).child({ request_id: 'r1' });
      child.info('mine', { shared: 2 });
      log.info('plain');
      await log.flush();
      const [mine, plain] = await read();
      expect(mine?.fields).to.deep.include({ component: 'a', request_id: 'r1', shared: 2 });
      expect(plain?.fields).not.to.have.any.keys('component', 'request_id');
    });

    it('[redacts-keys] never writes the value of a field with a secret name, at any depth', async () => {
      const { log, read } = await world.create({ level: 'info' });
      const secrets = {
        token: SECRET,
        password: SECRET,
        secret: SECRET,
        authorization: SECRET,
        api_key: SECRET,
      };
      log.info('top', secrets);
      log.info('deep', { a: { b: [{ ...secrets, credential: SECRET, cookie: SECRET }] } });
      log.child({ auth_token: SECRET }).info('child');
      await log.flush();
      const lines = await read();
      expect(lines).to.have.length(3);
      expect(JSON.stringify(lines)).not.to.include(SECRET);
    });

    it('[redacts-urls] never writes credentials inside URLs, wherever the URL occurs', async () => {
      const { log, read } = await world.create({ level: 'info' });
      const url = `rtsp://admin:${SECRET}@10.0.0.9:554/stream`;
      log.info(`opening ${url}`, { url, list: [url], query: `/ws?a=1&token=${SECRET}&b=2` });
      log.error('failed', { cause: new Error(`cannot open ${url}`) });
      await log.flush();
      const text = JSON.stringify(await read());
      expect(text).not.to.include(SECRET);
      expect(text).to.include('10.0.0.9').and.include('b=2');
    });

    it('[errors] writes an error with its code and its causes', async () => {
      const { log, read } = await world.create({ level: 'info' });
      const inner = Object.assign(new Error('inner'), { code: 'EACCES' });
      log.error('failed', { error: new Error('outer', { cause: inner }) });
      await log.flush();
      const [line] = await read();
      expect(line?.fields).to.have.nested.property('error.message', 'outer');
      expect(line?.fields).to.have.nested.property('error.cause.code', 'EACCES');
    });

    it('[never-throws] accepts any value: cycles, throwing getters, big integers, long text', async () => {
      const { log, read } = await world.create({ level: 'info' });
      const cycle: Record<string, unknown> = { n: 10n, f: () => 1, s: Symbol('x'), u: undefined };
      cycle['self'] = cycle;
      const trap = {
        get broken(): string {
          throw new Error('trap');
        },
      };
      log.info('cycle', cycle);
      log.info('trap', { trap });
      log.info('long', { text: 'x'.repeat(5_000_000) });
      await log.flush();
      const lines = await read();
      expect(lines.map(({ message }) => message)).to.deep.equal(['cycle', 'trap', 'long']);
      expect(JSON.stringify(lines).length).to.be.lessThan(500_000);
    });

    it('[flush] has delivered everything whenever flush resolves', async () => {
      const { log, read } = await world.create({ level: 'info' });
      for (const round of [1, 2]) {
        for (let line = 0; line < 200; line++) log.info('burst', { line });
        await log.flush();
        expect(await read()).to.have.length(200 * round);
      }
      await log.flush();
    });
  });
});
