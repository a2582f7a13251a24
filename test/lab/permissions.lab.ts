/** A service without rights, and a udev daemon that gives the permission to open a camera a moment after the kernel made it. */
import { expect } from 'chai';
import { mediamtxBin } from '../worlds/media.js';
import { guest } from './hooks.js';
import { Stage, labCamera } from './host/cast.js';
import { cameras, heard } from './host/lab-service.js';
import { LAB_DIR, REPOSITORY } from './host/places.js';

const USER = '65534';

/** Starts Debian's udev daemon in the guest. */
async function startUdev(): Promise<void> {
  const { code, stderr } = await guest().exec(
    `cp -a ${LAB_DIR}/udev/bin/. /bin/ && cp -a ${LAB_DIR}/udev/lib/. /lib/ && /lib/systemd/systemd-udevd --daemon`,
  );
  if (code !== 0) throw new Error(`udev: ${stderr}`);
  await guest().waitForPath('/run/udev/control');
}

/** The group that udev gives cameras to. */
async function videoGroup(): Promise<string> {
  const { stdout } = await guest().exec("sed -n 's/^video:[^:]*:\\([0-9]*\\):.*/\\1/p' /etc/group");
  return stdout.trim();
}

/** Lets everybody see the programs: on some machines they lie in a folder that only root may enter. */
async function openFolders(): Promise<void> {
  const paths = [LAB_DIR, REPOSITORY, mediamtxBin(), process.execPath].join(' ');
  await guest().exec(
    `for d in ${paths}; do while [ "$d" != / ]; do chmod o+rx "$d"; d=$(dirname "$d"); done; done`,
  );
}

describe('a service that is not root, beside a udev daemon', function () {
  this.timeout(180_000);
  const stage = new Stage();
  afterEach(async function () {
    await stage.close(this);
  });

  it('connects a camera whose permission comes late, and shows no error', async () => {
    await startUdev();
    await openFolders();
    const group = await videoGroup();
    const wrapper = ['setpriv', '--reuid', USER, '--regid', group, '--clear-groups', '--'];
    await stage.open({ wrapper });
    await guest().plug(labCamera('A'));
    const { params } = await heard(stage.client, 'camera.connected');
    expect(params).to.include({ status: 'CONNECTED', resolution: '320x240' });
    const { device } = params as { readonly device: string };
    const [node = ''] = await guest().nodes();
    const { stdout } = await guest().exec(`stat -c "%a %g" ${node}`);
    expect(stdout.trim()).to.equal(`660 ${group}`);
    expect((await cameras(stage.client)).map(({ status }) => status)).to.deep.equal(['CONNECTED']);
    expect((await stage.snapshot(device)).label).to.equal('A');
    const changes = stage.client.notifications.filter(({ method }) => method === 'camera.status_change');
    expect(changes).to.deep.equal([]);
    const { identity } = await stage.client.call<{ readonly identity: unknown }>('get_camera_status', {
      device,
    });
    expect(identity).to.include({ serial: 'A' });
  });
});
