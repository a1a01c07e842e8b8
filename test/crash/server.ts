import { startEmulator, type EmulatorOptions } from '../../src/emulator/server.ts';

// The emulator as a process of its own, that can be killed. It prints its port when it listens.

const [, , text = ''] = process.argv;
// Written by the parent.
const { port } = await startEmulator(JSON.parse(text) as EmulatorOptions);
process.stdout.write(`listening ${port}\n`);
