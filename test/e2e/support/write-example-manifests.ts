/** `npm run examples:manifests`: writes what the code of the examples offers into their `package.json`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleFolder, exampleNames, ExampleWorkshop, manifestIn } from './example-workshop.js';

const workshop = new ExampleWorkshop();
try {
  await workshop.install();
  for (const example of exampleNames()) {
    console.log(await workshop.build(example));
    const manifest = manifestIn(join(workshop.folder, example));
    writeFileSync(
      join(exampleFolder(example), 'package.json'),
      `${JSON.stringify(manifest, undefined, 2)}\n`,
    );
  }
} finally {
  workshop.remove();
}
