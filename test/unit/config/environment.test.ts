/** Variables of the environment: those that set a key, those that are a slip, and those that paths use. */
import { expect } from 'chai';
import { OTHER_VARIABLES } from '../../../config/environment.js';
import { option, options } from '../../../ports/index.js';
import { ConfigWorld } from './config-world.js';

describe('the environment', () => {
  let world: ConfigWorld;
  before(async () => {
    world = await ConfigWorld.open((context) => {
      context.provide('Transport', 'acme', {
        options: options({ path_of_all: option.path({ doc: 'Where it is.', default: '' }) }),
        create: () => {
          throw new Error('not made');
        },
      });
    });
  });
  after(() => {
    world.close();
  });

  it('with a misspelt variable is refused, with the nearest one', () => {
    const env = {
      CAMERA_SERVICE_SERVER_PROT: '9002',
      CAMERA_SERVICE_XYZ: '',
      CAMERA_SERVICE_TRANSPORT_ACME_PATH_OF_AL: '',
    };
    expect(world.faults({ env })).to.deep.equal([
      'CAMERA_SERVICE_SERVER_PROT: there is no such variable; did you mean CAMERA_SERVICE_SERVER_PORT?',
      'CAMERA_SERVICE_XYZ: there is no such variable',
      'CAMERA_SERVICE_TRANSPORT_ACME_PATH_OF_AL: there is no such variable; did you mean CAMERA_SERVICE_TRANSPORT_ACME_PATH_OF_ALL?',
    ]);
  });

  it('may have our other variables, those of Kubernetes for a Service of our name, and everybody else’s', () => {
    const env = {
      ...OTHER_VARIABLES,
      CAMERA_SERVICE_SERVICE_HOST: '10.0.0.1',
      CAMERA_SERVICE_SERVICE_PORT: '8002',
      CAMERA_SERVICE_SERVICE_PORT_API: '8002',
      CAMERA_SERVICE_PORT: 'tcp://10.0.0.1:8002',
      CAMERA_SERVICE_PORT_8002_TCP: 'tcp://10.0.0.1:8002',
      CAMERA_SERVICE_PORT_8002_TCP_ADDR: '10.0.0.1',
      CAMERA_SERVICES: 'x',
      MY_CAMERA_SERVICE_X: 'x',
    };
    expect(world.faults({ env })).to.deep.equal([]);
  });

  it('sets options of third-party adapters', () => {
    const config = world.load({ env: { CAMERA_SERVICE_TRANSPORT_ACME_PATH_OF_ALL: '/srv' } });
    expect(config.section('Transport/acme')).to.deep.equal({ path_of_all: '/srv' });
  });

  it('prefers the variable of a key to one known from elsewhere', () => {
    const env = { FFMPEG_BIN: '/usr/bin/ffmpeg', CAMERA_SERVICE_FFMPEG_TOOL_FFMPEG_PATH: '/opt/ffmpeg' };
    const config = world.load({ env });
    expect(config.get('ffmpeg_tool.ffmpeg_path')).to.equal('/opt/ffmpeg');
    expect(config.get('ffmpeg_capture.ffmpeg_path')).to.equal('/usr/bin/ffmpeg');
  });

  const env = { HOME: '/srv/me', DATA: '/data', EMPTY: '' };
  const paths: readonly (readonly [text: string, path: string])[] = [
    ['~', '/srv/me'],
    ['~/x', '/srv/me/x'],
    ['${HOME}/x', '/srv/me/x'],
    ['${DATA}/${DATA}', '/data//data'],
    ['a~/b', 'a~/b'],
    ['a$$b/$${HOME}', 'a$b/${HOME}'],
    ['./{x}', './{x}'],
  ];
  for (const [text, path] of paths) {
    it(`makes ${path} of the path ${text}, wherever it stands`, () => {
      const file = world.file('own.yaml', JSON.stringify({ paths: { state: text } }));
      expect(world.load({ file, env }).get('paths.state')).to.equal(path);
      expect(world.load({ env: { ...env, CAMERA_SERVICE_PATHS_STATE: text } }).get('paths.state')).to.equal(
        path,
      );
      expect(world.load({ env, overrides: [`paths.state=${text}`] }).get('paths.state')).to.equal(path);
      expect(world.load({ env, overrides: [`plugins.load=x,${text}`] }).get('plugins.load')).to.deep.equal([
        'x',
        path,
      ]);
    });
  }

  const wrong: readonly (readonly [text: string, fault: string])[] = [
    ['${NOPE}/x', 'the path uses ${NOPE}, which is not set'],
    ['${EMPTY}/x', 'the path uses ${EMPTY}, which is not set'],
    ['${__proto__}', 'the path uses ${__proto__}, which is not set'],
    ['$HOME/x', 'the path contains a single "$"; write ${NAME} for a variable and $$ for a dollar sign'],
    ['${HOME', 'the path contains a single "$"; write ${NAME} for a variable and $$ for a dollar sign'],
    ['~root/x', 'the path begins with "~" and a name; only ~ and ~/ are expanded'],
    ['a\u0000b', 'the path contains a control character'],
  ];
  for (const [text, fault] of wrong) {
    it(`refuses the path ${JSON.stringify(text)}`, () => {
      expect(world.faultsOf(JSON.stringify({ paths: { state: text } }), env)).to.deep.equal([
        `paths.state (FILE, line 1): ${fault}`,
      ]);
    });
  }

  it('expands paths only: a secret or a text with a dollar is what it is', () => {
    const secret = `a$b\${c}~${'x'.repeat(32)}`;
    const overrides = [`jwt.secret=${secret}`, 'service.node=~$x'];
    const config = world.load({ env, overrides });
    expect([config.get('jwt.secret'), config.get('service.node')]).to.deep.equal([secret, '~$x']);
  });

  it('without HOME expands no ~', () => {
    expect(world.faults({ overrides: ['paths.state=~/x'] })).to.deep.equal([
      'paths.state (--set): the path begins with "~", but HOME is not set',
    ]);
  });
});
