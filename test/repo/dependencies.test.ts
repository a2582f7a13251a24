import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { major, satisfies } from 'semver';
import { NATIVE_PACKAGES } from '../../adapters/_shared/plain/native-packages.mjs';
import { packageFile, read, root } from './support/tree.js';

const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'];

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

function direct(): [name: string, version: string][] {
  const { dependencies, devDependencies } = packageFile();
  return [...Object.entries(dependencies), ...Object.entries(devDependencies)];
}

function licenceOf(name: string): string {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { license?: string }).license ?? 'none';
}

describe('dependencies', () => {
  it('are pinned exactly', () => {
    expect(direct().filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).to.deep.equal([]);
  });

  it('have a licence that goes with ours', () => {
    const odd = direct().flatMap(([name]) =>
      LICENCES.includes(licenceOf(name)) ? [] : [[name, licenceOf(name)]],
    );
    expect(odd).to.deep.equal([]);
  });

  it('are locked with their checksums, and come from the public registry', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
    const fetched = Object.entries(lock.packages).filter(([path, { link }]) => path !== '' && link !== true);
    const odd = fetched.filter(
      ([, { resolved = '', integrity = '' }]) =>
        !integrity.startsWith('sha512-') || !/^(https:\/\/registry\.npmjs\.org\/|$)/.test(resolved),
    );
    expect(odd.map(([path]) => path)).to.deep.equal([]);
  });

  it('fit the oldest Node that is promised', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    expect(engines.node).to.equal('>=20.19.0');
    expect(packageFile().devDependencies['typescript']).to.match(/^[56]\./);
  });

  it('are optional where they have install scripts, with one range for all who name it', () => {
    const manifest = JSON.parse(read('package.json')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
      peerDependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional?: boolean }>;
    };
    const { dependencies, devDependencies, peerDependencies, peerDependenciesMeta } = manifest;
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>;
    };
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(scripted.filter(([, { dev }]) => dev !== true).map(([path]) => path)).to.deep.equal([]);
    expect(Object.keys(dependencies).filter((name) => name in NATIVE_PACKAGES)).to.deep.equal([]);
    for (const [name, { install }] of Object.entries(NATIVE_PACKAGES)) {
      const range = peerDependencies[name] ?? '';
      expect(peerDependenciesMeta[name]?.optional, name).to.equal(true);
      expect(satisfies(devDependencies[name] ?? '', range), name).to.equal(true);
      expect(install).to.equal(`npm install ${name}@${String(major(devDependencies[name] ?? ''))}`);
    }
  });
});
