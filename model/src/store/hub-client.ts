/** A file of a hub repository. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** Hex SHA-256 where the hub knows it. */
  readonly sha256: string | null;
}

/** The little of a model hub that pulling needs. */
export interface HubClient {
  listFiles(repository: string): Promise<HubFile[]>;
  /** The file's bytes from `start` on. */
  readFrom(repository: string, path: string, start: number): Promise<ReadableStream<Uint8Array>>;
}

interface HubOptions {
  readonly repo: { readonly type: 'model'; readonly name: string };
  readonly hubUrl?: string;
}

/** Signatures of the library's functions used; its type files do not resolve under Node's rules. */
interface HubLibrary {
  listFiles(options: HubOptions & { readonly recursive: boolean }): AsyncIterable<{
    readonly type: string;
    readonly path: string;
    readonly size: number;
    readonly lfs?: { readonly oid: string };
  }>;
  downloadFile(options: HubOptions & { readonly path: string }): Promise<Blob | null>;
}

/** Loaded by the first use: a model that is here needs no hub. */
async function loadLibrary(): Promise<HubLibrary> {
  return (await import('@huggingface/hub')) as unknown as HubLibrary;
}

/** The Hugging Face hub, or another that speaks its protocol. */
export function createHubClient(hubUrl?: string): HubClient {
  const optionsFor = (name: string): HubOptions => ({
    repo: { type: 'model', name },
    ...(hubUrl === undefined ? {} : { hubUrl }),
  });
  return {
    async listFiles(repository) {
      const library = await loadLibrary();
      const files: HubFile[] = [];
      for await (const entry of library.listFiles({ ...optionsFor(repository), recursive: true })) {
        if (entry.type !== 'file') continue;
        files.push({ path: entry.path, size: entry.size, sha256: entry.lfs?.oid ?? null });
      }
      return files;
    },
    async readFrom(repository, path, start) {
      const library = await loadLibrary();
      const blob = await library.downloadFile({ ...optionsFor(repository), path });
      if (blob === null) throw new Error(`${repository} has no file ${path}`);
      return blob.slice(start).stream();
    },
  };
}
