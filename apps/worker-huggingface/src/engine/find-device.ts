import { AutoModel, PretrainedConfig } from '@huggingface/transformers';
import { fileURLToPath } from 'node:url';
import { type Device } from './protocol.js';

/** A model of one operator, for the question whether a device runs it. */
const PROBE = fileURLToPath(new URL('../../assets/probe', import.meta.url));

/** CUDA where the runtime finds it: its library, the driver and a GPU. Else the CPU. */
export async function findDevice(): Promise<Device> {
  try {
    const probe = await AutoModel.from_pretrained(PROBE, {
      config: new PretrainedConfig({ model_type: 'bert' }),
      local_files_only: true,
      subfolder: '',
      dtype: 'fp32',
      device: 'cuda',
      // It says loudly what it does not find.
      session_options: { logSeverityLevel: 4 },
    });
    await probe.dispose();
    return 'cuda';
  } catch {
    return 'cpu';
  }
}
