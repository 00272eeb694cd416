// `kani serve` of the small model as a process of the test, with an empty folder of voices.

import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const model = fileURLToPath(new URL('../../../models/mini', import.meta.url));

/** @returns {Promise<{address: string, stop: () => Promise<void>}>} */
export async function startKaniServe(program, options = []) {
  const folder = mkdtempSync(join(tmpdir(), 'kani-studio-'));
  const child = spawn(program, ['serve', '--model', model, '--port', '0', '--voices', folder, ...options],
                      {stdio: ['ignore', 'inherit', 'pipe']});
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  const address = await new Promise((resolve, reject) => {
    child.stderr.on('data', (bytes) => {
      said += bytes;
      const found = said.match(/(https?:\/\/[^\s/]+)\//);
      if (found) resolve(found[1]);
    });
    child.once('error', reject);
    ended.then((code) => reject(new Error(`kani serve ended with ${code}: ${said}`)));
  });
  return {
    address,
    async stop() {
      child.kill('SIGINT');
      await ended;
      rmSync(folder, {recursive: true});
    },
  };
}
