/** What the paper measured (arXiv 2603.16104, extended version; Qwen3-8B, two H100 NVL). */
export const PUBLISHED = {
  /** Table 2: latency over Helium's, over the primitive workflows. */
  table2: {
    'vLLM (query-wise)': { mean: 66.27, min: 38.18, max: 100.92 },
    OpWise: { mean: 1.25, min: 1.02, max: 1.58 },
    LangGraph: { mean: 1.28, min: 1.09, max: 1.83 },
    AgentScope: { mean: 2.1, min: 1.07, max: 4.32 },
    Parrot: { mean: 1.44, min: 1.02, max: 2.21 },
    KVFlow: { mean: 1.32, min: 1.14, max: 1.56 },
    Helium: { mean: 1, min: 1, max: 1 },
  },
  /** Figure 7: the largest ratio over batches of 8 to 80. */
  trading: {
    'vLLM (query-wise)': 39.5,
    OpWise: 4.25,
    LangGraph: 1.49,
    AgentScope: 1.46,
    Parrot: 2.51,
    KVFlow: 1.34,
    Helium: 1,
  },
  /** Table 3: latency over that of the whole system. */
  ablation: {
    'without proactive KV': 1.0355,
    'without plan pruning': 1.2335,
    'without prompt cache': 1.1356,
    'without cache-aware scheduling': 1.1766,
  },
  /** Table 4: latency over Helium's scheduling alone, and hit rate. */
  table4: {
    'query-wise': { ratio: 4.4, hitRate: 0.423 },
    'operator-wise': { ratio: 2.8, hitRate: 0.408 },
    random: { ratio: 1.29, hitRate: 0.371 },
    lspf: { ratio: 1.26, hitRate: 0.379 },
    helium: { ratio: 1, hitRate: 0.565 },
  },
  /** Table 5: token steps over the optimum's. */
  table5: {
    'query-wise': { mean: 1.724, max: 2.492 },
    'operator-wise': { mean: 1.176, max: 1.307 },
    random: { mean: 1.163, max: 1.303 },
    lspf: { mean: 1.145, max: 1.305 },
    helium: { mean: 1.009, max: 1.036 },
  },
  /** Figure 10: the largest speedup over LangGraph. */
  sharingMax: 2.07,
} as const;
